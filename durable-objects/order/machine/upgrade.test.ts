import { describe, expect, it } from 'vitest';
import { placeOrderSchema } from '#shared/contracts/http/orders.ts';
import { factOf } from '../testing/documents.ts';
import type { OrderDocument, State } from './document.ts';
import { transition } from './transition.ts';
import { type KeptDocument, upgradeDocument } from './upgrade.ts';
import { publicOrder } from './view.ts';

const LINE = `line_${'0'.repeat(31)}1`;

/** An order exactly as the first version kept it, read back from JSON. */
function first(state: State, line: string, status: string): KeptDocument {
  const captured = status === 'captured' ? 500 : 0;
  return JSON.parse(
    JSON.stringify({
      schema: 1,
      id: `ord_${'0'.repeat(31)}1`,
      number: 'TP-OLD',
      customerId: `usr_${'0'.repeat(31)}1`,
      email: 'buyer@mail.test',
      version: 9,
      state,
      resume: null,
      attention: null,
      reason: null,
      acknowledged: false,
      refusals: [],
      shortage: null,
      request: { currency: 'EUR', lines: [], paymentWindowSeconds: 600 },
      lineIds: [],
      currency: 'EUR',
      total: 500,
      lines: [
        {
          id: LINE,
          instanceId: `ins_${'0'.repeat(31)}1`,
          workflowId: 'w',
          productId: `prod_${'0'.repeat(31)}1`,
          productVersion: 1,
          variantId: `var_${'0'.repeat(31)}1`,
          sku: 'S',
          kind: 'licence',
          title: 'Editor',
          variantTitle: '',
          unitPrice: 250,
          quantity: 2,
          stockTracked: true,
          fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
          customisation: {},
          state: line,
          detail: '',
        },
      ],
      stock: [{ sku: 'S', state: 'committed', lines: [{ lineId: LINE, quantity: 2 }] }],
      payment: {
        asked: true,
        paymentId: 'pi_1',
        clientSecret: 's',
        status,
        authorised: 500,
        captured,
        voided: 0,
        refunded: 0,
        refundAccepted: 0,
        lastError: null,
        returning: 'none',
        asking: null,
        refusals: 0,
      },
      dueAt: 600_000,
      retryUntil: null,
      holdsUntil: 720_000,
      stageSince: 1_000,
      rounds: 0,
      createdAt: 0,
      updatedAt: 1_000,
    }),
  ) as KeptDocument;
}
const upgraded = (state: State, line: string, status: string): OrderDocument =>
  upgradeDocument(first(state, line, status));

