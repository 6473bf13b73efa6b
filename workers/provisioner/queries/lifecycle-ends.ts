import type { LifecycleState } from '#shared/contracts/http/lifecycle.ts';
import { combineStatement } from './accesses.ts';
import { replanEntitlements } from './entitlements.ts';
import { SIGN_FROM } from './licences.ts';
import {
  type IsOpenHere,
  type LifecycleRow,
  type Terms,
  type Turn,
  TURNED,
  turnStatements,
} from './lifecycle.ts';
import { type NewReport, reportAlways } from './reports.ts';
import { withdrawTasksOf } from './tasks.ts';

/** What an operation leaves when it ends. */
export interface Settlement {
  turn: Omit<Turn, 'token'>;
  operation: Pick<LifecycleRow, 'id' | 'instanceId'>;
  /** What the instance is from now on; null: as before. */
  terms: Terms | null;
  sealedDelivery: string | null;
  /** Outputs of this direction's steps replace those of the instance. */
  outputsOf: 'forth' | 'back' | null;
  /** When its term ends from now on; null: as before. */
  endsAt: number | null;
  report: NewReport | null;
}

export const lifecycleEndQueries = (database: D1Database) => ({
  /** Ends an operation and writes what it changed: all or nothing. False: somebody else ended it. */
  async settle(settlement: Settlement): Promise<boolean> {
    const { turn, operation, terms, sealedDelivery, outputsOf, endsAt, report } = settlement;
    const token = crypto.randomUUID();
    const [done] = await database.batch([
      ...turnStatements(database, { ...turn, token }),
      ...(terms === null
        ? []
        : [
            termsStatement(database, operation, terms, token),
            ...replanEntitlements(database, operation.instanceId, terms, {
              sql: TURNED,
              values: [operation.id, token],
            }),
          ]),
      ...(outputsOf === null ? [] : [outputsStatement(database, operation, outputsOf, token)]),
      ...(endsAt === null ? [] : termStatements(database, operation, endsAt, { token, now: turn.now })),
      database
        .prepare(
          `UPDATE instances SET sealed_delivery = COALESCE(?1, sealed_delivery), updated_at = ?2
           WHERE id = ?3 AND EXISTS (SELECT 1 FROM lifecycle_operations WHERE id = ?4 AND transition = ?5)`,
        )
        .bind(sealedDelivery, turn.now, operation.instanceId, operation.id, token),
      withdrawTasksOf(database, operation.id),
      ...(report === null ? [] : [reportAlways(database, report, turn.now)]),
    ]);
    return (done?.meta.changes ?? 0) > 0;
  },

  /**
   * Moves the end of the term, and with it whatever follows from that end: it is used again, and not removed. `endsAt`: what
   * it becomes; `byMs`: by how much it moves, from the later of the end and now.
   */
  async renew(
    turn: Omit<Turn, 'token'>,
    instance: { id: string; orderId: string; lineId: string; requestId: string },
    term: { endsAt: number } | { byMs: number },
    report: NewReport | null,
  ): Promise<boolean> {
    const token = crypto.randomUUID();
    const [done] = await database.batch([
      ...turnStatements(database, { ...turn, token }),
      database
        .prepare(
          `UPDATE instances SET ends_at = COALESCE(?1, CASE WHEN ?2 > 0 THEN MAX(ends_at, ?3) ELSE ends_at END + ?2),
             sign_at = ${SIGN_FROM('?3')}, updated_at = ?3 WHERE id = ?4 AND ${TURNED}`,
        )
        .bind(
          'endsAt' in term ? term.endsAt : null,
          'byMs' in term ? term.byMs : 0,
          turn.now,
          instance.id,
          turn.id,
          token,
        ),
      database
        .prepare(`UPDATE instances SET expire_at = ends_at WHERE id = ? AND ${TURNED}`)
        .bind(instance.id, turn.id, token),
      database
        .prepare(
          `UPDATE entitlements SET expires_at = (SELECT ends_at FROM instances WHERE id = ?1), revision = revision + 1,
             updated_at = ?2 WHERE instance_id = ?1 AND EXISTS (SELECT 1 FROM lifecycle_operations
               WHERE id = ?3 AND transition = ?4)`,
        )
        .bind(instance.id, turn.now, turn.id, token),
      database
        .prepare(
          `UPDATE suspensions SET wanted = 0, sequence = sequence + 1, since = ?1
           WHERE instance_id = ?2 AND cause = 'term' AND wanted = 1
             AND EXISTS (SELECT 1 FROM instances WHERE id = ?2 AND ends_at > ?1) AND ${TURNED}`,
        )
        .bind(turn.now, instance.id, turn.id, token),
      database
        .prepare(
          `UPDATE lifecycle_operations SET state = 'called_off', ended_at = ?1, due_at = NULL
           WHERE instance_id = ?2 AND kind = 'terminate' AND asked_as = 'clock' AND state = 'grace'
             AND EXISTS (SELECT 1 FROM instances WHERE id = ?2 AND ends_at > ?1)`,
        )
        .bind(turn.now, instance.id),
      combineStatement(database, { ...instance, instanceId: instance.id, now: turn.now }),
      ...(report === null ? [] : [reportAlways(database, report, turn.now)]),
    ]);
    return (done?.meta.changes ?? 0) > 0;
  },

  /**
   * The term has ended: out of use, and removed once the grace is over. Nothing where it was renewed meanwhile; two at once
   * do it once.
   */
  async expire(
    instance: { id: string; customerId: string; orderId: string; lineId: string; requestId: string },
    operation: { id: string; dueAt: number; text: string },
    now: number,
  ): Promise<void> {
    const isOver = 'EXISTS (SELECT 1 FROM instances WHERE id = ?1 AND expire_at <= ?2)';
    await database.batch([
      database
        .prepare(
          `INSERT INTO suspensions (instance_id, cause, wanted, sequence, reason, since)
           SELECT ?1, 'term', 1, 1, 'expired', ?2 WHERE ${isOver}
           ON CONFLICT (instance_id, cause) DO UPDATE SET wanted = 1, sequence = sequence + 1, since = excluded.since
           WHERE suspensions.wanted = 0`,
        )
        .bind(instance.id, now),
      database
        .prepare(
          `INSERT INTO instance_history (instance_id, sequence, at, type, text)
           SELECT ?1, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM instance_history WHERE instance_id = ?1), ?2,
             'instance.expired', ?3 WHERE ${isOver}`,
        )
        .bind(instance.id, now, operation.text),
      database
        .prepare(
          `INSERT INTO lifecycle_operations (id, instance_id, customer_id, kind, state, sequence, request, asked_as,
             due_at, transition, request_id, created_at, started_at)
           SELECT ?3, ?1, ?4, 'terminate', 'grace',
             (SELECT COALESCE(MAX(sequence), 0) + 1 FROM lifecycle_operations WHERE instance_id = ?1),
             '{"kind":"terminate"}', 'clock', ?5, ?6, ?7, ?2, ?2
           WHERE ${isOver} ON CONFLICT DO NOTHING`,
        )
        .bind(
          instance.id,
          now,
          operation.id,
          instance.customerId,
          operation.dueAt,
          crypto.randomUUID(),
          instance.requestId,
        ),
      combineStatement(database, { ...instance, instanceId: instance.id, now }),
      database
        .prepare('UPDATE instances SET expire_at = NULL WHERE id = ? AND expire_at <= ?')
        .bind(instance.id, now),
    ]);
  },

  /**
   * Everything of an instance belongs to another customer from now on, and whoever had it before has no say in it. False:
   * not in this database.
   */
  async handOver(
    operation: Pick<LifecycleRow, 'id' | 'instanceId'>,
    receiver: string,
    {
      sealedDelivery,
      now,
      isOpenHere,
    }: { sealedDelivery: string | null; now: number; isOpenHere: IsOpenHere },
  ): Promise<boolean> {
    const { id, instanceId } = operation;
    const token = crypto.randomUUID();
    const [done] = await database.batch([
      ...turnStatements(database, {
        id,
        from: ['running'],
        to: 'done',
        token,
        now,
        history: { type: 'lifecycle.transfer.done', text: `Handed on to ${receiver}.` },
        onlyIf: `${isOpenHere('customer_id')} AND ${isOpenHere(`json_extract(request, '$.receiver')`)}`,
      }),
      outputsStatement(database, operation, 'forth', token),
      database
        .prepare(
          `UPDATE instances SET sealed_delivery = COALESCE(?1, sealed_delivery), updated_at = ?2
           WHERE id = ?3 AND EXISTS (SELECT 1 FROM lifecycle_operations WHERE id = ?4 AND transition = ?5)`,
        )
        .bind(sealedDelivery, now, instanceId, id, token),
      database
        .prepare(
          `UPDATE lifecycle_operations SET state = 'called_off', ended_at = ?1, due_at = NULL
           WHERE instance_id = ?2 AND state IN ('scheduled', 'offered') AND ${TURNED}`,
        )
        .bind(now, instanceId, id, token),
      ...OWNED.map(([table, column]) =>
        database
          .prepare(`UPDATE ${table} SET customer_id = ? WHERE ${column} = ? AND ${TURNED}`)
          .bind(receiver, instanceId, id, token),
      ),
      ...GIVERS.map((sql) => database.prepare(`${sql} AND ${TURNED}`).bind(instanceId, id, token)),
    ]);
    return (done?.meta.changes ?? 0) > 0;
  },

  /** What was done is to be put back: another round, whose calls partners heed before those so far. */
  async turnBack(
    operation: Pick<LifecycleRow, 'id' | 'instanceId'>,
    from: readonly LifecycleState[],
    { requestId, nudgeAt }: { requestId: string; nudgeAt: number },
  ): Promise<boolean> {
    try {
      const done = await database
        .prepare(
          `UPDATE lifecycle_operations SET state = 'running', direction = 'back', round = round + 1, nudge_at = ?1,
             sequence = (SELECT MAX(sequence) + 1 FROM lifecycle_operations WHERE instance_id = ?2), request_id = ?3
           WHERE id = ?4 AND (direction = 'forth' OR state = 'failed') AND state IN (SELECT value FROM json_each(?5))`,
        )
        .bind(nudgeAt, operation.instanceId, requestId, operation.id, JSON.stringify(from))
        .run();
      return done.meta.changes > 0;
    } catch (error) {
      if (error instanceof Error && /UNIQUE constraint failed/i.test(error.message)) return false;
      throw error;
    }
  },
});

