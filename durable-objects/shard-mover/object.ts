import { DurableObject } from 'cloudflare:workers';
import type { z } from 'zod';
import { HOME, storeDatabases } from '#shared/db/store-databases.ts';
import { log } from '#shared/observability/log.ts';
import { SECOND_MS, systemClock } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import { migrateObject } from '../lib/migrations.ts';
import { advance, siteOf } from './advance.ts';
import {
  listMovesSchema,
  moveIdSchema,
  type MoveView,
  type ShardMoverFace,
  startMoveSchema,
  type StartRefusal,
} from './face.ts';
import { SHARD_MOVER_MIGRATIONS } from './migrations.ts';
import { AT_START, isOver, mayCancel, type Move, moveSchema, newMove, viewOf } from './move.ts';
import { OvertakenError } from './sides.ts';

/** An alarm may take fifteen minutes; the next one goes on. */
const RUN_MS = 30 * SECOND_MS;

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

  override async alarm(): Promise<void> {
    await this.#alarms.ring({ move: () => this.#run(systemClock.now() + RUN_MS) });
  }

  /** The oldest move that is not over. */
  async #run(until: number): Promise<void> {
    let [move] = this.#read('is_over = 0 ORDER BY id LIMIT 1');
    if (move === undefined) return;
    const epoch = this.#nextEpoch();
    const site = await siteOf(move, { databases: storeDatabases(this.env), epoch });
    while (!isOver(move) && systemClock.now() < until) {
      const before: Move = this.#cancelled(move);
      const after = await advance(before, site).catch((error: unknown) => {
        if (error instanceof OvertakenError) return null;
        throw error;
      });
      // A later run has it, and keeps what becomes of it.
      if (after === null || this.#epoch() !== epoch) return;
      move = isOver(after) ? { ...after, endedAt: systemClock.now() } : after;
      this.#keep(move);
      if (move.step !== before.step) this.#tell(move);
    }
    this.#alarms.set('move', systemClock.now());
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

  #nextEpoch(): number {
    this.#sql.exec('UPDATE epochs SET epoch = epoch + 1');
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
