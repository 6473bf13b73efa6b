import { MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import type { OrderDocument } from './machine/document.ts';
import { specOf } from './machine/table.ts';
import { publicReason } from './machine/view.ts';

/** An order that has not moved for this long is nudged by the sweeper. */
export const SWEEP_AFTER_MS = MINUTE_MS;

const COLUMNS = [
  'id',
  'number',
  'customer_id',
  'version',
  'state',
  'reason_code',
  'reason_text',
  'currency',
  'total',
  'line_count',
  'first_title',
  'created_at',
  'updated_at',
  'sweep_at',
] as const;
const UPSERT = `INSERT INTO orders (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')}
  WHERE excluded.version > orders.version`;

/** Shows the document in lists. An older version never replaces a newer one. */
export async function projectOrder(database: D1Database, document: OrderDocument): Promise<void> {
  const state = specOf(document.state).public;
  if (state === null) return;
  const reason = publicReason(document, { as: 'customer' });
  const ended = specOf(document.state).terminal === true || document.state === 'needs_operator';
  await database
    .prepare(UPSERT)
    .bind(
      document.id,
      document.number,
      document.customerId,
      document.version,
      state,
      reason?.code ?? null,
      reason?.text ?? null,
      document.currency,
      document.total,
      Math.max(document.lines.length, document.request.lines.length),
      document.lines[0]?.title ?? '',
      rfc3339(document.createdAt),
      rfc3339(document.updatedAt),
      ended ? null : document.updatedAt + SWEEP_AFTER_MS,
    )
    .run();
}