/** Tables that say whose an instance is, and by which column they name it. */
export const OWNED = [
  ['instances', 'id'],
  ['tasks', 'instance_id'],
  ['entitlements', 'instance_id'],
  ['instance_index', 'instance_id'],
  ['instance_labels', 'instance_id'],
  ['lifecycle_steps', 'instance_id'],
  ['lifecycle_operations', 'instance_id'],
] as const;

/**
 * What whoever hands an instance on wrote about it, links they have, and where they live: none of the receiver's business, and nobody would
 * find it there when the giver is erased.
 */
const GIVERS = [
  'UPDATE instances SET sealed_address = NULL WHERE id = ?',
  'DELETE FROM instance_labels WHERE instance_id = ?',
  `DELETE FROM instance_index WHERE name = 'tag' AND instance_id = ?`,
  'DELETE FROM download_links WHERE instance_id = ?',
  `UPDATE instance_history SET text = 'Asked by who had it before.'
   WHERE type LIKE 'lifecycle.%.asked' AND instance_id = ?`,
  `UPDATE suspensions SET note = NULL WHERE cause = 'owner' AND instance_id = ?`,
  `UPDATE lifecycle_operations SET reason = NULL, request = json_remove(request, '$.reason')
   WHERE asked_as = 'customer' AND instance_id = ?`,
] as const;

