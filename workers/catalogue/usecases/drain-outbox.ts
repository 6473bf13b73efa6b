import type { CatalogueEventMessage } from '#shared/contracts/messages.ts';
import { chunks } from '#shared/domain/chunks.ts';
import { log } from '#shared/observability/log.ts';
import { searchDocument } from '../domain/search-document.ts';
import { indexDocument } from '../search/index-document.ts';
import {
  EVENTS_SENT_MAX,
  OUTBOX_ROUND_ROWS,
  OUTBOX_ROUNDS_MAX,
  PROJECTION_CHUNK_PRODUCTS,
  PURGED_PRODUCTS_MAX,
  QUEUE_BATCH_MESSAGES,
} from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { OutboxRow } from '../queries/outbox.ts';

type DrainPorts = Pick<Ports, 'catalogue' | 'search' | 'cache' | 'purge' | 'events' | 'clock'>;

/**
 * Performs the effects the catalogue owes: search follows the product, caches forget, the stock hears of declared
 * quantities. Each may happen twice: search compares revisions, the stock compares sequences. What fails is put off and
 * never holds up the rest. Answers how many effects were performed.
 */
export async function drainOutbox(ports: DrainPorts): Promise<number> {
  let performed = 0;
  for (let round = 0; round < OUTBOX_ROUNDS_MAX; round += 1) {
    const rows = await ports.catalogue.dueEffects(ports.clock.now(), OUTBOX_ROUND_ROWS);
    if (rows.length === 0) break;
    const failed = new Set([...(await project(ports, rows)), ...(await declare(ports, rows))]);
    const done = rows.map((row) => row.id).filter((id) => !failed.has(id));
    await ports.catalogue.settleEffects({ done, failed: [...failed] }, ports.clock.now());
    performed += done.length;
    if (rows.length < OUTBOX_ROUND_ROWS) break;
  }
  return performed;
}

/**
 * Hands events of products and price lists to the queue, oldest first, a part of them each time. What it does not take
 * stays; one that is sent twice is the same event, which endpoints take once.
 */
export async function tellMerchants(ports: Pick<Ports, 'catalogue' | 'events'>): Promise<void> {
  const owed = await ports.catalogue.owedEvents(EVENTS_SENT_MAX);
  for (const part of chunks(owed, QUEUE_BATCH_MESSAGES)) {
    try {
      await ports.events.sendBatch(part.map(({ message }) => ({ body: message })));
    } catch (error) {
      log.error('events not sent', { error, count: part.length });
      return;
    }
    await ports.catalogue.forgetEvents(part.map(({ id }) => id));
  }
}

/** Search first, then the caches: a reader that follows the new generation must find the new list. */
async function project(ports: DrainPorts, rows: readonly OutboxRow[]): Promise<number[]> {
  const changed = rows.filter((row) => row.type === 'product.changed');
  if (changed.length === 0) return [];
  const failed = new Set<string>();
  for (const ids of chunks([...new Set(changed.map((row) => row.subject))], PROJECTION_CHUNK_PRODUCTS)) {
    if (await isProjected(ports, ids)) continue;
    for (const id of ids) if (!(await isProjected(ports, [id]))) failed.add(id);
  }
  try {
    await ports.cache.publishChange();
    await ports.purge(tagsOf(changed));
  } catch (error) {
    log.error('cache not invalidated', { error });
    return changed.map((row) => row.id);
  }
  return changed.filter((row) => failed.has(row.subject)).map((row) => row.id);
}

/** Few changed products are forgotten by name with the lists they may stand in; many with everything. */
function tagsOf(changed: readonly OutboxRow[]): string[] {
  const ids = [...new Set(changed.map((row) => row.subject))];
  return ids.length > PURGED_PRODUCTS_MAX ? ['products', 'collections'] : [...ids, 'lists', 'collections'];
}

async function isProjected(ports: DrainPorts, ids: readonly string[]): Promise<boolean> {
  try {
    const products = await ports.catalogue.readMany(ids);
    await ports.search.write(products.map(searchDocument));
    const documents = products.map(indexDocument);
    // The generations are read after the effect was taken up: one that is begun later reads the product itself.
    for (const generation of await ports.search.liveGenerations())
      await ports.search.writeIndex(generation, documents);
    return true;
  } catch (error) {
    log.error('search not updated', { error, products: ids.length, first: ids[0] });
    return false;
  }
}

/** Answers the effects that failed. */
async function declare(ports: DrainPorts, rows: readonly OutboxRow[]): Promise<number[]> {
  const failed: number[] = [];
  const declared = rows.filter((row) => row.type === 'stock.declared');
  for (const part of chunks(declared, QUEUE_BATCH_MESSAGES)) {
    try {
      await ports.events.sendBatch(part.map((row) => ({ body: stockDeclared(row) })));
    } catch (error) {
      log.error('stock not declared', { error, count: part.length });
      failed.push(...part.map((row) => row.id));
    }
  }
  return failed;
}

const stockDeclared = (row: OutboxRow): CatalogueEventMessage => ({
  type: 'stock.declared',
  requestId: row.requestId,
  messageId: `catalogue-outbox-${row.id}`,
  sku: row.subject,
  onHand: row.onHand ?? 0,
  sequence: row.id,
});
