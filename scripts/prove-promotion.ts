/**
 * Orders placed at once against a promotion that counts by itself and has few uses, through the whole system: it is given
 * exactly as often as it may be, nobody is refused, and who comes too late pays the price without it. Prints one JSON line of
 * counts; a violation ends it with exit code 1.
 *
 *   npm run prove:promotion -- --orders 1000 [--uses 10] [--buyers 20] [--together 200]
 */
import type { Order } from '#shared/contracts/http/orders.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import type { Tokens } from './lib/accounts.ts';
import { api, poll } from './lib/api.ts';
import { newSecrets } from './lib/local-settings.ts';
import { newSignIns } from './lib/seed.ts';
import { startSystem } from './lib/system.ts';
import { World } from './scenarios/world.ts';

const USAGE = 'Usage: npm run prove:promotion [-- --orders 1000 --uses 10 --buyers 20 --together 200]';
const { values } = parseArguments(USAGE, {
  options: {
    orders: { type: 'string', default: '1000' },
    uses: { type: 'string', default: '10' },
    buyers: { type: 'string', default: '20' },
    together: { type: 'string', default: '200' },
  },
});
const [orders, uses, buyers, together] = (['orders', 'uses', 'buyers', 'together'] as const).map((name) =>
  Number(values[name]),
) as [number, number, number, number];
if (![orders, uses, buyers, together].every((number) => Number.isSafeInteger(number) && number > 0)) {
  refuse(USAGE);
}
const RATE_PPM = 100_000;
const PATIENCE_SECONDS = 900;

const [secrets, signIns] = [newSecrets(), newSignIns()];
const system = await startSystem({ secrets, seed: signIns });
const violations: string[] = [];
let counts = {};
try {
  const world = new World({ ...system, secrets, signIns, onStep: () => undefined });
  const { accessToken: token } = await world.operator();
  const { variantId } = await world.licence();
  const { id } = await api<{ id: string }>(system.origin, 'POST /v1/promotions', {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: {
      title: 'The first ones',
      automatic: true,
      effect: { type: 'percent', ratePpm: RATE_PPM, lines: { variants: [variantId] } },
      limitTotal: uses,
    },
  });
  const customers = await Promise.all(Array.from({ length: buyers }, () => world.newCustomer()));
  const started = Date.now();
  const placed: Order[] = [];
  let next = 0;
  /** However long it takes on a machine that does other things as well. */
  const place = async (customer: Tokens, body: object): Promise<Order> => {
    const { accessToken } = customer;
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const order = await api<Order>(system.origin, 'POST /v1/orders', { token: accessToken, headers, body });
    return poll(`order ${order.number} to be placed`, PATIENCE_SECONDS, async () => {
      const now = order.state === 'placing' ? await world.order(customer, order.id) : order;
      return now.state === 'placing' ? null : now;
    });
  };
  const lane = async (): Promise<void> => {
    while (next < orders) {
      const customer = customers[next % buyers];
      next += 1;
      if (customer === undefined) return;
      const order = { currency: 'EUR', lines: [{ variantId, quantity: 1 }] };
      try {
        placed.push(await place(customer, order));
      } catch (error) {
        violations.push(`an order was not placed: ${String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, orders) }, lane));
  const seconds = (Date.now() - started) / 1000;

  const given = placed.filter(({ price }) => price?.promotions.some(({ promotionId }) => promotionId === id));
  const { used } = await api<{ used: number }>(system.origin, `GET /v1/promotions/${id}/uses`, { token });
  const wanted = Math.min(uses, orders);
  if (given.length !== wanted) violations.push(`${given.length} orders have it, not ${wanted}`);
  if (used !== wanted) violations.push(`${used} uses are counted, not ${wanted}`);
  const full = placed[0]?.price?.subtotal.amount ?? 0;
  for (const order of placed) {
    const { number, total } = order;
    const due = given.includes(order) ? full - Math.round((full * RATE_PPM) / 1_000_000) : full;
    if (total.amount !== due) violations.push(`order ${number} costs ${total.amount}, not ${due}`);
  }
  counts = { orders: placed.length, given: given.length, used, full, seconds };
} finally {
  await system.stop();
}
for (const violation of violations.slice(0, 20)) console.error(`✗ ${violation}`);
console.log(JSON.stringify({ ...counts, violations: violations.length }));
if (violations.length > 0) process.exitCode = 1;
