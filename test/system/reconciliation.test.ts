import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { Tokens } from '../../scripts/lib/accounts.ts';
import { api, poll } from '../../scripts/lib/api.ts';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { type PaymentLedger, World } from '../../scripts/scenarios/world.ts';

const secrets = newSecrets();
const signIns = newSignIns();
let system: System;
let world: World;

beforeAll(async () => {
  system = await startSystem({ secrets, seed: signIns });
  world = new World({ ...system, signIns, secrets, onStep: () => undefined });
  await world.fault({ kind: 'webhook.drop', match: [], times: null });
});
afterAll(() => system.stop());

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
/** Waits until the ledger of the order's only payment says this, and it adds up. */
const booked = (order: Order, figures: Partial<PaymentLedger['figures']>): Promise<PaymentLedger> =>
  poll(`the ledger of ${order.number} to say ${JSON.stringify(figures)}`, 60, async () => {
    const [ledger] = await world.ledgersOf(order.id);
    if (ledger === undefined) return null;
    expect(ledger.check.breaches).toEqual([]);
    const wanted = Object.entries(figures).every(
      ([name, value]) => ledger.figures[name as keyof PaymentLedger['figures']] === value,
    );
    return wanted ? ledger : null;
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
    await Promise.all([
      world.settled(bought.customer, bought.order.id, 'completed'),
      world.until(
        declined.customer,
        declined.order.id,
        'the refusal',
        (now) => (now.payment?.lastError ?? null) !== null,
      ),
      booked(bought.order, { authorised: total, captured: total, open: 0 }),
    ]);

    await world.pay(declined.order);
    await world.bank(debited.order, 'settle');
    await reconcile();
    await Promise.all(
      [declined, debited].flatMap(({ customer, order }) => [
        world.settled(customer, order.id, 'completed'),
        booked(order, { captured: order.total.amount }),
      ]),
    );
    expect((await world.order(unpaid.customer, unpaid.order.id)).state).toBe('awaiting_payment');

    await world.bank(bought.order, 'refund', 500);
    await world.bank(declined.order, 'dispute');
    await reconcile();
    await Promise.all([
      booked(bought.order, { refunded: 500 }),
      booked(declined.order, { disputed: declined.order.total.amount }),
      world.until(
        bought.customer,
        bought.order.id,
        'the refund made elsewhere',
        (now) => now.paymentStatus === 'partially_refunded',
      ),
    ]);

    await world.bank(declined.order, 'lose');
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
