import type { Product } from '#shared/contracts/http/products.ts';
import type { StockFigures, StoredProduct } from '../domain/stored-product.ts';
import { bestAvailability } from '../domain/availability.ts';
import { publicView } from '../domain/views.ts';
import type { Ports } from '../ports.ts';

/** A product's id or its handle. */
export type ProductKey = { id: string } | { handle: string };

const PRODUCT_ID = /^prod_[0-9a-f]{32}$/;
export const productKey = (idOrHandle: string): ProductKey =>
  PRODUCT_ID.test(idOrHandle) ? { id: idOrHandle } : { handle: idOrHandle };

/**
 * A published product as everybody sees it, in the best of the languages wanted, from the cache; null when there is none. Its texts and prices are as old as
 * the cache says; its stock figures are asked for each time the isolate's memory has none, so they are seconds old.
 * `fresh`: nothing is from a cache.
 */
export async function readPublicProduct(
  ports: Pick<Ports, 'catalogue' | 'cache'>,
  key: ProductKey,
  wanted: readonly string[],
  fresh: boolean,
): Promise<Product | null> {
  const name = 'id' in key ? key.id : `handle:${key.handle}`;
  const product = fresh ? shownToAll(await ports.catalogue.read(key)) : await readPublished(ports, key, name);
  return product === null ? null : publicView(product, wanted);
}

/** A published product with what is published of a bundle's parts; null when it is not. */
function shownToAll(stored: StoredProduct | null): StoredProduct | null {
  if (stored?.status !== 'published') return null;
  return { ...stored, components: stored.components?.filter(({ status }) => status === 'published') ?? [] };
}

function readPublished(
  ports: Pick<Ports, 'catalogue' | 'cache'>,
  key: ProductKey,
  name: string,
): Promise<StoredProduct | null> {
  return ports.cache.read(
    `now/${name}`,
    async () => {
      let fresh = false;
      const product = await ports.cache.read(`whole/${name}`, async () => {
        fresh = true;
        return shownToAll(await ports.catalogue.read(key));
      });
      const tracked = product?.variants.some((variant) => variant.availability !== 'unlimited') ?? false;
      if (product === null || fresh || !tracked) return product;
      return withLevels(product, await ports.catalogue.readLevels(product.id));
    },
    'memory',
  );
}

/** Whatever its status, straight from the truth. */
export const readAnyProduct = (
  ports: Pick<Ports, 'catalogue'>,
  key: ProductKey,
): Promise<StoredProduct | null> => ports.catalogue.read(key);

function withLevels(product: StoredProduct, levels: readonly StockFigures[]): StoredProduct {
  const byVariant = new Map(levels.map((level) => [level.id, level]));
  const variants = product.variants.map((variant) => ({ ...variant, ...byVariant.get(variant.id) }));
  return { ...product, variants, availability: bestAvailability(variants) ?? product.availability };
}
