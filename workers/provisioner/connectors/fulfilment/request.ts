import { z } from 'zod';
import { addressSchema } from '#shared/domain/address.ts';
import { nameSchema } from '../../templates/template.ts';

/** `connection`: of kind `http`, where a fulfilment partner is. */
export const shipInputSchema = z.strictObject({
  connection: nameSchema,
  reference: z.string().min(1).max(200),
  address: addressSchema,
  weightGrams: z.int().min(0).default(0),
  sku: z.string().min(1),
  title: z.string().default(''),
  quantity: z.int().min(1).max(1_000_000),
});
/** Written down, sealed, before the first call. */
export const shipRequestSchema = shipInputSchema.extend({ callbackUrl: z.string() });

export const FULFILMENT_RESOURCE = 'fulfilment-order';