const termStatements = (
  database: D1Database,
  { id, instanceId }: Pick<LifecycleRow, 'id' | 'instanceId'>,
  endsAt: number,
  { token, now }: { token: string; now: number },
): D1PreparedStatement[] => [
  database
    .prepare(
      `UPDATE instances SET ends_at = ?1, expire_at = ?1, sign_at = ${SIGN_FROM('?2')} WHERE id = ?3 AND ${TURNED}`,
    )
    .bind(endsAt, now, instanceId, id, token),
  database
    .prepare(
      `UPDATE entitlements SET expires_at = ?1, revision = revision + 1, updated_at = ?2
       WHERE instance_id = ?3 AND ${TURNED}`,
    )
    .bind(endsAt, now, instanceId, id, token),
];

const termsStatement = (
  database: D1Database,
  { id, instanceId }: Pick<LifecycleRow, 'id' | 'instanceId'>,
  terms: Terms,
  token: string,
): D1PreparedStatement =>
  database
    .prepare(
      `UPDATE instances SET product_id = COALESCE(?, product_id), product_version = ?, variant_id = ?, sku = ?, title = ?, variant_title = ?, customisation = ?,
         fulfilment = ? WHERE id = ? AND ${TURNED}`,
    )
    .bind(
      terms.productId ?? null,
      terms.productVersion,
      terms.variantId,
      terms.sku,
      terms.title,
      terms.variantTitle,
      JSON.stringify(terms.customisation),
      JSON.stringify(terms.fulfilment),
      instanceId,
      id,
      token,
    );