describe('an order kept by the first version', () => {
  it('keeps its price to the unit, told in parts', () => {
    const { lines, pricing } = upgraded('completed', 'delivered', 'captured');
    expect(lines[0]).not.toHaveProperty('unitPrice');
    expect(lines[0]?.price).toMatchObject({ unitPrice: 250, subtotal: 500, discounts: [], total: 500 });
    expect(pricing).toMatchObject({ subtotal: 500, shipping: null, total: 500 });
  });

  it('asks for nothing new and shows as delivered together', () => {
    const order = publicOrder(upgraded('completed', 'delivered', 'captured'), { as: 'customer' }, 0);
    expect(order).toMatchObject({ delivery: 'together', fulfilment: 'complete', paymentStatus: 'captured' });
    expect(placeOrderSchema.shape.delivery.parse(undefined)).toBe('together');
  });

  it('is read once and for all: a present document comes back as it is', () => {
    const once = upgraded('provisioning', 'provisioning', 'authorised');
    expect(upgradeDocument(once)).toBe(once);
  });

  it('goes on where it was: made, collected, handed over', () => {
    const at = 2_000;
    const made = transition(upgraded('provisioning', 'provisioning', 'authorised'), {
      type: 'line.provisioned',
      lineId: LINE,
      detail: '',
      at,
    });
    expect(made.document.state).toBe('capturing');
    const handed = transition(upgraded('activating', 'provisioned', 'captured'), {
      type: 'line.activated',
      lineId: LINE,
      detail: '',
      at,
    });
    expect(handed.document.state).toBe('completed');
  });

  it('was released where its state or its line says so, also where it stopped: nothing is handed over unpaid', () => {
    const released = (state: State, line: string, resume: State | null = null): unknown[] => {
      const [one] = upgradeDocument({ ...first(state, line, 'captured'), resume }).lines;
      return [one?.released, one?.deliveredAt];
    };
    expect(released('completed', 'delivered')).toEqual([true, 1_000]);
    expect(released('activating', 'provisioned')).toEqual([true, null]);
    expect(released('provisioning', 'provisioned')).toEqual([false, null]);
    expect(released('capturing', 'delivered')).toEqual([true, 1_000]);
    expect(released('needs_operator', 'provisioned', 'activating')).toEqual([true, null]);
    expect(released('needs_operator', 'provisioned', 'provisioning')).toEqual([false, null]);
    expect(released('needs_operator', 'provisioned')).toEqual([false, null]);
  });

  it('keeps what it holds, and had nothing that came later: no promotion, return, refund or note', () => {
    const order = upgraded('provisioning', 'provisioning', 'authorised');
    expect(order).toMatchObject({
      stock: [{ sku: 'S', state: 'committed', lines: [{ lineId: LINE, quantity: 2 }], returnedLines: [] }],
      request: { codes: [], delivery: 'together', locale: 'en' },
      promotions: [],
      formerPayments: [],
      refunds: [],
      returns: [],
      notes: [],
      announced: { events: 0, once: ['order.placed'], lines: [] },
    });
  });

  it('was taxed where it was sent, and nowhere before it had a line', () => {
    const kept = first('completed', 'delivered', 'captured');
    expect(upgradeDocument(kept).pricing?.destination).toEqual({ country: 'DE', region: null });
    const shippingAddress = { name: 'A', line1: 'B', line2: '', postalCode: '1', city: 'C', country: 'AT' };
    const abroad = { ...kept, request: { ...kept.request, shippingAddress } };
    expect(upgradeDocument(abroad).pricing?.destination).toEqual({ country: 'AT', region: null });
    expect(upgradeDocument({ ...kept, lines: [] }).pricing).toBeNull();
  });

  it('accepts what had been refunded, and asks under another key for a step it had asked for', () => {
    const kept = first('undoing_lines', 'provisioned', 'captured');
    const payment = { ...kept.payment, refunded: 200 };
    expect(upgradeDocument({ ...kept, payment }).payment).toMatchObject({
      refunded: 200,
      refundedOutside: 200,
      asking: null,
      round: 0,
      firstCapture: null,
    });
    const asking = { ...kept.payment, asking: 'payment.capture' };
    expect(upgradeDocument({ ...kept, payment: asking }).payment).toMatchObject({
      refundedOutside: 0,
      asking: null,
      round: 1,
      firstCapture: 'payment.capture',
    });
  });

  it('can still be undone by an operator after it was completed', () => {
    const undone = transition(upgraded('completed', 'delivered', 'captured'), {
      type: 'cancel.requested',
      by: 'operator',
      text: null,
      at: 2_000,
    });
    expect(undone.document.state).toBe('undoing_lines');
  });

  it('is reached by a dispute like one of today: what older releases did not write is not missed', () => {
    const kept = upgraded('completed', 'delivered', 'captured');
    expect(kept.payment).not.toHaveProperty('disputes');
    const { paymentId, captured, authorised } = kept.payment;
    const outcome = transition(kept, {
      type: 'payment.captured',
      at: 2_000,
      payment: factOf(captured, {
        paymentId: paymentId ?? '',
        authorised,
        captured,
        capturable: 0,
        disputes: [{ disputeId: 'du_1', amount: captured, state: 'open', reason: 'fraudulent', openedAt: 1 }],
      }),
    });
    expect(publicOrder(outcome.document, { as: 'customer' }, 0)).toMatchObject({
      state: 'completed',
      paymentStatus: 'disputed',
      lines: [{ suspension: { state: 'suspending' } }],
    });
  });
});
