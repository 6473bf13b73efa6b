import { z } from 'zod';
import { savedMethodIdSchema } from '#shared/contracts/payments.ts';

export const savedMethodSchema = z
  .strictObject({
    id: savedMethodIdSchema,
    /** As the table of methods names it: `card`, `sepa_debit`, … */
    method: z.string(),
    /** In words: `Visa •••• 4242`. */
    title: z.string(),
    brand: z.string().nullable(),
    last4: z.string().nullable(),
    /** Of a card: the last month in which it is valid, `2030-07`. */
    expires: z
      .string()
      .regex(/^\d{4}-\d{2}$/)
      .nullable(),
    isDefault: z.boolean(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'SavedPaymentMethod' });
export type SavedMethod = z.infer<typeof savedMethodSchema>;

export const savedMethodListSchema = z
  .strictObject({ items: z.array(savedMethodSchema) })
  .meta({ id: 'SavedPaymentMethodList', description: 'Newest first' });

export const methodSetupSchema = z
  .strictObject({
    id: z.string(),
    /** For the provider's own form, which asks for the method: it never reaches this API. */
    clientSecret: z.string(),
  })
  .meta({ id: 'PaymentMethodSetup' });
export type MethodSetup = z.infer<typeof methodSetupSchema>;

export const availableMethodSchema = z
  .strictObject({
    method: z.string(),
    title: z.string(),
    /** `manual`: held until the order is delivered; `automatic`: charged when the customer agrees. */
    capture: z.enum(['manual', 'automatic']),
    settles: z.enum(['at_once', 'days']),
    /** Calendar days until it is known at the latest. */
    settleDaysMax: z.int(),
    holdDays: z.int().nullable(),
    savable: z.boolean(),
    wallets: z.array(z.string()),
  })
  .meta({ id: 'AvailablePaymentMethod' });
export const availableMethodsSchema = z
  .strictObject({ items: z.array(availableMethodSchema) })
  .meta({ id: 'AvailablePaymentMethods', description: 'None for an amount of zero: nothing is to be paid' });
