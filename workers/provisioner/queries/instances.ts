import { and, asc, eq, isNotNull, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { downloads, instances } from '#shared/db/store.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { NOTHING_OWNED, openEntitlements, type Owned, startEntitlements } from './entitlements.ts';
import { statesBefore, type InstanceState } from '../instance-states.ts';
import { reportWithTransition, type NewReport } from './reports.ts';

export type InstanceRow = typeof instances.$inferSelect;
export type NewInstance = Omit<
  InstanceRow,
  | 'sealedDelivery'
  | 'activatedAt'
  | 'transition'
  | 'updatedAt'
  | 'state'
  | 'failureCode'
  | 'failureText'
  | 'endsAt'
  | 'expireAt'
  | 'signAt'
>;

/** One change of state with everything that belongs to it. */
export interface Move {
  id: string;
  to: InstanceState;
  /** Name of the change in the history, e.g. `instance.ready`. */
  type: string;
  /** In words for the customer. */
  detail: string;
  now: number;
  sealedDelivery?: string;
  activatedAt?: number;
  /** With `activatedAt`: the end of its term; else its entitlements say for how many days it is. */
  endsAt?: number;
  report?: NewReport;
  /** Only while this round of its suspension is the newest. */
  round?: number;
  /** Only if it is to be suspended. */
  isWanted?: true;
}

/** Of a move that activates (?5) the instance ?7, where what was delivered says no end. */
const END_BY_ENTITLEMENTS = `?5 + (SELECT json_extract(document, '$.validDays') FROM entitlements
  WHERE instance_id = ?7) * ${DAY_MS}`;

/**
 * Statements that move an instance if its state allows, with history and report: all or nothing, and nothing when
 * another mover was first. The first statement's `changes` tells whether this one moved it.
 */
export function moveStatements(database: D1Database, move: Move): D1PreparedStatement[] {
  const transition = crypto.randomUUID();
  const statements = [
    database
      .prepare(
        `UPDATE instances SET state = ?1, detail = ?2, transition = ?3, updated_at = ?4, nudge_at = NULL,
           activated_at = COALESCE(?5, activated_at), ends_at = COALESCE(?11, ends_at, ${END_BY_ENTITLEMENTS}),
           expire_at = CASE WHEN ?1 IN ('active', 'suspended')
             THEN COALESCE(?11, expire_at, ${END_BY_ENTITLEMENTS}) END,
           sealed_delivery = CASE ?1 WHEN 'undone' THEN NULL ELSE COALESCE(?6, sealed_delivery) END
         WHERE id = ?7 AND state IN (SELECT value FROM json_each(?8))
           AND (?9 IS NULL OR EXISTS (SELECT 1 FROM accesses WHERE instance_id = ?7 AND round = ?9))
           AND (?10 = 0 OR EXISTS (SELECT 1 FROM accesses WHERE instance_id = ?7 AND suspended = 1))`,
      )
      .bind(
        move.to,
        move.detail,
        transition,
        move.now,
        move.activatedAt ?? null,
        move.sealedDelivery ?? null,
        move.id,
        JSON.stringify(statesBefore(move.to)),
        move.round ?? null,
        move.isWanted === true ? 1 : 0,
        move.endsAt ?? null,
      ),
    database
      .prepare(
        `INSERT INTO instance_history (instance_id, sequence, at, type, text)
         SELECT ?1, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM instance_history WHERE instance_id = ?1), ?2, ?3, ?4
         WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?1 AND transition = ?5)`,
      )
      .bind(move.id, move.now, move.type, move.detail, transition),
  ];
  if (move.activatedAt !== undefined) {
    const { id, activatedAt, endsAt = null } = move;
    statements.push(startEntitlements(database, { id, activatedAt, endsAt, transition }));
  }
  if (move.report !== undefined) {
    statements.push(reportWithTransition(database, move.report, transition, move.now));
  }
  return statements;
}

/** A line of the history without a change of state. */
export const noteStatement = (
  database: D1Database,
  id: string,
  { type, text }: { type: string; text: string },
  now: number,
): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO instance_history (instance_id, sequence, at, type, text)
       SELECT ?1, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM instance_history WHERE instance_id = ?1), ?2, ?3, ?4`,
    )
    .bind(id, now, type, text);

/** Columns of a list: a delivery may be large (thousands of keys), and a plan is of no interest there. */
export const LISTED = {
  id: instances.id,
  orderId: instances.orderId,
  lineId: instances.lineId,
  customerId: instances.customerId,
  productId: instances.productId,
  variantId: instances.variantId,
  sku: instances.sku,
  title: instances.title,
  variantTitle: instances.variantTitle,
  kind: instances.kind,
  quantity: instances.quantity,
  customisation: instances.customisation,
  state: instances.state,
  detail: instances.detail,
  createdAt: instances.createdAt,
  updatedAt: instances.updatedAt,
  endsAt: instances.endsAt,
};
export type ListedInstance = Pick<InstanceRow, keyof typeof LISTED>;

const INSERT = `INSERT INTO instances (id, customer_id, order_id, order_number, line_id, workflow_id, product_id,
    product_version, variant_id, sku, title, variant_title, kind, quantity, customisation, fulfilment, sealed_address,
    plan, state, detail, transition, request_id, created_at, updated_at, nudge_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 'provisioning', ?19, ?20, ?21,
    ?22, ?22, ?23
  WHERE NOT EXISTS (SELECT 1 FROM undo_requests WHERE instance_id = ?1)
  ON CONFLICT DO NOTHING`;

export const instanceQueries = (database: D1Database) => ({
  /**
   * Writes a new instance down, unless it exists or was to be undone before it began. Answers with what is there
   * afterwards: the instance, and whether undoing was asked for.
   */
  async open(row: NewInstance, owned: Owned = NOTHING_OWNED): Promise<InstanceRow | null> {
    const transition = crypto.randomUUID();
    const insert = database
      .prepare(INSERT)
      .bind(
        row.id,
        row.customerId,
        row.orderId,
        row.orderNumber,
        row.lineId,
        row.workflowId,
        row.productId,
        row.productVersion,
        row.variantId,
        row.sku,
        row.title,
        row.variantTitle,
        row.kind,
        row.quantity,
        JSON.stringify(row.customisation),
        JSON.stringify(row.fulfilment),
        row.sealedAddress,
        JSON.stringify(row.plan),
        row.detail,
        transition,
        row.requestId,
        row.createdAt,
        row.nudgeAt,
      );
    const history = database
      .prepare(
        `INSERT INTO instance_history (instance_id, sequence, at, type, text)
         SELECT ?1, 1, ?2, 'instance.opened', ?3
         WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?1 AND transition = ?4)`,
      )
      .bind(row.id, row.createdAt, row.detail, transition);
    await database.batch([insert, history, ...openEntitlements(database, row, owned, transition)]);
    return this.get(row.id);
  },

  async get(id: string): Promise<InstanceRow | null> {
    return (await drizzle(database).select().from(instances).where(eq(instances.id, id)).get()) ?? null;
  },

  /** An instance with its download entitlement, if it has one. */
  async getWithDownload(id: string) {
    const row = await drizzle(database)
      .select({ instance: instances, download: downloads })
      .from(instances)
      .leftJoin(downloads, eq(downloads.instanceId, instances.id))
      .where(eq(instances.id, id))
      .get();
    return row ?? null;
  },

  /** Moves an instance; false when its state did not allow it. */
  async move(move: Move): Promise<boolean> {
    const [update] = await database.batch(moveStatements(database, move));
    return (update?.meta.changes ?? 0) > 0;
  },

  /** Gives provisioning up for good, before anything is rolled back. The first reason stays. */
  async giveUp(id: string, failure: { code: string; text: string }): Promise<void> {
    await database
      .prepare(
        `UPDATE instances SET failure_code = ?, failure_text = ?
         WHERE id = ? AND state = 'provisioning' AND failure_code IS NULL`,
      )
      .bind(failure.code, failure.text, id)
      .run();
  },

  /** Adds a line to the history without a change of state. */
  async note(id: string, type: string, text: string, now: number): Promise<void> {
    await noteStatement(database, id, { type, text }, now).run();
  },

  /** Their term has ended, oldest first. */
  toExpire(
    now: number,
    limit: number,
  ): Promise<Pick<InstanceRow, 'id' | 'customerId' | 'endsAt' | 'orderId' | 'lineId'>[]> {
    return drizzle(database)
      .select({
        id: instances.id,
        customerId: instances.customerId,
        endsAt: instances.endsAt,
        orderId: instances.orderId,
        lineId: instances.lineId,
      })
      .from(instances)
      .where(and(isNotNull(instances.expireAt), lte(instances.expireAt, now)))
      .orderBy(asc(instances.expireAt))
      .limit(limit);
  },

  toNudge(now: number, limit: number): Promise<InstanceRow[]> {
    return drizzle(database)
      .select()
      .from(instances)
      .where(and(isNotNull(instances.nudgeAt), lte(instances.nudgeAt, now)))
      .orderBy(asc(instances.nudgeAt))
      .limit(limit);
  },

  async nudgeAgainAt(id: string, at: number): Promise<void> {
    await database
      .prepare(`UPDATE instances SET nudge_at = ? WHERE nudge_at IS NOT NULL AND id = ?`)
      .bind(at, id)
      .run();
  },
});
