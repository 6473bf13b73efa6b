import { z } from 'zod';
import type { ObjectsSource } from '#shared/backup/sources.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { type CopiedFace, objectCopySchema } from './copies.ts';
import { callObject, type ObjectNamespace } from './namespace.ts';

/** Objects asked for at once. */
export const COPIED_AT_ONCE = 8;
/** Names asked for at once. */
export const NAMES_A_PAGE = 100;
/** UTF-16 units of JSON after which a page of copies ends: it goes through the memory of the worker. */
const PAGE_CHARACTERS = 4_000_000;

/** Names of objects after a place, sorted, and the place to go on at; null: these were the last. */
export type Names = (after: string | null) => Promise<{ names: string[]; next: string | null }>;

export interface CopiedObjects {
  /** Of the source. */
  name: string;
  namespace: ObjectNamespace<CopiedFace>;
  names: Names;
  /** Done before an object is put back. Safe to repeat. */
  restored?: (name: string) => Promise<void>;
}

const itemSchema = z.strictObject({ name: z.string(), copy: objectCopySchema });
/** Where a page of names began, and the name up to which copies were taken; null: none of them. */
const placeSchema = z.tuple([z.string().nullable(), z.string().nullable()]);

export const newCall = (): CallContext => ({ requestId: newRequestId() });

/** Objects as a source of backups. */
export function copiedObjects({ name, namespace, names, restored }: CopiedObjects): ObjectsSource {
  return {
    kind: 'objects',
    name,
    async read(after) {
      const [place, taken] = after === null ? [null, null] : placeSchema.parse(JSON.parse(after));
      const page = await names(place);
      const left = page.names.filter((each) => taken === null || each > taken);
      const items: z.infer<typeof itemSchema>[] = [];
      for (let characters = 0; left.length > 0 && characters < PAGE_CHARACTERS;) {
        const some = await copiesOf(namespace, left.splice(0, COPIED_AT_ONCE));
        items.push(...some);
        characters += JSON.stringify(some).length;
      }
      return { items, next: nextPlace(place, page, left) };
    },
    async restore(item, replace) {
      const { name: object, copy } = itemSchema.parse(item);
      await restored?.(object);
      return callObject(namespace, object, (stub) => stub.paste(newCall(), { copy, replace }));
    },
  };
}

/** Copies of objects at once; those that hold nothing have none. */
async function copiesOf(
  namespace: CopiedObjects['namespace'],
  names: readonly string[],
): Promise<z.infer<typeof itemSchema>[]> {
  const items = await Promise.all(
    names.map(async (name) => ({
      name,
      copy: await callObject(namespace, name, (stub) => stub.copy(newCall())),
    })),
  );
  return items.flatMap(({ name, copy }) => (copy === null ? [] : [{ name, copy }]));
}

function nextPlace(
  place: string | null,
  page: { names: string[]; next: string | null },
  left: readonly string[],
): string | null {
  const [first] = left;
  if (first !== undefined) return JSON.stringify([place, page.names[page.names.indexOf(first) - 1] ?? null]);
  return page.next === null ? null : JSON.stringify([page.next, null]);
}
