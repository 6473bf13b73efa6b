import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import autocannon from 'autocannon';
import { signIn } from '../scripts/lib/accounts.ts';
import { newSecrets } from '../scripts/lib/local-settings.ts';
import { runtimeCpuMs } from '../scripts/lib/processes.ts';
import { newSignIns } from '../scripts/lib/seed.ts';
import { MEMORY_FOLDER, startSystem, type System } from '../scripts/lib/system.ts';
import { type BareWorker, startBareWorker } from './bare-worker.ts';
import { fillSearchIndex } from './many-documents.ts';
import { madeUpBeginnings } from './made-up-products.ts';
import { multiplyProducts } from './many-products.ts';

/** A read at several sizes of the catalogue. */
export interface SizeRow {
  read: string;
  sizes: Size[];
  /** CPU time of the largest, as a multiple of the smallest's; of rates where the system does not tell the time. */
  growth: number;
}
export interface Size extends Load {
  products: number;
  /** The bare worker that answers the same bytes, in turns with it. */
  bare: Load;
}
interface Load {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Of the runtime, for one request. */
  cpuMs: number | null;
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
interface Read {
  addresses: (products: number) => string[];
  /** Answered by caches; else each request brings the bookmark of a write. */
  cached: boolean;
}

/**
 * Does a page become slower with each product? The same reads with 1,000, 10,000 and 100,000 products, from caches and past
 * them. Measured in turns, and in turns with a bare worker, so that a slower machine does not count for one of them.
 */
export async function measureSizes(sizes: readonly number[], seconds: number): Promise<SizeRow[]> {
  const root = mkdtempSync(path.join(MEMORY_FOLDER, 'tradepost-sizes-'));
  const shops: Shop[] = [];
  const bare = await startBareWorker();
  try {
    for (const products of sizes) shops.push(await openShop(path.join(root, String(products)), products));
    const rows: SizeRow[] = [];
    for (const [read, what] of Object.entries(READS))
      rows.push(await measureRead(read, what, { shops, bare, seconds }));
    return rows;
  } finally {
    await Promise.all([bare.stop(), ...shops.map(({ system }) => system.stop())]);
    rmSync(root, { recursive: true, force: true });
  }
}

const LIST = '/v1/products?limit=20';
const SEARCH = '/v1/search?q=classic%20lamp&limit=20';
const NARROWED = `${SEARCH}&filter=attr.colour:colour%200&filter=price:1000..15000`;
const SUGGESTIONS = '/v1/search/suggestions?q=classic%20wal';
const product = (products: number): string[] =>
  Array.from(
    { length: ADDRESSES },
    (_, n) => `/v1/products/bench-${1 + Math.floor((n * products) / ADDRESSES)}`,
  );

const cached = (address: string): Read => ({ addresses: () => [address], cached: true });
const uncached = (address: string): Read => ({ addresses: () => [address], cached: false });

const READS: Record<string, Read> = {
  'list, cached': cached(LIST),
  'product, cached': cached('/v1/products/bench-7'),
  'search with facets, cached': cached(SEARCH),
  'suggestions, cached': cached(SUGGESTIONS),
  'list, newest, uncached': uncached(LIST),
  'list by price, uncached': uncached(`${LIST}&sort=price`),
  'list of a tag that half of them have, uncached': uncached(`${LIST}&tag=half`),
  'list of a tag that ten of them have, by title, uncached': uncached(`${LIST}&tag=ten&sort=title`),
  'product, uncached': { addresses: product, cached: false },
  'search with facets, uncached': uncached(SEARCH),
  'search with facets and two filters, uncached': uncached(NARROWED),
  'suggestions, uncached': {
    addresses: () =>
      madeUpBeginnings.map((q) => `/v1/search/suggestions?${new URLSearchParams({ q }).toString()}`),
    cached: false,
  },
};

async function openShop(folder: string, products: number): Promise<Shop> {
  const [secrets, signIns] = [newSecrets(), newSignIns()];
  const first = await startSystem({ secrets, seed: signIns, persistTo: folder });
  await first.stop();
  await multiplyProducts(folder, products);
  await fillSearchIndex(folder, products);
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
  what: Read,
  run: { shops: readonly Shop[]; bare: BareWorker; seconds: number },
): Promise<SizeRow> {
  const turns = run.shops.map((): { own: Load; bare: Load }[] => []);
  const duration = run.seconds / TURNS;
  for (let turn = 0; turn <= TURNS; turn += 1) {
    for (const [index, shop] of run.shops.entries()) {
      const addresses = what.addresses(shop.products);
      const headers: Record<string, string> = what.cached ? {} : { 'x-d1-bookmark': shop.bookmark };
      const first = await fetch(new URL(addresses[0] ?? '', shop.system.origin), { headers });
      const yardstick = new URL(await run.bare.serve('sized', await first.text()));
      const bare = await load(read, yardstick.origin, [{ path: yardstick.pathname }], duration);
      const requests = addresses.map((address) => ({ path: address, headers }));
      const own = await load(read, shop.system.origin, requests, duration);
      // The first turn warms up.
      if (turn > 0) turns[index]?.push({ own, bare });
    }
  }
  const sizes = run.shops.map(({ products }, index) => {
    const measured = turns[index] ?? [];
    return {
      products,
      ...together(measured.map(({ own }) => own)),
      bare: together(measured.map(({ bare }) => bare)),
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

/** The means of several turns, and the worst p99. */
function together(turns: readonly Load[]): Load {
  const mean = (of: (each: Load) => number): number =>
    turns.reduce((sum, each) => sum + of(each), 0) / turns.length;
  const cpuMs = mean((each) => each.cpuMs ?? Number.NaN);
  return {
    perSecond: mean(({ perSecond }) => perSecond),
    p50Ms: mean(({ p50Ms }) => p50Ms),
    p99Ms: Math.max(...turns.map(({ p99Ms }) => p99Ms)),
    cpuMs: Number.isFinite(cpuMs) ? cpuMs : null,
  };
}

async function load(
  read: string,
  origin: string,
  requests: { path: string; headers?: Record<string, string> }[],
  seconds: number,
): Promise<Load> {
  const before = runtimeCpuMs() ?? Number.NaN;
  const result = await autocannon({ url: origin, connections: CONNECTIONS, duration: seconds, requests });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${read}: ${result.non2xx} answers were not 2xx, ${result.errors} connections failed`);
  const cpuMs = ((runtimeCpuMs() ?? Number.NaN) - before) / Math.max(1, result.requests.total);
  const { p50, p99 } = result.latency;
  return {
    perSecond: result.requests.average,
    p50Ms: p50,
    p99Ms: p99,
    cpuMs: Number.isFinite(cpuMs) ? cpuMs : null,
  };
}
