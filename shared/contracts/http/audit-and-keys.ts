import { z } from 'zod';
import { auditEntrySchema } from '#shared/audit/chain.ts';
import { auditKeySchema } from '#shared/audit/signed-place.ts';

export const auditVerificationSchema = z
  .strictObject({
    intact: z.boolean(),
    verifiedThrough: z.int(),
    brokenAt: z.int().nullable(),
    fault: z
      .enum([
        'entry_changed',
        'entry_missing',
        'link_missing',
        'tail_missing',
        'history_replaced',
        'signature_wrong',
      ])
      .nullable()
      .meta({ description: 'How the entry `brokenAt` does not fit what was linked or witnessed' }),
    more: z.boolean(),
    unlinked: z.int().meta({ description: 'Newest entries, linked within a minute' }),
    witnessedThrough: z.int().meta({ description: 'Up to here the log was witnessed outside the database' }),
  })
  .meta({ id: 'AuditVerification' });
export const auditPageSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        entry: auditEntrySchema,
        hash: z.string().meta({ description: 'SHA-256, base64url, over the hash before and this entry' }),
      }),
    ),
    next: z.int().nullable(),
    checkpoint: z.string().nullable().meta({
      description: 'JWS of the place before the first entry that is left; null: nothing went',
    }),
    head: z.string().nullable().meta({ description: 'JWS of the newest place that was witnessed' }),
    keys: z.array(auditKeySchema),
  })
  .meta({ id: 'AuditPage' });

const keyInUseSchema = z.strictObject({
  id: z.string(),
  use: z.enum(['seals', 'opens', 'coming', 'missing']).meta({
    description: '`missing`: no key of this id is configured, so its rows cannot be read',
  }),
  rows: z
    .record(z.string(), z.int())
    .meta({ description: 'Rows that only this key opens, by `table.column`' }),
  isDroppable: z.boolean(),
});
export const keyUseSchema = z
  .strictObject({ fields: z.array(keyInUseSchema), peppers: z.array(keyInUseSchema) })
  .meta({ id: 'KeyUse' });
export const giftCardKeyUseSchema = z
  .strictObject({
    giftCards: z.array(keyInUseSchema).meta({
      description:
        'Of the rows, `gift_cards.balance` are cards that have something, or are being made; `gift_cards.spent` have nothing, and would have again what a refund of an order gives back',
    }),
  })
  .meta({ id: 'GiftCardKeyUse' });
export const resealSchema = z
  .strictObject({
    column: z.string().max(100).meta({ example: 'accounts.email_sealed' }),
    after: z.string().max(100).default('').meta({ description: '`next` of the part before' }),
  })
  .meta({ id: 'Reseal' });
export const resealedSchema = z
  .strictObject({ resealed: z.int(), unreadable: z.int(), next: z.string().nullable() })
  .meta({ id: 'Resealed' });
