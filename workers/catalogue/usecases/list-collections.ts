import type { Collection } from '#shared/contracts/http/products.ts';
import { namedIn } from '../domain/collection-views.ts';
import type { Ports } from '../ports.ts';
import type { NamedCollection } from '../domain/stored-collection.ts';

interface Page<Item = Collection> {
  items: Item[];
  /** Handle after which the next page starts. */
  next: string | null;
}

/** A page of collections by handle, in the best of the languages `wanted`; cached except for operators (`fresh`). */
export async function listCollections(
  ports: Pick<Ports, 'catalogue' | 'cache'>,
  query: { after: string; limit: number; parentId?: string | undefined },
  wanted: readonly string[],
  fresh: boolean,
): Promise<Page> {
  const { items, next } = await readPage(ports, query, fresh);
  return { items: items.map((item) => namedIn(item, wanted)), next };
}

async function readPage(
  ports: Pick<Ports, 'catalogue' | 'cache'>,
  query: { after: string; limit: number; parentId?: string | undefined },
  fresh: boolean,
): Promise<Page<NamedCollection>> {
  const read = async (): Promise<Page<NamedCollection>> => {
    const rows = await ports.catalogue.collections({ ...query, limit: query.limit + 1 });
    const items = rows.slice(0, query.limit);
    return { items, next: rows.length > query.limit ? (items.at(-1)?.handle ?? null) : null };
  };
  if (fresh) return read();
  const key = `collections/${query.parentId ?? 'all'}/${query.limit}/${encodeURIComponent(query.after).slice(0, 400)}`;
  return (
    (await ports.cache.read(key, read, query.after === '' ? 'everywhere' : 'memory')) ?? {
      items: [],
      next: null,
    }
  );
}
