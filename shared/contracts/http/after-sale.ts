import { z } from 'zod';
import { addressSchema } from '#shared/domain/address.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { AMOUNT_MAX_MINOR_UNITS } from '#shared/money/money.ts';
import { locationCodeSchema } from './stock.ts';
import { actorKindSchema, customisationSchema, LINES_MAX, QUANTITY_MAX } from './orders.ts';

/** Why, in words the other side reads too. */
const reasonSchema = z.string().trim().min(1).max(300);
const quantitySchema = z.int().min(1).max(QUANTITY_MAX);
const amountSchema = z
  .int()
  .min(1)
  .max(AMOUNT_MAX_MINOR_UNITS)
  .meta({ description: 'Minor units of the order’s currency' });
const instancesSchema = z.enum(['keep', 'revoke']).default('keep').meta({
  description:
    'Whether the customer keeps what was made for him; it is taken back only when all units of a line are given back',
});

export const createRefundSchema = z
  .strictObject({
    /** Units of lines, at the price paid for them. */
    lines: z
      .array(
        z.strictObject({
          lineId: idSchema('line'),
          quantity: quantitySchema,
          instances: instancesSchema,
          /** Put the units back on the shelf. */
          restock: z.boolean().default(false),
          /** Where; else where they were taken from. */
          location: locationCodeSchema.optional(),
        }),
      )
      .min(1)
      .max(LINES_MAX)
      .optional(),
    /** Or an amount, spread over what is left of the lines in proportion. */
    amount: amountSchema.optional(),
    /** Or all that is left, shipping included. */
    everything: z.literal(true).optional(),
    /** What is left of the cost of shipping is given back as well, or alone. */
    shipping: z.boolean().default(false),
    /** Of `everything`; lines say it themselves. */
    instances: instancesSchema,
    giftCards: z.enum(['take_back', 'leave']).default('take_back').meta({
      description:
        'Of gift cards that were sold: at most what is left on them goes back, and is taken off them first; `leave`: any part of their price goes back and they stay as they are, for a reason of the team’s',
    }),
    reason: reasonSchema.meta({ description: 'The customer reads it too' }),
  })
  .refine(({ lines, amount, everything, shipping }) => {
    const given = [lines, amount, everything].filter((one) => one !== undefined).length;
    return given === 1 || (given === 0 && shipping);
  }, 'must name exactly one of lines, amount and everything, or shipping alone')
  .refine(({ instances, everything }) => instances === 'keep' || everything === true, {
    path: ['instances'],
    message: 'is of everything alone; each line says it itself',
  })
  .meta({ id: 'CreateRefund' });
export type CreateRefund = z.infer<typeof createRefundSchema>;

export const createReturnSchema = z
  .strictObject({
    lines: z
      .array(
        z.strictObject({
          lineId: idSchema('line'),
          quantity: quantitySchema,
          /** What is wrong with it. */
          reason: reasonSchema,
        }),
      )
      .min(1)
      .max(LINES_MAX),
    wish: z.enum(['refund', 'exchange']).default('refund'),
    note: reasonSchema.optional(),
  })
  .meta({ id: 'CreateReturn' });
export type CreateReturn = z.infer<typeof createReturnSchema>;

export const decideReturnSchema = z
  .strictObject({ reason: reasonSchema.optional() })
  .meta({ id: 'DecideReturn' });
export const rejectReturnSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'RejectReturn' });
export const receiveReturnSchema = z
  .strictObject({
    /** Units that go back on the shelf; the others do not. */
    restock: z
      .array(
        z.strictObject({
          lineId: idSchema('line'),
          quantity: quantitySchema,
          /** Where; else where they were taken from. */
          location: locationCodeSchema.optional(),
        }),
      )
      .max(LINES_MAX)
      .default([]),
    reason: reasonSchema.optional(),
  })
  .meta({ id: 'ReceiveReturn' });
export const refundReturnSchema = z
  .strictObject({
    /** Default: the price paid for the units. Less keeps a part back, for wear for instance. */
    amount: amountSchema.optional(),
    shipping: z.boolean().default(false),
    reason: reasonSchema.optional(),
  })
  .meta({ id: 'RefundReturn' });
export const exchangeReturnSchema = z
  .strictObject({
    /** What is sent instead. What came back pays for it; a difference is paid with the order that sends it. */
    lines: z
      .array(
        z.strictObject({
          variantId: idSchema('variant'),
          quantity: quantitySchema,
          customisation: customisationSchema,
        }),
      )
      .min(1)
      .max(LINES_MAX),
    reason: reasonSchema.optional(),
  })
  .meta({ id: 'ExchangeReturn' });
export type ExchangeReturn = z.infer<typeof exchangeReturnSchema>;

export const cancelLinesSchema = z
  .strictObject({ lineIds: z.array(idSchema('line')).min(1).max(LINES_MAX), reason: reasonSchema.optional() })
  .meta({ id: 'CancelLines' });

export const decideAccessSchema = z
  .strictObject({
    decision: z.enum(['suspend', 'restore', 'revoke']),
    /** Absent: every line the decision can be about. */
    lineIds: z.array(idSchema('line')).min(1).max(LINES_MAX).optional(),
    reason: reasonSchema.meta({ description: 'The customer reads it too' }),
  })
  .meta({ id: 'DecideAccess' });

export const createNoteSchema = z
  .strictObject({
    text: z.string().trim().min(1).max(2_000),
    /** `customer`: the customer reads it too. */
    visibility: z.enum(['internal', 'customer']).default('internal'),
  })
  .meta({ id: 'CreateNote' });

export const editOrderSchema = z
  .strictObject({
    /** Lines whose quantity changes; 0 takes the line out. Others stay as they are. */
    lines: z
      .array(z.strictObject({ lineId: idSchema('line'), quantity: z.int().min(0).max(QUANTITY_MAX) }))
      .min(1)
      .max(LINES_MAX)
      .optional(),
    shippingAddress: addressSchema.optional(),
    reason: reasonSchema.optional(),
  })
  .refine(
    ({ lines, shippingAddress }) => lines !== undefined || shippingAddress !== undefined,
    'must change something',
  )
  .meta({
    id: 'EditOrder',
    example: { lines: [{ lineId: 'line_0192f3a17c527b1e9d3e5a6b7c8d9e0f', quantity: 2 }] },
  });
export type EditOrder = z.infer<typeof editOrderSchema>;

const actorSchema = z
  .strictObject({
    kind: actorKindSchema,
    /** Account of whoever it was; null for the system and the payment service, and for a customer who asks about our team. */
    id: z.string().nullable(),
  })
  .meta({ id: 'OrderActor' });

export const orderVersionSchema = z
  .strictObject({
    version: z.int(),
    at: z.iso.datetime(),
    by: actorSchema,
    /** What happened, e.g. `refund.requested`. */
    what: z.string(),
    why: z.string(),
  })
  .meta({ id: 'OrderVersion' });
export type OrderVersion = z.infer<typeof orderVersionSchema>;
export const orderVersionsSchema = z
  .strictObject({ items: z.array(orderVersionSchema), next: z.string().nullable() })
  .meta({ id: 'OrderVersions' });

/** One change of the order as the API shows it; a member that was not there before or is not there any more is left out. */
export const changeSchema = z
  .strictObject({
    /** RFC 6901 within the order. */
    path: z.string(),
    from: z.unknown().optional(),
    to: z.unknown().optional(),
  })
  .meta({ id: 'OrderChange' });
export type Change = z.infer<typeof changeSchema>;
