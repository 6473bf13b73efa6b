import {
  COPIED_AT_ONCE,
  copiedObjects,
  NAMES_A_PAGE,
  type Names,
  newCall,
} from '#objects/lib/copied-objects.ts';
import { callObject } from '#objects/lib/namespace.ts';
import {
  buyersDirectoryOf,
  buyersShardName,
  DIRECTORY_SHARDS,
  directoryOf,
  shardName as ordersShardName,
} from '#objects/order-directory/face.ts';
import { shardName } from '#objects/stock/name.ts';
import { withdrawEndpoint } from '#objects/webhook-endpoint/directory.ts';
import type { Source } from '#shared/backup/sources.ts';
import { inParallel } from '#shared/domain/in-parallel.ts';
import type { Env } from './env.ts';
import { promotionsAfter } from './queries/promotions-after.ts';
import { endpointDirectory } from './queries/webhook-endpoints.ts';

/**
 * What this worker keeps. Databases first: an order they name has been written down in the directory by then. Who asks
 * stands before who is asked: a restored cart or order may ask again for what it already has, and never believes in what is
 * not there.
 */
export const sources = (env: Env): Source[] => [
  {
    kind: 'database',
    name: 'COMMERCE_DB',
    database: env.COMMERCE_DB,
    seeded: ['fraud_settings', 'fraud_rules', 'fraud_rule_versions'],
  },
  { kind: 'database', name: 'ORDERS_DB', database: env.ORDERS_DB, seeded: [] },
  copiedObjects({ name: 'carts', namespace: env.CART, names: customersCarts(env) }),
  copiedObjects({
    name: 'orders',
    namespace: env.ORDER,
    names: listed(env, ordersShardName),
    restored: (id) => writeDown(env, directoryOf(id), id),
  }),
  copiedObjects({ name: 'stock', namespace: env.STOCK, names: stockNames(env) }),
  copiedObjects({
    name: 'promotions',
    namespace: env.PROMOTION,
    names: byId((after) => promotionsAfter(env.COMMERCE_DB, after ?? '', NAMES_A_PAGE)),
  }),
  copiedObjects({
    name: 'buyers',
    namespace: env.BUYER,
    names: listed(env, buyersShardName),
    restored: (name) => writeDown(env, buyersDirectoryOf(name), name),
  }),
  {
    ...copiedObjects({ name: 'endpoints', namespace: env.WEBHOOK_ENDPOINT, names: endpointNames(env) }),
    settle: () => withdrawGone(env),
  },
];

const endpointNames = (env: Env): Names =>
  byId(async (after) => {
    const rows = await endpointDirectory(env.COMMERCE_DB).list(after, NAMES_A_PAGE);
    return rows.map(({ id }) => id);
  });

/** One that was deleted between the instants of the directory and of the endpoints is listed and keeps nothing. */
async function withdrawGone(env: Env): Promise<boolean> {
  const names = endpointNames(env);
  let after: string | null = null;
  do {
    const page = await names(after);
    await inParallel(COPIED_AT_ONCE, page.names, async (id) => {
      const copy = await callObject(env.WEBHOOK_ENDPOINT, id, (stub) => stub.copy(newCall()));
      if (copy === null) await withdrawEndpoint(env.COMMERCE_DB, id);
    });
    after = page.next;
  } while (after !== null);
  return true;
}

const writeDown = (env: Env, directory: string, id: string): Promise<void> =>
  callObject(env.ORDER_DIRECTORY, directory, (stub) => stub.register(newCall(), { id }));

/** Pages of ids, each after the last of the page before. */
const byId =
  (page: (after: string | null) => Promise<string[]>): Names =>
  async (after) => {
    const names = await page(after);
    return { names, next: names.length < NAMES_A_PAGE ? null : (names.at(-1) ?? null) };
  };

/** A place is a directory's number and the id after which it goes on. */
function listed(env: Env, directoryName: (shard: number) => string): Names {
  return async (after) => {
    const [shard = '0', last = ''] = (after ?? '').split('/');
    const number = Number(shard);
    const names = await callObject(env.ORDER_DIRECTORY, directoryName(number), (directory) =>
      directory.page(newCall(), { after: last === '' ? null : last, limit: NAMES_A_PAGE }),
    );
    if (names.length === NAMES_A_PAGE) return { names, next: `${number}/${names.at(-1)}` };
    return { names, next: number + 1 < DIRECTORY_SHARDS ? `${number + 1}/` : null };
  };
}

/** The cart that each buyer fills. A guest's is known by its cookie alone and ends by itself. */
function customersCarts(env: Env): Names {
  const buyers = listed(env, buyersShardName);
  return async (after) => {
    const page = await buyers(after);
    const names: string[] = [];
    await inParallel(COPIED_AT_ONCE, page.names, async (buyer) => {
      const cart = await callObject(env.BUYER, buyer, (stub) => stub.currentCart(newCall()));
      if (cart !== null) names.push(cart);
    });
    return { names: names.sort(), next: page.next };
  };
}

/** Each SKU the catalogue knows, with the shards its stock ever had. */
function stockNames(env: Env): Names {
  return async (after) => {
    const listedStock = await env.CATALOGUE.listStock(newCall(), {
      scarceOnly: false,
      after: after ?? '',
      limit: NAMES_A_PAGE,
    });
    const names: string[] = [];
    await inParallel(COPIED_AT_ONCE, listedStock, async ({ sku }) => {
      const copy = await callObject(env.STOCK, sku, (stub) => stub.copy(newCall()));
      const table = copy?.tables.find((each) => each.name === 'shards');
      const column = table?.columns.indexOf('shard') ?? -1;
      const shards = (table?.rows ?? []).map((row) => Number(row[column]));
      names.push(sku, ...shards.map((shard) => shardName(sku, shard)));
    });
    return {
      names: names.sort(),
      next: listedStock.length < NAMES_A_PAGE ? null : (listedStock.at(-1)?.sku ?? null),
    };
  };
}
