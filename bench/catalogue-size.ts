import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import autocannon from 'autocannon';
import { signIn } from '../scripts/lib/accounts.ts';
import { newSecrets } from '../scripts/lib/local-settings.ts';
import { runtimeCpuMs } from '../scripts/lib/processes.ts';
import { newSignIns } from '../scripts/lib/seed.ts';
import { MEMORY_FOLDER, startSystem, type System } from '../scripts/lib/system.ts';
import { multiplyProducts } from './many-products.ts';
import type { Measured } from './measure.ts';

/** A read at several sizes of the catalogue. */
export interface SizeRow {
  read: string;
  sizes: { products: number; perSecond: number; p50Ms: number; p99Ms: number; cpuMs: number | null }[];
  /** CPU time of the largest, as a multiple of the smallest's; of rates where the system does not tell the time. */
  growth: number;
}

const TURNS = 3;
const CONNECTIONS = 4;
/** Addresses of single products that are read in turn. */
const ADDRESSES = 500;

interface Shop {
  products: number;
  system: System;
  /** Makes every read pass over the caches. */
  bookmark: string;
}

/**
 * Does a page become slower with each product? The same reads with 1,000, 10,000 and 100,000 products, none of them from
 * a cache: each brings the bookmark of a write. Measured in turns, so that a slower machine does not count for one size.
 */
export async function measureSizes(sizes: readonly number[], seconds: number): Promise<SizeRow[]> {
  const root = mkdtempSync(path.join(MEMORY_FOLDER, 'tradepost-sizes-'));
  const shops: Shop[] = [];
  try {
    for (const products of sizes) shops.push(await openShop(path.join(root, String(products)), products));
    const rows: SizeRow[] = [];
    for (const [read, addresses] of Object.entries(READS))
      rows.push(await measureRead(read, addresses, shops, seconds));
    return rows;
  } finally {
    await Promise.all(shops.map(({ system }) => system.stop()));
    rmSync(root, { recursive: true, force: true });
  }
}

const READS: Record<string, (products: number) => string[]> = {
  'list, newest, uncached': () => ['/v1/products?limit=20'],
  'list by price, uncached': () => ['/v1/products?limit=20&sort=price'],
  'list of a tag that half of them have, uncached': () => ['/v1/products?limit=20&tag=half'],
  'list of a tag that ten of them have, by title, uncached': () => [
    '/v1/products?limit=20&tag=ten&sort=title',
  ],
  'product, uncached': (products) =>
    Array.from(
      { length: ADDRESSES },
      (_, n) => `/v1/products/bench-${1 + Math.floor((n * products) / ADDRESSES)}`,
    ),
};

async function openShop(folder: string, products: number): Promise<Shop> {
  const [secrets, signIns] = [newSecrets(), newSignIns()];
  const first = await startSystem({ secrets, seed: signIns, persistTo: folder });
  await first.stop();
  multiplyProducts(folder, products);
  const system = await startSystem({ secrets, persistTo: folder });
  const { accessToken } = await signIn(system.origin, signIns.operator);
  const headers = { authorization: `Bearer ${accessToken}` };
  const answer = await fetch(new URL('/v1/products/bench-1', system.origin), { headers });
  const bookmark = answer.headers.get('x-d1-bookmark');
  if (!answer.ok || bookmark === null) throw new Error(`no bookmark: ${answer.status}`);
  return { products, system, bookmark };
}

async function measureRead(
  read: string,
  addresses: (products: number) => string[],
  shops: readonly Shop[],
  seconds: number,
): Promise<SizeRow> {
  const turns = shops.map((): (Measured & { cpuMs: number })[] => []);
  for (let turn = 0; turn <= TURNS; turn += 1) {
    for (const [index, shop] of shops.entries()) {
      const measured = await load(read, addresses(shop.products), shop, seconds / TURNS);
      // The first turn warms up.
      if (turn > 0) turns[index]?.push(measured);
    }
  }
  const sizes = shops.map(({ products }, index) => {
    const own = turns[index] ?? [];
    const mean = (of: (each: (typeof own)[number]) => number): number =>
      own.reduce((sum, each) => sum + of(each), 0) / own.length;
    const cpuMs = mean((each) => each.cpuMs);
    return {
      products,
      perSecond: mean(({ perSecond }) => perSecond),
      p50Ms: mean(({ p50Ms }) => p50Ms),
      p99Ms: Math.max(...own.map(({ p99Ms }) => p99Ms)),
      cpuMs: Number.isFinite(cpuMs) ? cpuMs : null,
    };
  });
  const [least, most] = [sizes[0], sizes.at(-1)];
  if (least === undefined || most === undefined) throw new Error('no size was measured');
  const isTimed = least.cpuMs !== null && most.cpuMs !== null;
  return {
    read,
    sizes,
    growth: isTimed ? (most.cpuMs ?? 0) / (least.cpuMs ?? 1) : least.perSecond / most.perSecond,
  };
}

async function load(read: string, addresses: string[], shop: Shop, seconds: number) {
  const headers = { 'x-d1-bookmark': shop.bookmark };
  const before = runtimeCpuMs() ?? Number.NaN;
  const result = await autocannon({
    url: shop.system.origin,
    connections: CONNECTIONS,
    duration: seconds,
    requests: addresses.map((address) => ({ path: address, headers })),
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${read}: ${result.non2xx} answers were not 2xx, ${result.errors} connections failed`);
  const cpuMs = ((runtimeCpuMs() ?? Number.NaN) - before) / Math.max(1, result.requests.total);
  const { p50, p99 } = result.latency;
  return { what: read, perSecond: result.requests.average, p50Ms: p50, p99Ms: p99, ofBare: null, cpuMs };
}
