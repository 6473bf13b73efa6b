/**
 * Measures the built bundles, without the development proxy, beside a bare Hono worker in the same run. State lies on a
 * memory file system where there is one. Prints a table; ratios are the figure to compare between machines.
 *
 *   npm run bench [-- --seconds 5 --parallel 16]
 *   npm run bench -- --only reads    leaves out purchases, sign-ins and past orders
 *   npm run bench -- --products 1000,10000,100000    sizes of the catalogue that reads are compared at, cached and not; '' leaves it out
 *   npm run bench -- --only sizes    nothing but these
 *   npm run bench -- --past 10000    past orders in the last rows, beside a hundredth of them; 0 leaves these out
 */
import { signIn, type Tokens } from '../scripts/lib/accounts.ts';
import { parseArguments } from '../scripts/lib/arguments.ts';
import { api } from '../scripts/lib/api.ts';
import { newSecrets } from '../scripts/lib/local-settings.ts';
import { newSignIns } from '../scripts/lib/seed.ts';
import { MEMORY_FOLDER, startSystem } from '../scripts/lib/system.ts';
import { type ScenarioProduct, World } from '../scripts/scenarios/world.ts';
import { startBareWorker } from './bare-worker.ts';
import { measureSizes } from './catalogue-size.ts';
import { buy, measureGrowth } from './growth.ts';
import { loadBeside, loop, type Measured } from './measure.ts';

const { values } = parseArguments(
  'Usage: npm run bench [-- --seconds 5 --parallel 16 --past 10000 --only reads]',
  {
    options: {
      seconds: { type: 'string', default: '5' },
      parallel: { type: 'string', default: '16' },
      past: { type: 'string', default: '10000' },
      only: { type: 'string', default: 'everything' },
      products: { type: 'string', default: '1000,10000,100000' },
    },
  },
);
const seconds = Number(values.seconds);
const parallel = Number(values.parallel);
const sizesOnly = values.only === 'sizes';
const readsOnly = sizesOnly || values.only === 'reads';
const past = readsOnly ? 0 : Number(values.past);
const BUYERS = [4, 32];
/** Accounts that buy: more sign-ups from one address are refused, as they should be. */
const ACCOUNTS = 16;

const secrets = newSecrets();
const signIns = newSignIns();
const system = await startSystem({ secrets, seed: sizesOnly ? false : signIns });
const bare = await startBareWorker();
const world = new World({ ...system, secrets, signIns, onStep: () => undefined });
const rows: Measured[] = [];

/** The same bytes from the system and from the bare worker, in turns. */
async function besideBare(name: string, request: string): Promise<void> {
  const url = new URL(request, system.origin).href;
  const bytes = await (await fetch(url)).text();
  const what = { yardstick: `bare worker, same ${bytes.length} bytes`, measured: name };
  const urls = { yardstick: await bare.serve(String(rows.length), bytes), measured: url };
  rows.push(...(await loadBeside(what, urls, parallel, seconds)));
}

/** One kind of work in closed loops, beside as many loops that do no more than ask the bare worker. */
async function besideBareLoop(
  what: string,
  lanes: number,
  once: (lane: number) => Promise<void>,
): Promise<void> {
  const address = await bare.serve('empty', '{}');
  const yardstick = await loop(`bare worker, one request each, ${lanes} loops`, lanes, 1, async () => {
    await (await fetch(address)).text();
  });
  const measured = await loop(what, lanes, seconds, once);
  rows.push(yardstick, { ...measured, ofBare: measured.perSecond / yardstick.perSecond });
}

async function purchases(
  buyers: number,
  product: ScenarioProduct,
  customers: readonly Tokens[],
): Promise<void> {
  const of = (lane: number): Tokens => customers[lane % customers.length] as Tokens;
  await besideBareLoop(`purchase, POST to delivered, ${buyers} buyers`, buyers, async (lane) => {
    await buy(world, of(lane), product);
  });
  await besideBareLoop(
    `order placed (priced, held, payment asked), ${buyers} buyers`,
    buyers,
    async (lane) => {
      const lines = [{ variantId: product.variantId, quantity: 1 }];
      await world.place(of(lane), { currency: 'EUR', lines });
    },
  );
}

/** A token is looked at before anything else, without network and database; the empty body behind it is refused. */
async function verifications(): Promise<void> {
  const { accessToken } = await signIn(system.origin, signIns.customer);
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
  await besideBareLoop(`access token verified, ${parallel} parallel`, parallel, async () => {
    const answer = await fetch(`${system.origin}/v1/price-preview`, { method: 'POST', headers, body: '{}' });
    await answer.text();
    if (answer.status !== 422) throw new Error(`an empty body was answered ${answer.status}`);
  });
}

