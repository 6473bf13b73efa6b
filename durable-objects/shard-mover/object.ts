import { DurableObject } from 'cloudflare:workers';
import type { z } from 'zod';
import { isRestoring } from '#shared/backup/restoring.ts';
import { HOME, storeDatabases, type StoreDatabases } from '#shared/db/store-databases.ts';
import { log } from '#shared/observability/log.ts';
import { MINUTE_MS, SECOND_MS, systemClock } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import { migrateObject } from '../lib/migrations.ts';
import { advance, siteOf } from './advance.ts';
import {
  holdSchema,
  listMovesSchema,
  moveIdSchema,
  type MoveView,
  releaseSchema,
  type ShardMoverFace,
  startMoveSchema,
  type StartRefusal,
} from './face.ts';
import { SHARD_MOVER_MIGRATIONS } from './migrations.ts';
import { AT_START, isOver, mayCancel, type Move, moveSchema, newMove, viewOf } from './move.ts';
import { OvertakenError } from './sides.ts';

/** An alarm may take fifteen minutes; the next one goes on. */
const RUN_MS = 30 * SECOND_MS;
/** How often a move that may not begin looks again. */
const HELD_LOOK_MS = MINUTE_MS;
/** How long no move begins after a backup had to wait for one: it asks every minute. */
const TURN_MS = 5 * MINUTE_MS;

/**
 * The one owner of moves: its alarm goes from slice to slice, each kept before the next begins, so that a run which breaks
 * off is taken up by the next one.
 */
