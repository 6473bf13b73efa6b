import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import { buyerNameSchema } from '#shared/domain/customer.ts';
import { idSchema } from '#shared/ids/ids.ts';

/**
 * One object per last digit of the order ids, which is random: each takes a sixteenth of the orders, some hundreds a second
 * and, at about a hundred bytes an order, a hundred million of them. The number can never change: an order is looked for
 * where it was written down.
 */
export const DIRECTORY_SHARDS = 16;
/** Name of a shard's object. */
export const shardName = (shard: number): string => `orders-${shard.toString(DIRECTORY_SHARDS)}`;
/** Name of the object that knows this order. */
export const directoryOf = (orderId: string): string => `orders-${orderId.slice(-1)}`;
/** The same of the names of `Buyer` objects, which lie in directories of their own. */
export const buyersShardName = (shard: number): string => `buyers-${shard.toString(DIRECTORY_SHARDS)}`;
export const buyersDirectoryOf = (name: string): string => `buyers-${name.slice(-1)}`;

export const PAGE_MAX = 1_000;
/** An order's id, or the name of a `Buyer` object: a person's, a person's for an organisation, an organisation's. */
const knownIdSchema = z.union([idSchema('order'), buyerNameSchema, idSchema('organisation')]);
export const registerInputSchema = z.strictObject({ id: knownIdSchema });
export const pageInputSchema = z.strictObject({
  after: knownIdSchema.nullable(),
  limit: z.int().min(1).max(PAGE_MAX),
});
export const walkInputSchema = pageInputSchema.pick({ limit: true });
export type RegisterInput = z.infer<typeof registerInputSchema>;
export type PageInput = z.infer<typeof pageInputSchema>;
export type WalkInput = z.infer<typeof walkInputSchema>;

/** RPC face of an `OrderDirectory` object: every order that ever existed for anybody, or every buyer. Nothing is ever taken out. */
export interface OrderDirectoryFace {
  /** Safe to repeat. */
  register(call: CallContext, input: RegisterInput): Promise<void>;
  /** Ids after one, oldest first. */
  page(call: CallContext, input: PageInput): Promise<string[]>;
  /** The next ids of a round that never ends: after the last comes the first again, in the call after. */
  walk(call: CallContext, input: WalkInput): Promise<string[]>;
}
