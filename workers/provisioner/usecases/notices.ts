import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';

/** What staff should know of partners and supplies, the newest first; `next` is a position to go on from. */
export async function listNotices(
  ports: Ports,
  filter: { kind: string | undefined },
  before: { at: number; id: string } | null,
  limit: number,
) {
  const rows = await ports.registry.notices.page(filter, before, limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map((row) => ({ ...row, at: rfc3339(row.at) })),
    next: rows.length > limit && last !== undefined ? { at: last.at, id: last.id } : null,
  };
}
