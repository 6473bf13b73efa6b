import { z } from 'zod';
import type { ObjectCopy } from '../lib/copies.ts';

/*
 * A root and its shards are copied one after the other, so units may be in both copies or in neither. Each comes back
 * knowing that it has not heard of the other: nothing is decided before they have told each other their totals.
 */

const settingsSchema = z.looseObject({ shards: z.int().optional() });
const reportSchema = z.looseObject({ sequence: z.int(), term: z.int() });
type Table = ObjectCopy['tables'][number];
type Values = Record<string, Table['rows'][number][number]>;

const toValues = ({ columns }: Table, row: Table['rows'][number]): Values =>
  Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null]));
const toTable = (table: Table, rows: readonly Values[]): Table => ({
  ...table,
  rows: rows.map((values) => table.columns.map((column) => values[column] ?? null)),
});

/** Of a report: nothing was heard since the restore. */
const UNHEARD = { sequence: 0, term: -1 };
const NOTHING = { granted: {}, returned: {}, places: [], at: 0 };

/** What an object of stock is to begin with again. The same for the same copy. */
export function restored(copy: ObjectCopy): ObjectCopy {
  const level = copy.tables.find(({ name }) => name === 'level');
  const settings = level?.rows.map((row) => toValues(level, row)['settings'])[0];
  const { shards = 1 } = settingsSchema.parse(JSON.parse(typeof settings === 'string' ? settings : '{}'));
  return {
    ...copy,
    tables: copy.tables.map((table) => {
      const rows = table.rows.map((row) => toValues(table, row));
      if (table.name === 'lease')
        return toTable(
          table,
          rows.map((row) => ({ ...row, keeps: 0, term: -1 })),
        );
      return table.name === 'shards' ? toTable(table, unheard(rows, shards)) : table;
    }),
  };
}

/** A shard may have been lent its first units after the root was copied. */
function unheard(rows: readonly Values[], shards: number): Values[] {
  const told = rows.map((row) => {
    const report = reportSchema.parse(JSON.parse(String(row['report'])));
    return { ...row, report: JSON.stringify({ ...report, ...UNHEARD }) };
  });
  const known = new Set(rows.map(({ shard }) => shard));
  const report = JSON.stringify({ ...NOTHING, ...UNHEARD });
  const others = Array.from({ length: shards > 1 ? shards : 0 }, (_, shard) => shard)
    .filter((shard) => !known.has(shard))
    .map((shard) => ({ shard, granted: '{}', returned: '{}', term: 0, keeps: 0, report }));
  return [...told, ...others];
}
