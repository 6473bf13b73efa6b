import { z } from 'zod';
import { type CopiedFace, objectCopySchema } from '#objects/lib/copies.ts';
import { callObject, type ObjectNamespace } from '#objects/lib/namespace.ts';
import { DIRECTORY_SHARDS, directoryOf, shardName as directoryName } from '#objects/order-directory/face.ts';
import { shardName } from '#objects/stock/name.ts';
import type { ObjectsSource, Source } from '#shared/backup/sources.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import type { Env } from './env.ts';
import { promotionsAfter } from './queries/promotions-after.ts';
import { inParallel } from './usecases/in-parallel.ts';

/** Objects asked for at once, and on one page. */
const PARALLEL = 8;
const PAGE = 100;

/**
 * What this worker keeps. Databases first: an order they name has been written down in the directory by then. Orders stand
 * before what they ask for, so that a restored order may ask again for what it already has, and never believes in what is
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
  copies('orders', env.ORDER, orderNames(env), (name) =>
    callObject(env.ORDER_DIRECTORY, directoryOf(name), (directory) =>
      directory.register(newCall(), { orderId: name }),
    ),
  ),
  copies('stock', env.STOCK, stockNames(env)),
  copies('promotions', env.PROMOTION, async (after) => {
    const names = await promotionsAfter(env.COMMERCE_DB, after ?? '', PAGE);
    return { names, next: names.length < PAGE ? null : (names.at(-1) ?? null) };
  }),
];

const newCall = () => ({ requestId: newRequestId() });

/** Names of objects after a place, and the place to go on at; null: these were the last. */
type Names = (after: string | null) => Promise<{ names: string[]; next: string | null }>;

const itemSchema = z.strictObject({ name: z.string(), copy: objectCopySchema });

function copies(
  name: string,
  namespace: ObjectNamespace<CopiedFace>,
  names: Names,
  restored: (name: string) => Promise<void> = async () => undefined,
): ObjectsSource {
  return {
    kind: 'objects',
    name,
    async read(after) {
      const page = await names(after);
      const items: z.infer<typeof itemSchema>[] = [];
      await inParallel(PARALLEL, page.names, async (object) => {
        const copy = await callObject(namespace, object, (stub) => stub.copy(newCall()));
        if (copy !== null) items.push({ name: object, copy });
      });
      return { items, next: page.next };
    },
    async restore(item, replace) {
      const { name: object, copy } = itemSchema.parse(item);
      await restored(object);
      return callObject(namespace, object, (stub) => stub.paste(newCall(), { copy, replace }));
    },
  };
}

/** A place is a directory's number and the order after which it goes on. */
function orderNames(env: Env): Names {
  return async (after) => {
    const [shard = '0', last = ''] = (after ?? '').split('/');
    const number = Number(shard);
    const names = await callObject(env.ORDER_DIRECTORY, directoryName(number), (directory) =>
      directory.page(newCall(), { after: last === '' ? null : last, limit: PAGE }),
    );
    if (names.length === PAGE) return { names, next: `${number}/${names.at(-1)}` };
    return { names, next: number + 1 < DIRECTORY_SHARDS ? `${number + 1}/` : null };
  };
}

/** Each SKU the catalogue knows, with the shards its stock ever had. */
function stockNames(env: Env): Names {
  return async (after) => {
    const listed = await env.CATALOGUE.listStock(newCall(), {
      scarceOnly: false,
      after: after ?? '',
      limit: PAGE,
    });
    const names: string[] = [];
    await inParallel(PARALLEL, listed, async ({ sku }) => {
      const copy = await callObject(env.STOCK, sku, (stub) => stub.copy(newCall()));
      const table = copy?.tables.find((each) => each.name === 'shards');
      const column = table?.columns.indexOf('shard') ?? -1;
      const shards = (table?.rows ?? []).map((row) => Number(row[column]));
      names.push(sku, ...shards.map((shard) => shardName(sku, shard)));
    });
    return { names: names.sort(), next: listed.length < PAGE ? null : (listed.at(-1)?.sku ?? null) };
  };
}
