/**
 * Measures the built bundles, without the development proxy, beside a bare Hono worker in the same run. State lies on a
 * memory file system where there is one. Prints a table; ratios are the figure to compare between machines.
 *
 *   npm run bench [-- --seconds 5 --parallel 16]
 */
import { signIn, type Tokens } from '../scripts/lib/accounts.ts';
import { parseArguments } from '../scripts/lib/arguments.ts';
import { api } from '../scripts/lib/api.ts';
import { newSecrets } from '../scripts/lib/local-settings.ts';
import { newSignIns } from '../scripts/lib/seed.ts';
import { MEMORY_FOLDER, startSystem } from '../scripts/lib/system.ts';
import { World } from '../scripts/scenarios/world.ts';
import { startBareWorker } from './bare-worker.ts';
import { loadAddress, loop, type Measured } from './measure.ts';

const { values } = parseArguments('Usage: npm run bench [-- --seconds 5 --parallel 16]', {
  options: { seconds: { type: 'string', default: '5' }, parallel: { type: 'string', default: '16' } },
});
const seconds = Number(values.seconds);
const parallel = Number(values.parallel);
const BUYERS = [4, 16];

const secrets = newSecrets();
const signIns = newSignIns();
const system = await startSystem({ secrets, seed: signIns });
const bare = await startBareWorker();
const world = new World({ ...system, secrets, signIns, onStep: () => undefined });
const rows: Measured[] = [];

/** The same bytes from the system and from the bare worker, one after the other. */
async function besideBare(what: string, request: string): Promise<void> {
  const url = new URL(request, system.origin).href;
  const bytes = await (await fetch(url)).text();
  const yardstick = await loadAddress(
    `bare worker, same ${bytes.length} bytes`,
    await bare.serve(String(rows.length), bytes),
    parallel,
    seconds,
  );
  const measured = await loadAddress(what, url, parallel, seconds);
  rows.push(yardstick, { ...measured, ofBare: measured.perSecond / yardstick.perSecond });
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

async function purchases(buyers: number, product: string): Promise<void> {
  const customers = await Promise.all(Array.from({ length: buyers }, () => world.newCustomer()));
  const buy = async (customer: Tokens): Promise<void> => {
    const order = await world.place(customer, {
      currency: 'EUR',
      lines: [{ variantId: product, quantity: 1 }],
    });
    await world.pay(order);
    const done = await world.settled(customer, order.id, 'completed', 'needs_operator', 'cancelled');
    if (done.state !== 'completed') throw new Error(`purchase ended ${done.state}`);
  };
  await besideBareLoop(`purchase, POST to delivered, ${buyers} buyers`, buyers, (lane) =>
    buy(customers[lane] as Tokens),
  );
  await besideBareLoop(
    `order placed (priced, held, payment asked), ${buyers} buyers`,
    buyers,
    async (lane) => {
      const lines = [{ variantId: product, quantity: 1 }];
      await world.place(customers[lane] as Tokens, { currency: 'EUR', lines });
    },
  );
}

async function signInsAndRefreshes(): Promise<void> {
  await besideBareLoop('sign-in by password (argon2id), 4 parallel', 4, async () => {
    await signIn(system.origin, signIns.customer);
  });
  const sessions = await Promise.all(
    Array.from({ length: 4 }, () => signIn(system.origin, signIns.customer)),
  );
  await besideBareLoop('refresh token rotated, 4 parallel', 4, async (lane) => {
    const refreshToken = sessions[lane]?.refreshToken;
    sessions[lane] = await api<Tokens>(system.origin, 'POST /v1/auth/token', { body: { refreshToken } });
  });
}

try {
  await besideBare('catalogue list (cached)', '/v1/products?limit=20');
  const [handle] = (await api<{ items: { handle: string }[] }>(system.origin, 'GET /v1/products?limit=1'))
    .items;
  await besideBare('product (cached)', `/v1/products/${handle?.handle ?? ''}`);
  await besideBare('search (one database round trip)', '/v1/products?q=studio&limit=20');
  const { variantId } = await world.licence();
  for (const buyers of BUYERS) await purchases(buyers, variantId);
  await signInsAndRefreshes();
} finally {
  await Promise.all([system.stop(), bare.stop()]);
}
const place = MEMORY_FOLDER === '/dev/shm' ? 'memory file system' : 'disk';
console.log(`state on ${place}; ${seconds} s a row; ${parallel} connections for reads\n`);
console.log(
  '| what | per second | p50 ms | p99 ms | of the bare worker |\n| --- | ---: | ---: | ---: | ---: |',
);
for (const row of rows) {
  const ratio = row.ofBare === null ? '' : row.ofBare.toFixed(row.ofBare < 0.1 ? 4 : 2);
  console.log(
    `| ${row.what} | ${row.perSecond.toFixed(row.perSecond < 100 ? 1 : 0)} | ${row.p50Ms.toFixed(1)} | ${row.p99Ms.toFixed(1)} | ${ratio} |`,
  );
}