export class ShardMover extends DurableObject<object> implements ShardMoverFace {
  readonly #sql: SqlStorage;
  readonly #alarms: NamedAlarms<'move'>;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    migrateObject(ctx.storage, SHARD_MOVER_MIGRATIONS);
    this.#sql = ctx.storage.sql;
    this.#alarms = new NamedAlarms(ctx.storage, systemClock);
  }

  async start(input: z.infer<typeof startMoveSchema>): Promise<MoveView | StartRefusal> {
    const { id, shard, to, by } = startMoveSchema.parse(input);
    const from = await this.#placeOf(shard);
    const known = this.#read('id = ?', id)[0];
    if (known !== undefined) return viewOf(known);
    if (this.#read('is_over = 0 AND shard = ?', shard).length > 0) return 'under_way';
    if (from === to) return 'there_already';
    const move = newMove({ id, shard, from, to, requestedBy: by, requestedAt: systemClock.now() });
    this.#keep(move);
    this.#alarms.setNoLaterThan('move', systemClock.now());
    return viewOf(move);
  }

  get(input: z.infer<typeof moveIdSchema>): Promise<MoveView | null> {
    const [move] = this.#read('id = ?', moveIdSchema.parse(input).id);
    return Promise.resolve(move === undefined ? null : viewOf(move));
  }

  list(input: z.infer<typeof listMovesSchema>): Promise<MoveView[]> {
    const { before, limit } = listMovesSchema.parse(input);
    return Promise.resolve(this.#read('id < ? ORDER BY id DESC LIMIT ?', before ?? '~', limit).map(viewOf));
  }

  cancel(input: z.infer<typeof moveIdSchema>): Promise<MoveView | null> {
    const { id } = moveIdSchema.parse(input);
    this.#sql.exec('UPDATE moves SET cancel_asked = 1 WHERE id = ? AND is_over = 0', id);
    this.#alarms.setNoLaterThan('move', systemClock.now());
    return this.get({ id });
  }

  hold(input: z.infer<typeof holdSchema>): Promise<boolean> {
    const { run, until } = holdSchema.parse(input);
    return Promise.resolve(
      this.ctx.storage.transactionSync(() => {
        const isMoving = this.#read('is_over = 0').some(({ step }) => step !== 'waiting');
        const end = isMoving ? systemClock.now() + TURN_MS : until;
        this.#sql.exec('INSERT OR REPLACE INTO hold VALUES (1, ?, ?)', run, end);
        return !isMoving;
      }),
    );
  }

  release(input: z.infer<typeof releaseSchema>): Promise<void> {
    this.#sql.exec('DELETE FROM hold WHERE run = ?', releaseSchema.parse(input).run);
    this.#alarms.setNoLaterThan('move', systemClock.now());
    return Promise.resolve();
  }

  override async alarm(): Promise<void> {
    await this.#alarms.ring({ move: () => this.#run(systemClock.now() + RUN_MS) });
  }

  /** The oldest move that is not over. */
  async #run(until: number): Promise<void> {
    let [move] = this.#read('is_over = 0 ORDER BY id LIMIT 1');
    if (move === undefined) return;
    if (this.#cancelled(move).step === 'waiting' && this.#isHeld()) return this.#waitForHold();
    const databases = storeDatabases(this.env);
    const epoch = this.#nextEpoch(await highestEpoch(databases));
    const site = await siteOf(move, { databases, epoch });
    while (!isOver(move) && systemClock.now() < until) {
      const before: Move = this.#cancelled(move);
      const after = await advance(before, site).catch((error: unknown) => {
        if (error instanceof OvertakenError) return null;
        throw error;
      });
      // A later run has it, and keeps what becomes of it.
      if (after === null || this.#epoch() !== epoch) return;
      // Nothing was touched yet, and no hold is given from when this is kept.
      if (before.step === 'waiting' && after.step === 'preparing' && this.#isHeld())
        return this.#waitForHold();
      move = isOver(after) ? { ...after, endedAt: systemClock.now() } : after;
      this.#keep(move);
      if (move.step !== before.step) this.#tell(move);
    }
    this.#alarms.set('move', systemClock.now());
  }

  #isHeld(): boolean {
    const held = this.#sql.exec('SELECT 1 FROM hold WHERE until > ?', systemClock.now()).toArray();
    return held.length > 0 || isRestoring(this.env);
  }

  #waitForHold(): void {
    this.#alarms.set('move', systemClock.now() + HELD_LOOK_MS);
  }

  #cancelled(move: Move): Move {
    const [row] = this.#sql
      .exec<{ cancel_asked: number }>('SELECT cancel_asked FROM moves WHERE id = ?', move.id)
      .toArray();
    if (row?.cancel_asked !== 1 || !mayCancel(move) || move.step === 'cancelling') return move;
    return { ...move, step: move.step === 'waiting' ? 'cancelled' : 'cancelling', cursor: AT_START };
  }

  /** Truth is which database calls the shard open; between two moves the directory says the same. */
  async #placeOf(shard: number): Promise<string> {
    const row = await storeDatabases(this.env)
      .get(HOME)
      ?.prepare('SELECT database FROM shard_places WHERE shard = ?')
      .bind(shard)
      .first<{ database: string }>();
    return row?.database ?? HOME;
  }

  #epoch(): number {
    return this.#sql.exec<{ epoch: number }>('SELECT epoch FROM epochs').one().epoch;
  }

  #nextEpoch(known: number): number {
    this.#sql.exec('UPDATE epochs SET epoch = max(epoch, ?) + 1', known);
    return this.#epoch();
  }

  #read(where: string, ...values: (string | number)[]): Move[] {
    return this.#sql
      .exec<{ document: string }>(`SELECT document FROM moves WHERE ${where}`, ...values)
      .toArray()
      .map(({ document }) => moveSchema.parse(JSON.parse(document)));
  }

  #keep(move: Move): void {
    this.#sql.exec(
      `INSERT INTO moves (id, shard, is_over, document) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (id) DO UPDATE SET is_over = excluded.is_over, document = excluded.document`,
      move.id,
      move.shard,
      isOver(move) ? 1 : 0,
      JSON.stringify(move),
    );
  }

  #tell({ id, shard, from, to, step, counts, error }: Move): void {
    const fields = { system: 'provisioner', requestId: id, shard, from, to, step, counts, error };
    if (step === 'failed') log.error('shard move', fields);
    else log.info('shard move', fields);
  }
}

/** The databases know it too: a mover that comes after a disaster has lost its own. */
async function highestEpoch(databases: StoreDatabases): Promise<number> {
  const read = async (binding: string, sql: string): Promise<number> =>
    (await databases.get(binding)?.prepare(sql).first<{ epoch: number | null }>())?.epoch ?? 0;
  const epochs = await Promise.all([
    read(HOME, 'SELECT max(version) AS epoch FROM shard_places'),
    ...[...databases.keys()].map((binding) => read(binding, 'SELECT max(epoch) AS epoch FROM shard_states')),
  ]);
  return Math.max(...epochs);
}
