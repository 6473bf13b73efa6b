import type { Collection } from '#shared/contracts/http/products.ts';
import type { Ports } from '../ports.ts';

interface Page {
  items: Collection[];
  /** Handle after which the next page starts. */
  next: string | null;
}

/** A page of collections by handle; cached except for operators (`fresh`). */
export async function listCollections(
  ports: Pick<Ports, 'catalogue' | 'cache'>,
  query: { after: string; limit: number },
  fresh: boolean,
): Promise<Page> {
  const read = async (): Promise<Page> => {
    const rows = await ports.catalogue.collections({ after: query.after, limit: query.limit + 1 });
    const items = rows.slice(0, query.limit);
    return { items, next: rows.length > query.limit ? (items.at(-1)?.handle ?? null) : null };
  };
  if (fresh) return read();
  const key = `collections/${query.limit}/${encodeURIComponent(query.after).slice(0, 400)}`;
  return (
    (await ports.cache.read(key, read, query.after === '' ? 'everywhere' : 'memory')) ?? {
      items: [],
      next: null,
    }
  );
}
