import { z } from 'zod';
import { idSchema } from '../../ids/ids.ts';
import { orderStateSchema } from './orders.ts';

/** Orders one command can be given to at once. */
export const BATCH_MAX = 100;

const timeSchema = z.iso.datetime({ offset: true });

/** Which orders: those named, or a page of those that wait for a person for this cause. */
const selectionFields = {
  orderIds: z
    .array(idSchema('order'))
    .min(1)
    .max(BATCH_MAX)
    .refine((ids) => new Set(ids).size === ids.length, 'names an order twice')
    .optional()
    .meta({ description: 'These, instead of a filter' }),
  attention: z
    .string()
    .regex(/^[a-z0-9_]{1,100}$/)
    .optional()
    .meta({ description: 'Those in `needs_operator` for this cause, or for `any`; newest first' }),
  createdFrom: timeSchema.optional(),
  createdBefore: timeSchema.optional(),
  limit: z.int().min(1).max(BATCH_MAX).default(BATCH_MAX),
  cursor: z.string().min(1).max(500).optional().meta({ description: '`next` of the batch before' }),
};
type Selection = z.infer<z.ZodObject<typeof selectionFields>>;

const isOneWay = ({ orderIds, attention, createdFrom, createdBefore, cursor }: Selection): boolean =>
  (orderIds === undefined) !== (attention === undefined) &&
  (orderIds === undefined || [createdFrom, createdBefore, cursor].every((each) => each === undefined));
const ONE_WAY = {
  path: ['attention'],
  message: 'or orderIds: exactly one, and dates and cursor only with it',
};

export const retryOrdersSchema = z
  .strictObject(selectionFields)
  .refine(isOneWay, ONE_WAY)
  .meta({ id: 'RetryOrders' });
export const resolveOrdersSchema = z
  .strictObject({
    ...selectionFields,
    as: z.enum(['completed', 'cancelled', 'refunded']),
    reason: z.string().trim().min(1).max(300).meta({ description: 'The customers read it too' }),
  })
  .refine(isOneWay, ONE_WAY)
  .meta({ id: 'ResolveOrders' });

export const orderBatchSchema = z
  .object({
    items: z.array(
      z.object({
        orderId: idSchema('order'),
        /** `unanswered`: its object could not be asked; repeat the request with its key. */
        outcome: z.enum(['done', 'replayed', 'refused', 'unanswered']),
        /** Where it went; null unless done. It goes on from there by itself. */
        state: orderStateSchema.nullable(),
        /** Why it was refused. */
        problem: z
          .object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() })
          .nullable(),
      }),
    ),
    next: z.string().nullable().meta({ description: 'For the next batch of the same filter; null: no more' }),
  })
  .meta({ id: 'OrderBatch' });
export type OrderBatch = z.infer<typeof orderBatchSchema>;
