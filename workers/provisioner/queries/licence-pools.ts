import { asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { licencePools, poolKeys } from '#shared/db/store.ts';

export type PoolRow = typeof licencePools.$inferSelect;
export interface PoolCounts {
  pool: string;
  free: number;
  taken: number;
  burnt: number;
}
export interface NewPoolKey {
  fingerprint: string;
  sealedKey: string;
}
export interface TakenKey {
  fingerprint: string;
  sealedKey: string;
}

/** Of `take`, beside how many are free. */
interface PoolState {
  left: number;
  isHeld: 0 | 1;
}

const IS_FREE = 'holder IS NULL AND burnt_at IS NULL';

export const licencePoolQueries = (database: D1Database) => ({
  async get(handle: string): Promise<PoolRow | null> {
    const row = await drizzle(database)
      .select()
      .from(licencePools)
      .where(eq(licencePools.handle, handle))
      .get();
    return row ?? null;
  },

  /** All of them, with how many keys of each kind. There are few. */
  async list(limit: number): Promise<{ pools: PoolRow[]; counts: PoolCounts[] }> {
    const pools = await drizzle(database)
      .select()
      .from(licencePools)
      .orderBy(asc(licencePools.handle))
      .limit(limit);
    const { results: counts } = await database
      .prepare(
        `SELECT pool, SUM(${IS_FREE}) AS free, SUM(holder IS NOT NULL) AS taken, SUM(holder IS NULL AND burnt_at IS NOT NULL) AS burnt
         FROM pool_keys GROUP BY pool`,
      )
      .all<PoolCounts>();
    return { pools, counts };
  },

  async put(row: Omit<PoolRow, 'uploads' | 'heldAt'>): Promise<void> {
    await database
      .prepare(
        `INSERT INTO licence_pools (handle, title, low_at, after_undo, written_by, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (handle) DO UPDATE SET title = ?2, low_at = ?3, after_undo = ?4, written_by = ?5, updated_at = ?6`,
      )
      .bind(row.handle, row.title, row.lowAt, row.afterUndo, row.writtenBy, row.updatedAt)
      .run();
  },

  /** Adds keys that no pool knows. Answers with how many. */
  async add(pool: string, keys: readonly NewPoolKey[], now: number): Promise<number> {
    const added = await database
      .prepare(
        `INSERT INTO pool_keys (fingerprint, pool, sealed_key, added_at)
         SELECT value ->> 'fingerprint', ?1, value ->> 'sealedKey', ?2 FROM json_each(?3) WHERE true
         ON CONFLICT DO NOTHING RETURNING 1`,
      )
      .bind(pool, now, JSON.stringify(keys))
      .all();
    return added.results.length;
  },

  /**
   * Keys that are never handed out from now on: free ones of this pool, and those no pool knows, so that an upload cannot add
   * them. Answers with how many.
   */
  async burn(pool: string, keys: readonly NewPoolKey[], now: number): Promise<number> {
    const burnt = await database
      .prepare(
        `INSERT INTO pool_keys (fingerprint, pool, sealed_key, added_at, burnt_at)
         SELECT value ->> 'fingerprint', ?1, value ->> 'sealedKey', ?2, ?2 FROM json_each(?3) WHERE true
         ON CONFLICT (fingerprint) DO UPDATE SET burnt_at = ?2
           WHERE pool_keys.pool = ?1 AND pool_keys.holder IS NULL AND pool_keys.burnt_at IS NULL
         RETURNING 1`,
      )
      .bind(pool, now, JSON.stringify(keys))
      .all();
    return burnt.results.length;
  },

  /** From now on this pool hands out nothing; without a handle, all of them. Safe to repeat. */
  async hold(handle: string | null, now: number): Promise<void> {
    await database
      .prepare('UPDATE licence_pools SET held_at = ?2 WHERE held_at IS NULL AND (?1 IS NULL OR handle = ?1)')
      .bind(handle, now)
      .run();
  },

  async release(handle: string): Promise<void> {
    await database.prepare('UPDATE licence_pools SET held_at = NULL WHERE handle = ?').bind(handle).run();
  },

  /** From now on running low is told anew. Answers with how many are free. */
  async uploaded(pool: string): Promise<number> {
    const [, count] = await database.batch<{ free: number }>([
      database.prepare('UPDATE licence_pools SET uploads = uploads + 1 WHERE handle = ?').bind(pool),
      database.prepare(`SELECT COUNT(*) AS free FROM pool_keys WHERE pool = ? AND ${IS_FREE}`).bind(pool),
    ]);
    return count?.results[0]?.free ?? 0;
  },

  /**
   * Hands out so many keys, all or none, those that came first: one statement, so that no key ever goes to two. Whoever has
   * some keeps these, however often it asks, and who is closed gets none, nor anybody while the pool is held. `left`: how
   * many are free, up to a bound.
   */
  async take(
    pool: string,
    holder: string,
    wanted: { quantity: number; now: number; countTo: number },
  ): Promise<{ keys: TakenKey[]; left: number; isHeld: boolean }> {
    const [, keys, state] = await database.batch<TakenKey & PoolState>([
      database
        .prepare(
          `WITH free AS MATERIALIZED (SELECT fingerprint FROM pool_keys WHERE pool = ?2 AND ${IS_FREE}
             ORDER BY added_at, fingerprint LIMIT ?3)
           UPDATE pool_keys SET holder = ?1, taken_at = ?4
           WHERE fingerprint IN (SELECT fingerprint FROM free) AND (SELECT COUNT(*) FROM free) = ?3
             AND NOT EXISTS (SELECT 1 FROM pool_keys WHERE holder = ?1)
             AND NOT EXISTS (SELECT 1 FROM closed_holders WHERE holder = ?1)
             AND NOT EXISTS (SELECT 1 FROM licence_pools WHERE handle = ?2 AND held_at IS NOT NULL)`,
        )
        .bind(holder, pool, wanted.quantity, wanted.now),
      database
        .prepare(
          `SELECT fingerprint, sealed_key AS sealedKey FROM pool_keys WHERE holder = ? ORDER BY added_at, fingerprint`,
        )
        .bind(holder),
      database
        .prepare(
          `SELECT COUNT(*) AS left,
             EXISTS (SELECT 1 FROM licence_pools WHERE handle = ?1 AND held_at IS NOT NULL) AS isHeld
           FROM (SELECT 1 FROM pool_keys WHERE pool = ?1 AND ${IS_FREE} LIMIT ?2)`,
        )
        .bind(pool, wanted.countTo),
    ]);
    const { left = 0, isHeld = 0 } = state?.results[0] ?? {};
    return { keys: keys?.results ?? [], left, isHeld: isHeld === 1 };
  },

  /** Fingerprints of the keys somebody holds. */
  async heldBy(holder: string): Promise<string[]> {
    const rows = await drizzle(database)
      .select({ fingerprint: poolKeys.fingerprint })
      .from(poolKeys)
      .where(eq(poolKeys.holder, holder));
    return rows.map(({ fingerprint }) => fingerprint);
  },

  /** What somebody holds is free again, and they may take others. Safe to repeat. */
  async giveBack(holder: string): Promise<void> {
    await database
      .prepare('UPDATE pool_keys SET holder = NULL, taken_at = NULL WHERE holder = ?')
      .bind(holder)
      .run();
  },

  /** Takes back what somebody holds, who gets no more. `isSeen`: nobody else may ever have it. Safe to repeat. */
  async close(holder: string, isSeen: boolean, now: number): Promise<void> {
    await database.batch([
      database
        .prepare('INSERT INTO closed_holders (holder, closed_at) VALUES (?, ?) ON CONFLICT DO NOTHING')
        .bind(holder, now),
      database
        .prepare(
          `UPDATE pool_keys SET holder = NULL, taken_at = NULL,
             burnt_at = CASE WHEN ?2 = 1 OR (SELECT after_undo FROM licence_pools WHERE handle = pool) = 'burn' THEN ?3 END
           WHERE holder = ?1`,
        )
        .bind(holder, isSeen ? 1 : 0, now),
    ]);
  },
});
