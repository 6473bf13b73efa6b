import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../../scripts/lib/accounts.ts';
import { api, poll } from '../../scripts/lib/api.ts';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { World } from '../../scripts/scenarios/world.ts';

const secrets = newSecrets();
const signIns = newSignIns();
let system: System;
let world: World;

beforeAll(async () => {
  system = await startSystem({ secrets, seed: signIns });
  world = new World({ ...system, signIns, secrets, onStep: () => undefined });
  await api(system.sandboxOrigin, 'POST /control', {
    body: { kind: 'webhook.drop', match: [], times: null },
  });
});
afterAll(() => system.stop());

interface Ledger {
  figures: Record<
    'authorised' | 'captured' | 'voided' | 'open' | 'refunded' | 'disputed' | 'chargedBack',
    number
  >;
  check: { state: string; breaches: { code: string; detail: string }[] };
  balances: { account: string; amount: number }[];
}
const asOperator = async () => ({ token: (await world.operator()).accessToken });

/** Compares the last hour with the provider, to the end. */
async function reconcile(): Promise<Record<string, number>> {
  const body = {
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 60_000).toISOString(),
  };
  const { id } = await api<{ id: string }>(system.origin, 'POST /v1/reconciliations', {
    ...(await asOperator()),
    body,
  });
  const run = await poll(`reconciliation ${id}`, 60, async () => {
    const now = await api<{ state: string; counts: Record<string, number>; error: string | null }>(
      system.origin,
      `GET /v1/reconciliations/${id}`,
      await asOperator(),
    );
    return now.state === 'running' ? null : now;
  });
  expect(run).toMatchObject({ state: 'done', error: null });
  return run.counts;
}
const ledgersOf = async (order: Order): Promise<Ledger[]> =>
  (await api<{ items: Ledger[] }>(system.origin, `GET /v1/ledger?orderId=${order.id}`, await asOperator()))
    .items;
/** Waits until the ledger of the order's only payment says this, and it adds up. */
const booked = (order: Order, figures: Partial<Ledger['figures']>): Promise<Ledger> =>
  poll(`the ledger of ${order.number} to say ${JSON.stringify(figures)}`, 60, async () => {
    const [ledger] = await ledgersOf(order);
    if (ledger === undefined) return null;
    expect(ledger.check.breaches).toEqual([]);
    const wanted = Object.entries(figures).every(
      ([name, value]) => ledger.figures[name as keyof Ledger['figures']] === value,
    );
    return wanted ? ledger : null;
  });
const letHappen = (order: Order, action: string, more: object = {}) =>
  api(system.sandboxOrigin, `POST /control/payments/${order.payment?.paymentId ?? ''}`, {
    body: { action, ...more },
  });

async function placed(): Promise<{ customer: Tokens; order: Order }> {
  const [customer, licence] = await Promise.all([world.newCustomer(), world.licence()]);
  const lines = [{ variantId: licence.variantId, quantity: 1 }];
  return {
    customer,
    order: await world.place(customer, { currency: 'EUR', lines, paymentWindowSeconds: 3_600 }),
  };
}

describe('a day on which every webhook is lost', () => {
  it('ends right all the same, and the ledger is whole', async () => {
    const [bought, declined, debited, unpaid] = await Promise.all([placed(), placed(), placed(), placed()]);
    await world.pay(bought.order);
    await world.pay(declined.order, 'pm_card_chargeDeclined');
    expect(await world.pay(debited.order, 'pm_sepaDebit_successDelayed_at')).toMatchObject({
      status: 'processing',
    });
    const total = bought.order.total.amount;

    const first = await reconcile();
    expect(first['eventsRepaired']).toBeGreaterThanOrEqual(2);
    await world.settled(bought.customer, bought.order.id, 'completed');
    await world.until(
      declined.customer,
      declined.order.id,
      'the refusal',
      (now) => (now.payment?.lastError ?? null) !== null,
    );
    await booked(bought.order, { authorised: total, captured: total, open: 0 });

    await world.pay(declined.order);
    await letHappen(debited.order, 'settle');
    await reconcile();
    await world.settled(declined.customer, declined.order.id, 'completed');
    await world.settled(debited.customer, debited.order.id, 'completed');
    await booked(declined.order, { captured: declined.order.total.amount });
    await booked(debited.order, { captured: debited.order.total.amount });
    expect((await world.order(unpaid.customer, unpaid.order.id)).state).toBe('awaiting_payment');

    await letHappen(bought.order, 'refund', { amount: 500 });
    await letHappen(declined.order, 'dispute');
    await reconcile();
    await booked(bought.order, { refunded: 500 });
    await booked(declined.order, { disputed: declined.order.total.amount });
    await world.until(
      bought.customer,
      bought.order.id,
      'the refund made elsewhere',
      (now) => now.paymentStatus === 'partially_refunded',
    );

    await letHappen(declined.order, 'lose');
    await reconcile();
    const lost = await booked(declined.order, { disputed: 0, chargedBack: declined.order.total.amount });
    expect(lost.balances.find(({ account }) => account === 'clearing')?.amount ?? 0).toBe(0);

    const last = await reconcile();
    expect(last).toMatchObject({ eventsRepaired: 0, paymentsBooked: 0, findings: 0 });
    const { items } = await api<{ items: unknown[] }>(
      system.origin,
      'GET /v1/payment-findings?state=open',
      await asOperator(),
    );
    expect(items).toEqual([]);
    await world.cleanUp();
  });
});
