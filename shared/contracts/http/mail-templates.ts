import { z } from 'zod';
import { LANGUAGES } from '#shared/domain/locale.ts';

export const mailKindSchema = z
  .enum([
    'placed',
    'reserved',
    'paid',
    'in_review',
    'confirm_payment',
    'verify_account',
    'pay_again',
    'renew',
    'part_delivered',
    'delivered',
    'cancelled',
    'part_refunded',
    'refunded',
    'changed',
    'return_approved',
    'return_declined',
    'message',
    'suspended',
    'resumed',
  ])
  .meta({ id: 'MailKind', description: 'What a mail to a customer tells' });
export type MailKind = z.infer<typeof mailKindSchema>;
export const languageSchema = z.enum(LANGUAGES).meta({ id: 'Language' });

/**
 * Names in braces that a wording may hold. `total`: what the order costs, whoever pays it; `byGiftCard`: what gift cards pay of
 * it; `amount`: what the mail is about, so what the payment asks for besides them, or what goes back.
 */
export const MAIL_PLACEHOLDERS = ['number', 'total', 'byGiftCard', 'amount', 'due', 'reason'] as const;
const isKnown = (text: string): boolean =>
  [...text.matchAll(/\{(\w*)\}/g)].every(([, name]) => MAIL_PLACEHOLDERS.some((known) => known === name));
const words = (lengthMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(lengthMax)
    .regex(/^[^\r\n\t]*$/, 'must be one line')
    .refine(isKnown, `may hold {${MAIL_PLACEHOLDERS.join('}, {')}} and nothing else in braces`);

export const mailWordingSchema = z
  .strictObject({
    /** Null: ours. */
    subject: words(150).nullable(),
    /** The first paragraph. Null: ours. */
    lead: words(1_000).nullable(),
  })
  .meta({ id: 'MailWording' });
export type MailWording = z.infer<typeof mailWordingSchema>;

export const mailTemplateSchema = z
  .strictObject({
    kind: mailKindSchema,
    language: languageSchema,
    /** The merchant's own words; null where ours are used. */
    own: mailWordingSchema,
    ours: z.strictObject({ subject: z.string(), lead: z.string() }),
  })
  .meta({ id: 'MailTemplate' });
export const mailTemplateListSchema = z
  .strictObject({ items: z.array(mailTemplateSchema) })
  .meta({ id: 'MailTemplateList' });

export const mailPreviewSchema = z
  .strictObject({ subject: z.string(), text: z.string(), html: z.string() })
  .meta({ id: 'MailPreview', description: 'The mail of an order made up for it' });
