import type { OrderPosition } from '../ports.ts';

/** Which orders a command was given to. */
export interface Batch {
  fingerprint: string;
  orderIds: string[];
  /** Where the next batch of the same filter begins; null: there is none. */
  next: OrderPosition | null;
}
export interface BatchStore {
  find(key: string, now: number): Promise<Batch | null>;
  /** The first one kept under the key counts: answers that one. Drops some that have expired. */
  keep(key: string, batch: Batch, times: { now: number; expiresAt: number }): Promise<Batch>;
}

interface Row {
  fingerprint: string;
  order_ids: string;
  next: string | null;
}
const FIND = 'SELECT fingerprint, order_ids, next FROM command_batches WHERE key = ?1 AND expires_at > ?2';
const DROP = `DELETE FROM command_batches WHERE key IN
  (SELECT key FROM command_batches WHERE expires_at <= ?1 LIMIT 100) OR (key = ?2 AND expires_at <= ?1)`;
const KEEP = `INSERT INTO command_batches (key, fingerprint, order_ids, next, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT (key) DO NOTHING`;

export function batchStore(database: D1Database): BatchStore {
  return {
    async find(key, now) {
      const row = await database.prepare(FIND).bind(key, now).first<Row>();
      return row === null ? null : batchOf(row);
    },
    async keep(key, batch, { now, expiresAt }) {
      const { fingerprint, orderIds, next } = batch;
      const values = [
        key,
        fingerprint,
        JSON.stringify(orderIds),
        next === null ? null : JSON.stringify(next),
        expiresAt,
      ];
      const [, , kept] = await database.batch<Row>([
        database.prepare(DROP).bind(now, key),
        database.prepare(KEEP).bind(...values),
        database.prepare(FIND).bind(key, now),
      ]);
      const [row] = kept?.results ?? [];
      return row === undefined ? batch : batchOf(row);
    },
  };
}

const batchOf = ({ fingerprint, order_ids: ids, next }: Row): Batch => ({
  fingerprint,
  orderIds: JSON.parse(ids) as string[],
  next: next === null ? null : (JSON.parse(next) as OrderPosition),
});
