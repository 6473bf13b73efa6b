import { z } from 'zod';
import { MOVE_STEPS } from '#shared/contracts/http/store.ts';
import type { MoveView } from './face.ts';

/** Where a pass over all rows of a shard has come: which part, behind which row. */
const cursorSchema = z.strictObject({ part: z.int(), after: z.array(z.unknown()).nullable() });
export type Cursor = z.infer<typeof cursorSchema>;
export const AT_START: Cursor = { part: 0, after: null };

/** One move, as it is kept between two slices of work. A slice that is done twice does the same. */
export const moveSchema = z.strictObject({
  id: z.string(),
  shard: z.int(),
  from: z.string(),
  to: z.string(),
  step: z.enum(MOVE_STEPS),
  cursor: cursorSchema,
  /** The last of `shard_changes` that the target has. */
  followed: z.int(),
  /** The last of them before rows were compared; null: not compared yet. */
  comparedFrom: z.int().nullable(),
  counts: z.strictObject({ copied: z.int(), followed: z.int(), compared: z.int(), swept: z.int() }),
  verified: z.array(z.strictObject({ table: z.string(), rows: z.int(), checksum: z.string() })),
  error: z.string().nullable(),
  requestedBy: z.string(),
  requestedAt: z.int(),
  endedAt: z.int().nullable(),
});
export type Move = z.infer<typeof moveSchema>;

export const newMove = (
  move: Pick<Move, 'id' | 'shard' | 'from' | 'to' | 'requestedBy' | 'requestedAt'>,
): Move => ({
  ...move,
  step: 'waiting',
  cursor: AT_START,
  followed: 0,
  comparedFrom: null,
  counts: { copied: 0, followed: 0, compared: 0, swept: 0 },
  verified: [],
  error: null,
  endedAt: null,
});

export const isOver = ({ step }: Move): boolean =>
  step === 'done' || step === 'cancelled' || step === 'failed';

/** From the switch on the shard is at its new place: then only forward. */
export const mayCancel = ({ step }: Move): boolean => !['switching', 'sweeping'].includes(step);

export const counted = (move: Move, what: keyof Move['counts'], rows: number): Move => ({
  ...move,
  counts: { ...move.counts, [what]: move.counts[what] + rows },
});

export const viewOf = (move: Move): MoveView => ({
  id: move.id,
  shard: move.shard,
  from: move.from,
  to: move.to,
  step: move.step,
  counts: move.counts,
  verified: move.verified,
  error: move.error,
  requestedBy: move.requestedBy,
  requestedAt: move.requestedAt,
  endedAt: move.endedAt,
});
