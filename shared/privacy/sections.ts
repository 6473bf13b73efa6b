import { z } from 'zod';
import { decodeCursor, encodeCursor } from '#shared/http/cursor.ts';

/** Data of one kind, page by page. */
export interface Section<Page> {
  /** Names it in cursors. */
  name: string;
  /** The page after `place`; null: the first. `next`: where the following page begins; null: this was the last. */
  page(place: string | null): Promise<Page & { next: string | null }>;
}

const PLACE_MAX = 300;

/**
 * One page of the first section that is not finished; sections come one after the other. The cursor is opaque and holds
 * nothing but a place, so that a step can be repeated from any of them. A cursor of another kind is refused.
 */
export async function pageOf<Page>(
  sections: readonly Section<Page>[],
  cursor: string | null,
): Promise<Page & { next: string | null }> {
  const names = sections.map(({ name }) => name);
  const schema = z.tuple([z.enum(names), z.string().max(PLACE_MAX).nullable()]);
  const [name, place] = cursor === null ? [names[0], null] : decodeCursor(schema, cursor);
  const index = names.indexOf(name ?? '');
  const section = sections[index];
  if (section === undefined) throw new Error('there is nothing to page through');
  const page = await section.page(place);
  if (page.next !== null) return { ...page, next: encodeCursor([name, page.next]) };
  const following = names[index + 1];
  return { ...page, next: following === undefined ? null : encodeCursor([following, null]) };
}

/** A page of rows read with one more than the limit, so that the last page is known. */
export function cut<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => string,
): { rows: Row[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? placeOf(last) : null };
}

/** Counts without those of which there were none. */
export const counted = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
