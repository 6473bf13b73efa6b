import { z } from 'zod';
import { GIFT_CARD_ENTRIES, GIFT_CARD_STATES } from '#shared/contracts/gift-cards.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { AMOUNT_MAX_MINOR_UNITS, moneySchema } from '#shared/money/money.ts';

/** As typed: case, spaces, hyphens and look-alikes do not matter. */
export const giftCardCodeSchema = z.string().trim().min(1).max(60);

export const giftCardCodeInputSchema = z
  .strictObject({ code: giftCardCodeSchema })
  .meta({ id: 'GiftCardCode', description: 'A code is a secret: it never belongs in an address' });

export const giftCardBalanceSchema = z
  .strictObject({
    /** Can be spent now. */
    balance: moneySchema,
    /** False: it cannot be spent for now, or any more. */
    isUsable: z.boolean(),
    /** What is left then expires; null: never. */
    expiresAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'GiftCardBalance' });

export type GiftCardBalance = z.infer<typeof giftCardBalanceSchema>;

export const giftCardEntrySchema = z
  .strictObject({
    sequence: z.int().min(1),
    kind: z.enum(GIFT_CARD_ENTRIES),
    /** What it added to the card; negative: it took it away. */
    amount: moneySchema,
    orderId: idSchema('order').nullable(),
    /** Who of the staff; null: nobody. */
    byId: idSchema('user').nullable(),
    reason: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'GiftCardEntry', description: 'What happened to the money of a card, once and for ever' });

export const giftCardSummarySchema = z
  .strictObject({
    id: idSchema('giftCard'),
    /** The last symbols of its code. */
    ending: z.string(),
    state: z
      .enum(GIFT_CARD_STATES)
      .describe(
        '`pending`: sold and not paid yet; `disabled`: it cannot be spent for now; `withdrawn`: what was left went back',
      ),
    value: moneySchema,
    /** Can be spent. */
    balance: moneySchema,
    /** Set aside for orders that are not charged yet. */
    held: moneySchema,
    /** The order it was sold with; null: it was issued by hand. */
    orderId: idSchema('order').nullable(),
    issuedBy: idSchema('user').nullable(),
    reason: z.string(),
    expiresAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'GiftCardSummary' });
export const giftCardSchema = giftCardSummarySchema
  .extend({ entries: z.array(giftCardEntrySchema) })
  .meta({ id: 'GiftCard', description: 'A card with everything that happened to it, oldest first' });
export const giftCardPageSchema = z
  .strictObject({ items: z.array(giftCardSummarySchema), next: z.string().nullable() })
  .meta({ id: 'GiftCardPage' });

const reasonSchema = z.string().trim().min(3).max(500);
export const newGiftCardSchema = z
  .strictObject({
    value: moneySchema.refine(({ amount }) => amount >= 1 && amount <= AMOUNT_MAX_MINOR_UNITS, {
      path: ['amount'],
      error: `must be 1 to ${AMOUNT_MAX_MINOR_UNITS}`,
    }),
    /** Days until what is left of it expires; null: never. */
    validDays: z.int().min(1).max(36_500).nullable().default(null),
    /** To whom it is sent; null: nobody. */
    recipientEmail: z.email().max(254).nullable().default(null),
    reason: reasonSchema,
  })
  .meta({ id: 'NewGiftCard', description: 'A card issued by hand: goodwill, a prize, one bought elsewhere' });
export const issuedGiftCardSchema = z.strictObject({ id: idSchema('giftCard'), code: z.string() }).meta({
  id: 'IssuedGiftCard',
  description: 'The only answer that holds the code of a card issued by hand',
});
export const adjustGiftCardSchema = z
  .strictObject({
    /** Minor units of the card's currency; negative to take away. */
    change: z
      .int()
      .min(-AMOUNT_MAX_MINOR_UNITS)
      .max(AMOUNT_MAX_MINOR_UNITS)
      .refine((change) => change !== 0, 'must not be 0'),
    reason: reasonSchema,
  })
  .meta({ id: 'AdjustGiftCard' });
export const giftCardReasonSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'GiftCardReason' });
