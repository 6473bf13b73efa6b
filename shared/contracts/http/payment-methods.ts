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

/** Small deposits are on their way to an account that was typed; it is debited once its holder has told what came. */
export const verificationSchema = z
  .strictObject({
    /** One deposit with a code in its text, or the amounts of two. */
    kind: z.enum(['deposit_code', 'deposit_amounts']),
    /** When they should be there. */
    arrivesAt: z.iso.datetime().nullable(),
    /** Afterwards it is given up. */
    verifyBefore: z.iso.datetime(),
    /** The payment provider’s page, where the customer tells what came. */
    url: z.url(),
  })
  .meta({ id: 'AccountVerification' });
export type Verification = z.infer<typeof verificationSchema>;

/** It pays for nothing before it is verified, and is no kept method until then. */
export const unverifiedMethodSchema = z
  .strictObject({
    /** Of the set-up it was entered with. */
    id: z.string(),
    method: z.string(),
    title: z.string(),
    last4: z.string().nullable(),
    verification: verificationSchema,
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'UnverifiedPaymentMethod' });
export type UnverifiedMethod = z.infer<typeof unverifiedMethodSchema>;

export const savedMethodListSchema = z
  .strictObject({
    items: z.array(savedMethodSchema),
    /** Accounts that are kept as soon as their holder has verified them. */
    unverified: z.array(unverifiedMethodSchema),
  })
  .meta({ id: 'SavedPaymentMethodList', description: 'Newest first' });
export type SavedMethodList = z.infer<typeof savedMethodListSchema>;

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
    /** Calendar days in which an account is to be verified first; 0: it is not asked. */
    verifyDaysMax: z.int(),
    holdDays: z.int().nullable(),
    savable: z.boolean(),
    wallets: z.array(z.string()),
  })
  .meta({ id: 'AvailablePaymentMethod' });
export const availableMethodsSchema = z
  .strictObject({ items: z.array(availableMethodSchema) })
  .meta({ id: 'AvailablePaymentMethods', description: 'None for an amount of zero: nothing is to be paid' });
