import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../../scripts/lib/accounts.ts';
import { poll } from '../../scripts/lib/api.ts';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { World } from '../../scripts/scenarios/world.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tradepost-restart-'));
const secrets = newSecrets();
const signIns = newSignIns();
let system: System | null = null;

afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const TIMEOUT_MS = 400_000;

it(
  'a system stopped in the middle of a purchase finishes it after the next start, once',
  { timeout: TIMEOUT_MS },
  async () => {
    const first = await startSystem({ secrets, seed: signIns, persistTo: folder });
    system = first;
    const before = new World({ ...first, secrets, signIns, onStep: () => undefined });
    const [customer, licence, service] = await Promise.all([
      before.newCustomer(),
      before.licence({ onHand: 3 }),
      before.service('sandbox-flaky'),
    ]);
    const lines = [licence, service].map(({ variantId }) => ({ variantId, quantity: 1 }));
    const order = await before.place(customer, { currency: 'EUR', lines });
    await before.pay(order);
    await first.stop();

    const ports = {
      port: Number(new URL(first.origin).port),
      sandboxPort: Number(new URL(first.sandboxOrigin).port),
    };
    const second = await startSystem({ secrets, persistTo: folder, ...ports });
    system = second;
    const after = new World({ ...second, secrets, signIns, onStep: () => undefined });
    const ended = await endedWithSweeps(second, after, customer, order);

    expect(ended.state).toBe('completed');
    expect(await after.availableStock(licence.sku)).toBe(2);
    expect((await after.intentsOf(order.id)).map((intent) => intent.amount_received)).toEqual([
      order.total.amount,
    ]);
    expect(await after.heldByPartner(order)).toHaveLength(1);
  },
);

/**
 * Cron triggers do not fire by themselves in this runtime: the sweepers run while we wait, as each minute in operation.
 * A message that was on a local queue is gone with the process; the sweeper notices within about a minute.
 */
async function endedWithSweeps(
  running: System,
  world: World,
  customer: Tokens,
  order: Order,
): Promise<Order> {
  const open = new Set(['placing', 'awaiting_payment', 'provisioning', 'capturing', 'compensating']);
  return poll(
    'the order to end',
    240,
    async () => {
      await Promise.all(
        (['payments', 'purchase', 'provisioner'] as const).map((worker) => running.runCron(worker)),
      );
      const now = await world.order(customer, order.id);
      return open.has(now.state) ? null : now;
    },
    1000,
  );
}
