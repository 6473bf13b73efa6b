import { z } from 'zod';

/** What our schemas call a resource, the partner calls `serviceId` or `shipmentId`. */
export function withResource<
  Value extends { serviceId?: string | undefined; shipmentId?: string | undefined },
>(value: Value) {
  return { ...value, resourceId: value.serviceId ?? value.shipmentId ?? null };
}

const idSchema = z.string().min(1).max(200);

/** State of an operation, as the partner calls back and as it answers. Further fields are its own business. */
export const partnerNewsSchema = z
  .object({
    operationId: idSchema,
    serviceId: idSchema.optional(),
    shipmentId: idSchema.optional(),
    state: z
      .enum(['running', 'in_progress', 'succeeded', 'failed'])
      .transform((state) => (state === 'running' ? 'in_progress' : state)),
    result: z.record(z.string(), z.unknown()).nullish(),
    error: z
      .object({
        code: z.string().max(200),
        message: z.string().max(2_000),
        permanent: z.boolean().default(false),
      })
      .nullish(),
  })
  .transform(withResource);
export type PartnerNews = z.infer<typeof partnerNewsSchema>;

export const acceptedOrderSchema = z
  .object({ operationId: idSchema, serviceId: idSchema.optional(), shipmentId: idSchema.optional() })
  .transform(withResource);
