import { rfc3339 } from '#shared/time/time.ts';
import type { StoredQuote } from './instance-quotes.ts';

interface OrderRow {
  id: string;
  customerId: string;
}
interface RenewalRow {
  instanceId: string;
  methodId: string;
  destination: string | null;
  locale: string;
  agreedAt: number;
  state: string;
}
export interface GroupRow {
  id: string;
  handle: string;
}

/** The same as the order's own states that end it. */
const ENDED = `('completed', 'cancelled', 'refunded')`;

/** What the two databases of this worker hold about one person. */
export const personQueries = ({ orders, commerce }: { orders: D1Database; commerce: D1Database }) => ({
  /** Their orders, and those they placed for organisations, after an id. */
  async orders(personId: string, after: string, limit: number): Promise<OrderRow[]> {
    const { results } = await orders
      .prepare(
        `SELECT id, customer_id AS customerId FROM orders WHERE (customer_id = ?1 OR placed_by = ?1) AND id > ?2
         ORDER BY id LIMIT ?3`,
      )
      .bind(personId, after, limit)
      .all<OrderRow>();
    return results;
  },

  async openOrders(personId: string, limit: number): Promise<string[]> {
    const { results } = await orders
      .prepare(`SELECT id FROM orders WHERE customer_id = ? AND state NOT IN ${ENDED} ORDER BY id LIMIT ?`)
      .bind(personId, limit)
      .all<{ id: string }>();
    return results.map(({ id }) => id);
  },

  /** Newest first: goods come back from these alone. */
  async completedOrders(personId: string, limit: number): Promise<string[]> {
    const { results } = await orders
      .prepare(
        `SELECT id FROM orders WHERE customer_id = ? AND state = 'completed' ORDER BY created_at DESC, id DESC LIMIT ?`,
      )
      .bind(personId, limit)
      .all<{ id: string }>();
    return results.map(({ id }) => id);
  },

  /** Organisations they ordered for. */
  async organisations(personId: string): Promise<string[]> {
    const { results } = await orders
      .prepare('SELECT DISTINCT customer_id AS id FROM orders WHERE placed_by = ?1 AND customer_id <> ?1')
      .bind(personId)
      .all<{ id: string }>();
    return results.map(({ id }) => id);
  },

  async quotes(personId: string) {
    const { results } = await orders
      .prepare('SELECT document FROM instance_quotes WHERE customer_id = ? ORDER BY id')
      .bind(personId)
      .all<{ document: string }>();
    return results.map(({ document }) => {
      const { shown, request } = JSON.parse(document) as StoredQuote;
      return { ...shown, lines: request.lines, destination: request.destination ?? null };
    });
  },

  async renewals(personId: string) {
    const { results } = await orders
      .prepare(
        `SELECT instance_id AS instanceId, method_id AS methodId, destination, locale, agreed_at AS agreedAt, state
         FROM instance_renewals WHERE customer_id = ? ORDER BY instance_id`,
      )
      .bind(personId)
      .all<RenewalRow>();
    return results.map(({ destination, agreedAt, ...row }) => ({
      ...row,
      destination: destination === null ? null : (JSON.parse(destination) as unknown),
      agreedAt: rfc3339(agreedAt),
    }));
  },

  /** Instances whose renewal is being paid. */
  async renewalsUnderWay(personId: string, limit: number): Promise<string[]> {
    const { results } = await orders
      .prepare(
        `SELECT instance_id AS id FROM instance_renewals WHERE customer_id = ? AND state = 'paying' ORDER BY 1 LIMIT ?`,
      )
      .bind(personId, limit)
      .all<{ id: string }>();
    return results.map(({ id }) => id);
  },

  async groups(personId: string): Promise<GroupRow[]> {
    const { results } = await commerce
      .prepare(
        `SELECT id, handle FROM customer_groups
         WHERE id IN (SELECT group_id FROM customer_group_members WHERE customer_id = ?) ORDER BY id`,
      )
      .bind(personId)
      .all<GroupRow>();
    return results;
  },

  /** What nobody could process about these orders. */
  async dropDeadLetters(orderIds: readonly string[]): Promise<number> {
    const done = await orders
      .prepare(
        `DELETE FROM dead_letters WHERE json_extract(body, '$.orderId') IN (SELECT value FROM json_each(?))`,
      )
      .bind(JSON.stringify(orderIds))
      .run();
    return done.meta.changes;
  },

  /** All that no order needs. Counts what was there. */
  async drop(personId: string): Promise<Record<string, number>> {
    const [quotes, renewals, batches] = await orders.batch([
      orders.prepare('DELETE FROM instance_quotes WHERE customer_id = ?').bind(personId),
      orders.prepare('DELETE FROM instance_renewals WHERE customer_id = ?').bind(personId),
      // Keys begin with who sent them.
      orders.prepare(`DELETE FROM command_batches WHERE key >= ?1 || ':' AND key < ?1 || ';'`).bind(personId),
    ]);
    const members = await commerce
      .prepare('DELETE FROM customer_group_members WHERE customer_id = ?')
      .bind(personId)
      .run();
    return {
      instance_quotes: quotes?.meta.changes ?? 0,
      instance_renewals: renewals?.meta.changes ?? 0,
      command_batches: batches?.meta.changes ?? 0,
      customer_group_members: members.meta.changes,
    };
  },
});
export type Persons = ReturnType<typeof personQueries>;