const outputsStatement = (
  database: D1Database,
  { id, instanceId }: Pick<LifecycleRow, 'id' | 'instanceId'>,
  direction: 'forth' | 'back',
  token: string,
): D1PreparedStatement =>
  database
    .prepare(
      `UPDATE instance_steps SET sealed_output = kept.sealed_output
       FROM lifecycle_steps AS kept
       WHERE instance_steps.instance_id = ? AND kept.operation_id = ? AND kept.direction = ?
         AND kept.step = instance_steps.step AND kept.sealed_output IS NOT NULL AND ${TURNED}`,
    )
    .bind(instanceId, id, direction, id, token);

/**
 * An instance that is taken back takes its operations with it: for the batch that does so. Those an order pays for are
 * looked after once more, so that it is told.
 */
export const callOffAll = (
  database: D1Database,
  instanceId: string,
  except: string | null,
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `UPDATE lifecycle_operations SET state = CASE WHEN state IN ('running', 'made') THEN 'failed' ELSE 'called_off' END,
         error_code = 'instance_gone', error_text = 'It was taken back.', due_at = NULL, ended_at = ?1,
         nudge_at = CASE WHEN handle IS NOT NULL AND state IN ('running', 'made') THEN ?1 END
       WHERE instance_id = ?2 AND id IS NOT ?3
         AND state IN ('scheduled', 'offered', 'grace', 'running', 'made')`,
    )
    .bind(now, instanceId, except);

/** What belonged to its owner and is needed no more once it has ended: contents go, what happened stays. */
export function wipeStatements(database: D1Database, instanceId: string, now: number): D1PreparedStatement[] {
  return [
    database
      .prepare(
        `UPDATE instances SET sealed_delivery = NULL, sealed_address = NULL, customisation = '{}', updated_at = ?
         WHERE id = ? AND state = 'undone'`,
      )
      .bind(now, instanceId),
    ...[
      'DELETE FROM instance_index WHERE instance_id = ?',
      'UPDATE instance_steps SET sealed_output = NULL WHERE instance_id = ?',
      'UPDATE lifecycle_steps SET sealed_output = NULL WHERE instance_id = ?',
      `UPDATE lifecycle_operations SET former = NULL, target = NULL, sealed_code = NULL,
         request = json_object('kind', kind) WHERE instance_id = ?`,
      `UPDATE operations SET sealed_request = '', sealed_result = NULL WHERE instance_id = ?`,
      'UPDATE tasks SET sealed_payload = NULL, sealed_answer = NULL WHERE instance_id = ?',
    ].map((sql) => database.prepare(sql).bind(instanceId)),
  ];
}
