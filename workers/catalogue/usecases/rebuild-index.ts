import type { SearchRebuild } from '#shared/contracts/http/search.ts';
import { log } from '#shared/observability/log.ts';
import { searchDocument } from '../domain/search-document.ts';
import type { StoredProduct } from '../domain/stored-product.ts';
import { INDEX_CLEAR_ROUNDS_MAX, INDEX_REBUILD_PRODUCTS, INDEX_RETIRED_KEPT_MS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { indexDocument } from '../search/index-document.ts';

type RebuildPorts = Pick<Ports, 'catalogue' | 'search' | 'clock' | 'requestId'>;

/**
 * Builds the next part of a new generation of the index beside the one that serves, beginning one when there is none and
 * `begin`; after the last part the new one serves. Where it stands is kept with the generation, so whoever calls next goes on.
 * Products that change meanwhile are written to both by the outbox, and so are those that could not be written here.
 * Null: there is nothing to build.
 */
export async function rebuildIndex(ports: RebuildPorts, begin: boolean): Promise<SearchRebuild | null> {
  const building = await ports.search.building(ports.clock.now(), begin);
  if (building === null) return null;
  const products = await ports.catalogue.readAfter(building.cursor, INDEX_REBUILD_PRODUCTS);
  const failed = await writeEach(ports, building.generation, products);
  // Before the part is done with: else the new index would serve without them until they change.
  if (failed.length > 0)
    await ports.catalogue.wakeProducts(failed, { requestId: ports.requestId, nowMs: ports.clock.now() });
  const last = products.at(-1);
  const done = products.length < INDEX_REBUILD_PRODUCTS;
  if (done) await ports.search.switchTo(building, ports.clock.now());
  else if (last !== undefined) await ports.search.advance(building, last.id);
  return { generation: building.generation, products: products.length - failed.length, failed, done };
}

/** All together, or each by itself so that one cannot hold up the others; answers the ids that failed. */
async function writeEach(
  ports: RebuildPorts,
  generation: number,
  products: readonly StoredProduct[],
): Promise<string[]> {
  const write = async (part: readonly StoredProduct[]): Promise<boolean> => {
    try {
      await ports.search.write(part.map(searchDocument));
      await ports.search.writeIndex(generation, part.map(indexDocument));
      return true;
    } catch (error) {
      log.error('search index not built', { error, products: part.length, first: part[0]?.id });
      return false;
    }
  };
  if (products.length === 0 || (await write(products))) return [];
  const failed: string[] = [];
  for (const product of products) if (!(await write([product]))) failed.push(product.id);
  return failed;
}

/** Goes on with what was begun, and takes out what was retired a while ago. Called by the cron. */
export async function tendIndex(ports: RebuildPorts): Promise<void> {
  const part = await rebuildIndex(ports, false);
  if (part !== null) log.info('search index built on', { ...part, failed: part.failed.length });
  for (let round = 0; round < INDEX_CLEAR_ROUNDS_MAX; round += 1) {
    if (!(await ports.search.clearRetired(ports.clock.now() - INDEX_RETIRED_KEPT_MS))) return;
  }
}
