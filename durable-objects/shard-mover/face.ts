import { z } from 'zod';
import { shardSchema, storeDatabaseSchema, type MoveStep } from '#shared/contracts/http/store.ts';
import { idSchema } from '#shared/ids/ids.ts';

export const startMoveSchema = z.strictObject({
  id: idSchema('shardMove'),
  shard: shardSchema,
  to: storeDatabaseSchema,
  by: z.string().max(200),
});
export const moveIdSchema = z.strictObject({ id: idSchema('shardMove') });
export const listMovesSchema = z.strictObject({
  before: z.string().max(100).nullable(),
  limit: z.int().min(1).max(101),
});

export const holdSchema = z.strictObject({ run: z.string().min(1).max(100), until: z.int() });
export const releaseSchema = holdSchema.pick({ run: true });

export interface MoveView {
  id: string;
  shard: number;
  from: string;
  to: string;
  step: MoveStep;
  /** Rows: copied once, written again because they changed, compared, deleted where they lay before. */
  counts: { copied: number; followed: number; compared: number; swept: number };
  /** How many rows of each table there were on both sides when they were found equal, and their checksums. */
  verified: { table: string; rows: number; checksum: string }[];
  error: string | null;
  requestedBy: string;
  requestedAt: number;
  endedAt: number | null;
}

export type StartRefusal = 'there_already' | 'under_way';

/** The only one moves shards, one at a time. */
export interface ShardMoverFace {
  /** The same id again answers with the move it began. */
  start(input: z.infer<typeof startMoveSchema>): Promise<MoveView | StartRefusal>;
  get(input: z.infer<typeof moveIdSchema>): Promise<MoveView | null>;
  /** Newest first. */
  list(input: z.infer<typeof listMovesSchema>): Promise<MoveView[]>;
  /** Until the switch: the shard stays where it was. Null: unknown. */
  cancel(input: z.infer<typeof moveIdSchema>): Promise<MoveView | null>;
  /**
   * For a run of a backup: true: no move begins until it is released, or `until` (epoch milliseconds) has passed. False: one
   * is under way; none begins after it for a while, so that who asks again has their turn. Safe to repeat.
   */
  hold(input: z.infer<typeof holdSchema>): Promise<boolean>;
  /** Safe to repeat; another run's hold stays. */
  release(input: z.infer<typeof releaseSchema>): Promise<void>;
}