async function signInsAndRefreshes(): Promise<void> {
  // Of one account at most two at a time: more would be asked to solve a challenge.
  const people = [signIns.customer, signIns.operator, signIns.admin] as const;
  const signInAt = (lane: number): Promise<Tokens> =>
    signIn(system.origin, people[lane % people.length] ?? signIns.customer);
  await besideBareLoop('sign-in by password (argon2id), 4 parallel', 4, async (lane) => {
    await signInAt(lane);
  });
  const sessions = await Promise.all(Array.from({ length: 4 }, (_, lane) => signInAt(lane)));
  await besideBareLoop('refresh token rotated, 4 parallel', 4, async (lane) => {
    const refreshToken = sessions[lane]?.refreshToken;
    sessions[lane] = await api<Tokens>(system.origin, 'POST /v1/auth/token', { body: { refreshToken } });
  });
}

async function reads(): Promise<void> {
  await besideBare('catalogue list (cached)', '/v1/products?limit=20');
  const [handle] = (await api<{ items: { handle: string }[] }>(system.origin, 'GET /v1/products?limit=1'))
    .items;
  await besideBare('product (cached)', `/v1/products/${handle?.handle ?? ''}`);
  await besideBare('search (cached)', '/v1/products?q=studio&limit=20');
}

async function everythingElse(): Promise<void> {
  const licence = await world.licence();
  const customers = await Promise.all(Array.from({ length: ACCOUNTS }, () => world.newCustomer()));
  for (const buyers of BUYERS) await purchases(buyers, licence, customers);
  await verifications();
  await signInsAndRefreshes();
}

try {
  if (!sizesOnly) await reads();
  if (!readsOnly) await everythingElse();
} finally {
  await Promise.all([system.stop(), bare.stop()]);
}
const sizes = values.products
  .split(',')
  .filter((size) => size !== '')
  .map(Number);
const sized = sizes.length > 0 ? await measureSizes(sizes, seconds) : [];
const growth = past > 0 ? await measureGrowth(past, seconds) : null;
rows.push(...(growth?.rows ?? []));
const place = MEMORY_FOLDER === '/dev/shm' ? 'memory file system' : 'disk';
console.log(`state on ${place}; ${seconds} s a row; ${parallel} connections for reads\n`);
console.log(
  '| what | per second | p50 ms | p99 ms | of the bare worker | CPU ms |\n| --- | ---: | ---: | ---: | ---: | ---: |',
);
for (const row of rows) {
  const ratio = row.ofBare === null ? '' : row.ofBare.toFixed(row.ofBare < 0.1 ? 4 : 2);
  console.log(
    `| ${row.what} | ${row.perSecond.toFixed(row.perSecond < 100 ? 1 : 0)} | ${row.p50Ms.toFixed(1)} | ${row.p99Ms.toFixed(1)} | ${ratio} | ${row.cpuMs?.toFixed(3) ?? ''} |`,
  );
}
if (sized.length > 0) {
  console.log(
    '\n| read | products | per second | p50 ms | p99 ms | CPU ms of the runtime | bare worker, same bytes: per second | CPU ms | rate, of the bare worker |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  );
  for (const { read, sizes: measured, growth: times } of sized) {
    for (const { products, perSecond, p50Ms, p99Ms, cpuMs, bare } of measured)
      console.log(
        `| ${read} | ${products} | ${perSecond.toFixed(0)} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${cpuMs?.toFixed(2) ?? ''} | ${bare.perSecond.toFixed(0)} | ${bare.cpuMs?.toFixed(2) ?? ''} | ${(perSecond / bare.perSecond).toFixed(2)} |`,
      );
    console.log(`| ${read}: the largest in multiples of the smallest | | | | | ${times.toFixed(2)} | | | |`);
  }
}
if (growth !== null) {
  const { few, many, ratios, written, cpuMs } = growth;
  const shares = Object.entries(ratios).map(([what, share]) => `${what} ${share.toFixed(2)}`);
  console.log(`\nrate with ${many} past orders, as a share of that with ${few}: ${shares.join(', ')}`);
  if (cpuMs !== null) {
    console.log(
      `CPU time of the runtime for a purchase: ${cpuMs.few.toFixed(1)} ms with ${few} past orders, ${cpuMs.many.toFixed(1)} ms with ${many}: ${(cpuMs.many / cpuMs.few).toFixed(2)} times`,
    );
  }
  console.log(`rows written for them: ${JSON.stringify(written)}`);
}
