import type { Currency } from '#shared/money/money.ts';

const primary = (database: D1Database) => database.withSession('first-primary');

/** Adds codes to a promotion; answers those that stand for another one (then none is added), null when there is no such promotion. */
export async function addCodes(
  database: D1Database,
  promotionId: string,
  codes: readonly string[],
  nowMs: number,
): Promise<string[] | null> {
  const wanted = JSON.stringify(codes);
  const [known, taken] = await database.batch<{ code: string }>([
    database
      .prepare("SELECT id AS code FROM promotions WHERE id = ?1 AND status <> 'archived'")
      .bind(promotionId),
    database
      .prepare(
        'SELECT code FROM promotion_codes WHERE code IN (SELECT value FROM json_each(?1)) AND promotion_id <> ?2',
      )
      .bind(wanted, promotionId),
    database
      .prepare(
        `INSERT INTO promotion_codes (code, promotion_id, created_at_ms)
         SELECT DISTINCT asked.value, p.id, ?3 FROM json_each(?1) AS asked JOIN promotions p ON p.id = ?2
         WHERE p.status <> 'archived' AND NOT EXISTS (SELECT 1 FROM promotion_codes c
           WHERE c.code IN (SELECT value FROM json_each(?1)) AND c.promotion_id <> ?2)
         ON CONFLICT (code) DO NOTHING`,
      )
      .bind(wanted, promotionId, nowMs),
  ]);
  if ((known?.results.length ?? 0) === 0) return null;
  return (taken?.results ?? []).map(({ code }) => code);
}

export async function removeCode(database: D1Database, promotionId: string, code: string): Promise<void> {
  await database
    .prepare('DELETE FROM promotion_codes WHERE code = ?1 AND promotion_id = ?2')
    .bind(code, promotionId)
    .run();
}

export async function listCodes(
  database: D1Database,
  page: { promotionId: string; after: string; limit: number },
): Promise<string[]> {
  const { results } = await primary(database)
    .prepare('SELECT code FROM promotion_codes WHERE promotion_id = ?1 AND code > ?2 ORDER BY code LIMIT ?3')
    .bind(page.promotionId, page.after, page.limit)
    .all<{ code: string }>();
  return results.map(({ code }) => code);
}

export async function listTaxModes(
  database: D1Database,
): Promise<{ currency: Currency; mode: 'inclusive' | 'exclusive' }[]> {
  const { results } = await primary(database)
    .prepare('SELECT currency, mode FROM tax_modes ORDER BY currency LIMIT 100')
    .all<{ currency: Currency; mode: 'inclusive' | 'exclusive' }>();
  return results;
}

export async function setTaxMode(
  database: D1Database,
  currency: Currency,
  mode: string,
  nowMs: number,
): Promise<void> {
  await database
    .prepare(
      `INSERT INTO tax_modes VALUES (?1, ?2, ?3)
       ON CONFLICT (currency) DO UPDATE SET mode = excluded.mode, updated_at_ms = excluded.updated_at_ms`,
    )
    .bind(currency, mode, nowMs)
    .run();
}

export interface GroupRow {
  id: string;
  handle: string;
  title: string;
}

/** Repeating states the title again: a group is known by its handle. */
export async function saveGroup(
  database: D1Database,
  group: GroupRow,
  nowMs: number,
): Promise<GroupRow | null> {
  return database
    .prepare(
      `INSERT INTO customer_groups (id, handle, title, version, created_at_ms, updated_at_ms) VALUES (?1, ?2, ?3, 1, ?4, ?4)
       ON CONFLICT (handle) DO UPDATE SET title = excluded.title, version = version + 1, updated_at_ms = excluded.updated_at_ms
       RETURNING id, handle, title`,
    )
    .bind(group.id, group.handle, group.title, nowMs)
    .first<GroupRow>();
}

export async function listGroups(
  database: D1Database,
  page: { after: string; limit: number },
): Promise<GroupRow[]> {
  const { results } = await primary(database)
    .prepare('SELECT id, handle, title FROM customer_groups WHERE handle > ?1 ORDER BY handle LIMIT ?2')
    .bind(page.after, page.limit)
    .all<GroupRow>();
  return results;
}

/** False: there is no such group. */
export async function addMember(
  database: D1Database,
  handle: string,
  customerId: string,
  nowMs: number,
): Promise<boolean> {
  const [known] = await database.batch<{ id: string }>([
    database.prepare('SELECT id FROM customer_groups WHERE handle = ?1').bind(handle),
    database
      .prepare(
        `INSERT INTO customer_group_members (customer_id, group_id, added_at_ms)
         SELECT ?2, id, ?3 FROM customer_groups WHERE handle = ?1 ON CONFLICT DO NOTHING`,
      )
      .bind(handle, customerId, nowMs),
  ]);
  return (known?.results.length ?? 0) > 0;
}

export async function removeMember(database: D1Database, handle: string, customerId: string): Promise<void> {
  await database
    .prepare(
      `DELETE FROM customer_group_members
       WHERE customer_id = ?2 AND group_id = (SELECT id FROM customer_groups WHERE handle = ?1)`,
    )
    .bind(handle, customerId)
    .run();
}

export async function listMembers(
  database: D1Database,
  page: { handle: string; after: string; limit: number },
): Promise<string[]> {
  const { results } = await primary(database)
    .prepare(
      `SELECT m.customer_id AS id FROM customer_groups g JOIN customer_group_members m ON m.group_id = g.id
       WHERE g.handle = ?1 AND m.customer_id > ?2 ORDER BY m.customer_id LIMIT ?3`,
    )
    .bind(page.handle, page.after, page.limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Takes a group and its members away; what names it by handle is for nobody then. Safe to repeat. */
export async function removeGroup(database: D1Database, handle: string): Promise<void> {
  await database.batch([
    database
      .prepare(
        'DELETE FROM customer_group_members WHERE group_id = (SELECT id FROM customer_groups WHERE handle = ?1)',
      )
      .bind(handle),
    database.prepare('DELETE FROM customer_groups WHERE handle = ?1').bind(handle),
  ]);
}

const GROUPS_MAX = 100;

/** Handles of the groups a customer is in. */
export async function groupsOfCustomer(database: D1Database, customerId: string): Promise<string[]> {
  const { results } = await primary(database)
    .prepare(
      `SELECT g.handle FROM customer_group_members m JOIN customer_groups g ON g.id = m.group_id
       WHERE m.customer_id = ?1 ORDER BY g.handle LIMIT ${GROUPS_MAX}`,
    )
    .bind(customerId)
    .all<{ handle: string }>();
  return results.map(({ handle }) => handle);
}
