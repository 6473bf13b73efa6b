import { z } from 'zod';
import { STORE_BINDING } from '#shared/db/store-databases.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { SHARD_COUNT } from '#shared/ids/shard.ts';

/** A logical shard of the Product Store. */
export const shardSchema = z
  .int()
  .min(0)
  .max(SHARD_COUNT - 1);
/** Binding of one of its databases. */
export const storeDatabaseSchema = z.string().regex(STORE_BINDING, 'must be like STORE_DB_2');

export const storeSchema = z
  .strictObject({
    /** Those the configuration binds. */
    databases: z.array(
      z.strictObject({
        name: z.string(),
        /** Whether shards may be moved to it. */
        isAdded: z.boolean(),
        /** Logical shards in it; of `STORE_DB`: all that are nowhere else. */
        shards: z.array(shardSchema),
      }),
    ),
  })
  .meta({ id: 'ProductStore' });
export type StoreOverview = z.infer<typeof storeSchema>;

export const addDatabaseSchema = z
  .strictObject({ name: storeDatabaseSchema })
  .meta({ id: 'AddStoreDatabase' });
export const startMoveInputSchema = z
  .strictObject({ shard: shardSchema, to: storeDatabaseSchema })
  .meta({ id: 'StartShardMove' });

/** In this order; the last three are ends. */
export const MOVE_STEPS = [
  'waiting',
  'preparing',
  'copying',
  'following',
  'comparing',
  'closing',
  'switching',
  'sweeping',
  'cancelling',
  'done',
  'cancelled',
  'failed',
] as const;
export type MoveStep = (typeof MOVE_STEPS)[number];

export const shardMoveSchema = z
  .strictObject({
    id: idSchema('shardMove'),
    shard: shardSchema,
    from: z.string(),
    to: z.string(),
    step: z.enum(MOVE_STEPS),
    /** Rows copied, written again because they changed meanwhile, compared, and deleted from where they lay. */
    counts: z.strictObject({ copied: z.int(), followed: z.int(), compared: z.int(), swept: z.int() }),
    /** Rows and checksum of each table, the same on both sides while nobody could write. */
    verified: z.array(z.strictObject({ table: z.string(), rows: z.int(), checksum: z.string() })),
    error: z.string().nullable(),
    requestedBy: z.string(),
    requestedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ShardMove' });
export type ShardMove = z.infer<typeof shardMoveSchema>;
