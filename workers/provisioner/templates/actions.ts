import { z } from 'zod';
import { addressSchema } from '#shared/domain/address.ts';

/**
 * What connectors can do, as a template names it: the input of each action and what it leaves for later steps and the
 * delivery. Pure contracts; connectors/ carries them out.
 */
export const actions = {
  'licence-key.issue': {
    input: z.strictObject({ quantity: z.int().min(1), activationsMax: z.int().min(1) }),
    output: z.strictObject({ keys: z.array(z.string()) }),
  },
  'download.check': {
    input: z.strictObject({ objectKey: z.string().min(1) }),
    output: z.strictObject({ bytes: z.int() }),
  },
  'download.entitle': {
    input: z.strictObject({
      objectKey: z.string().min(1),
      fileName: z.string().min(1),
      downloadsMax: z.int().min(1),
    }),
    output: z.strictObject({ downloadsMax: z.int() }),
  },
  'partner.order-service': {
    input: z.strictObject({
      reference: z.string().min(1),
      plan: z.string().min(1),
      parameters: z.record(z.string(), z.unknown()),
      quantity: z.int().min(1),
    }),
    output: z.object({
      accessUrl: z.url({ protocol: /^https?$/ }),
      username: z.string().max(500),
      password: z.string().max(500),
      expiresAt: z.iso
        .datetime({ offset: true })
        .nullish()
        .transform((at) => at ?? null),
    }),
  },
  'partner.order-shipment': {
    input: z.strictObject({
      reference: z.string().min(1),
      address: addressSchema,
      weightGrams: z.int().min(0),
      sku: z.string().min(1),
      title: z.string(),
      quantity: z.int().min(1),
    }),
    output: z.object({ carrier: z.string().min(1).max(100), trackingCode: z.string().min(1).max(200) }),
  },
} as const;
export type ActionName = keyof typeof actions;
export type ActionInput<Name extends ActionName> = z.infer<(typeof actions)[Name]['input']>;

export const actionNameSchema = z.enum(Object.keys(actions) as [ActionName, ...ActionName[]]);
