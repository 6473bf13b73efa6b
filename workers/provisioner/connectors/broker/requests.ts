import { z } from 'zod';
import { nameSchema } from '../../templates/template.ts';

const brokerId = z.string().min(1).max(200);
const parameters = z.record(z.string(), z.unknown()).default({});

/** `connection`: of kind `broker`. Service and plan by the ids the broker's catalogue gives them. */
export const provisionInputSchema = z.strictObject({
  connection: nameSchema,
  serviceId: brokerId,
  planId: brokerId,
  parameters,
});
export type ProvisionInput = z.infer<typeof provisionInputSchema>;
/** `serviceInstance`: what a step `broker.provision` left. */
export const bindInputSchema = provisionInputSchema.extend({ serviceInstance: brokerId });

/** Written down, sealed, before the first call. `userId`: whose wish it is. */
const requestBase = z.strictObject({
  connection: z.string(),
  serviceId: z.string(),
  planId: z.string(),
  serviceInstanceId: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  userId: z.string(),
  requestId: z.string(),
});
export const brokerRequestSchema = z.discriminatedUnion('what', [
  requestBase.extend({
    what: z.literal('instance'),
    orderId: z.string(),
    title: z.string(),
  }),
  requestBase.extend({
    what: z.literal('binding'),
    bindingId: z.string(),
    /** The binding whose credentials these follow, where the broker rotates them; null: they are the first, or it does not. */
    predecessorBindingId: z.string().nullable().default(null),
  }),
]);
export type BrokerRequest = z.infer<typeof brokerRequestSchema>;

export const BROKER_RESOURCES = { instance: 'broker-instance', binding: 'broker-binding' } as const;

/** The id at the broker of what an operation makes: a UUID of our own kind (RFC 9562 §5.8), the same at each try. */
export function brokerIdOf(operationId: string): string {
  const hex = operationId.slice(-32);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0b11) | 0b1000).toString(16);
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ];
  return groups.join('-');
}
