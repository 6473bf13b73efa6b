import { describe, expect, it } from 'vitest';
import {
  type CapturePaymentInput,
  type CreatePaymentInput,
  NO_PAYMENT_DETAILS,
  paymentError,
  type PaymentSnapshot,
} from '#shared/contracts/payments.ts';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { fail, ok } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { withStorage } from '../lib/testing.ts';
import { OrderCore, type OutsidePorts } from './core.ts';
import type { OrderPorts } from './effects.ts';
import type { OrderDocument } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import { newLedger } from './machine/new-document.ts';
import { systemChance } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { ORDER_MIGRATIONS } from './migrations.ts';
import { paymentEffect } from './payment-effects.ts';
import { factOf, lineOf, orderOf } from './testing/documents.ts';

const call = { requestId: 'request-of-the-test' };
const KEPT = 'pm_kept';

/** An order that is being undone, whose payment was asked for without any answer. */
function undone(paymentMethodId?: string): OrderDocument {
  const order = orderOf([lineOf(1)], {});
  return {
    ...order,
    state: 'returning_money',
    request: { ...order.request, ...(paymentMethodId === undefined ? {} : { paymentMethodId }) },
    payment: { ...order.payment, paymentId: null, status: 'none', authorised: 0, captured: 0 },
  };
}

/** A provider that charges a kept method as soon as a payment is opened with it. */
function provider(
  document: OrderDocument,
  opened: PaymentSnapshot['state'] | null,
  more: Partial<PaymentSnapshot> = {},
) {
  const snapshot = (state: PaymentSnapshot['state']): PaymentSnapshot => ({
    ...NO_PAYMENT_DETAILS,
    paymentId: 'pi_1',
    orderId: document.id,
    attempt: 1,
    state,
    currency: 'EUR',
    amount: document.total,
    authorised: 0,
    captured: 0,
    refunded: 0,
    capturable: 0,
    captureBefore: null,
    multicapture: false,
    method: null,
    refunds: [],
    clientSecret: 's',
    lastError: null,
    ...more,
  });
  let state = opened;
  const charged: string[] = [];
  const kept: boolean[] = [];
  const payments = {
    createPayment: (
      _: unknown,
      { existing = false, savedMethodId = null, saveMethod = false }: CreatePaymentInput,
    ) => {
      kept.push(saveMethod);
      if (state === null && existing) return fail(paymentError('not_found', 'no such payment was opened'));
      if (state === null && savedMethodId !== null) charged.push(savedMethodId);
      state ??= savedMethodId === null ? 'requires_payment' : 'processing';
      return ok(snapshot(state));
    },
    getPayment: () => ok(snapshot(state ?? 'requires_payment')),
    cancelPayment: () => ok(snapshot((state = 'cancelled'))),
  };
  return {
    ports: { payments, clock: { now: () => 1 }, record: () => undefined } as unknown as OrderPorts,
    charged,
    kept,
  };
}
const undo = (document: OrderDocument, ports: OrderPorts) =>
  paymentEffect(ports, document, {
    key: 'payment.void',
    step: { step: 'payment.void', attempt: 1 },
    call,
  });

describe('undoing a payment whose opening was never answered', () => {
  it('charges no kept method, should the provider never have been reached', async () => {
    const document = undone(KEPT);
    const { ports, charged } = provider(document, null);
    expect(await undo(document, ports)).toMatchObject([{ type: 'payment.none', attempt: 1 }]);
    expect(charged).toEqual([]);
  });

  it('voids what a kept method is held for, should the answer have been lost', async () => {
    const document = undone(KEPT);
    const { ports, charged } = provider(document, 'authorised');
    expect(await undo(document, ports)).toMatchObject([{ type: 'payment.voided' }]);
    expect(charged).toEqual([]);
  });

  it('brings one without a kept method to light by its key, and closes it', async () => {
    const document = undone();
    const { ports } = provider(document, null);
    expect(await undo(document, ports)).toMatchObject([{ type: 'payment.voided' }]);
  });
});

describe('closing a payment whose time is over', () => {
  const verification = {
    kind: 'deposit_code',
    arrivesAt: 1,
    url: 'https://bank.example/verify',
    account: 'pm_1',
  } as const;
  const instructions = { amountRemaining: 1, reference: 'R', accounts: [], url: null };
  const close = (document: OrderDocument, ports: OrderPorts) =>
    paymentEffect(ports, document, {
      key: 'payment.close',
      step: { step: 'payment.close', attempt: 1 },
      call,
    });
  const unpaid = (more: Partial<OrderDocument['payment']> = {}): OrderDocument => {
    const document = undone();
    return { ...document, payment: { ...document.payment, status: 'open', paymentId: 'pi_1', ...more } };
  };

  it.each<[string, Partial<PaymentSnapshot>, number?]>([
    ['the deposits for his account', { verification }],
    ['a transfer', { instructions }],
    ['the deposits for another account', { verification: { ...verification, arrivesAt: 2 } }, 1],
    [
      'deposits of the same second for another account',
      { verification: { ...verification, account: 'pm_2' } },
      1,
    ],
  ])('tells that its customer waits for %s, of which nobody had heard', async (_, more, since) => {
    const document = unpaid(since === undefined ? {} : { verification: { ...verification, since } });
    const { ports } = provider(document, 'requires_action', more);
    expect(await close(document, ports)).toMatchObject([{ type: 'payment.open', payment: more }]);
  });

  it('closes it when that was heard of, and its days are over as well, though the page has another address', async () => {
    const document = unpaid({ verification: { ...verification, since: 1 } });
    const present = { ...verification, url: `${verification.url}?signed=again` };
    const { ports } = provider(document, 'requires_action', { verification: present });
    expect(await close(document, ports)).toMatchObject([{ type: 'payment.voided' }]);
  });
});

describe('a capture after one whose reply was lost', () => {
  /** The provider has taken `taken`, of which the order had not heard; more is due now. */
  const capture = async (taken: number, upTo: number) => {
    const order = orderOf([lineOf(1)], {});
    const payment = { ...order.payment, status: 'authorised' as const, authorised: 1_000, captured: 0 };
    const document: OrderDocument = { ...order, payment };
    const { ports } = provider(document, 'authorised', {
      authorised: 1_000,
      captured: taken,
      capturable: 1_000 - taken,
    });
    const asked: number[] = [];
    Object.assign(ports.payments, {
      capturePayment: (_: unknown, { amount }: { amount: number }) => {
        asked.push(amount);
        return amount < 50
          ? fail(paymentError('declined', 'Amount too small.'))
          : ports.payments.getPayment(call, { paymentId: 'pi_1' });
      },
    });
    const step = { step: 'payment.capture', attempt: 1, upTo, final: false, first: false } as const;
    return { asked, told: await paymentEffect(ports, document, { key: 'payment.capture', step, call }) };
  };

  it('is none where only cents are left to take: the order hears what was taken, and is not undone', async () => {
    const { asked, told } = await capture(500, 530);
    expect(asked).toEqual([]);
    expect(told).toMatchObject([{ type: 'payment.authorised', payment: { captured: 500 } }]);
  });

  it('takes what is missing where that is enough', async () => {
    expect((await capture(500, 550)).asked).toEqual([50]);
  });
});

describe('opening a payment', () => {
  it('keeps what a person pays with when he asks for it, but nothing of an organisation, whose colleagues may pay', async () => {
    const order = undone();
    const asked = { ...order, request: { ...order.request, savePaymentMethod: true } };
    const ofAcme = { ...asked, customerId: `org_${'1'.repeat(32)}`, placedBy: asked.customerId };
    const { ports, kept } = provider(order, null);
    for (const document of [asked, ofAcme, order]) {
      const step = { step: 'payment.create', attempt: 1 } as const;
      await paymentEffect(ports, document, { key: 'payment.create', step, call });
    }
    expect(kept).toEqual([true, false, false]);
  });
});

describe('a step about money that was not wanted when its turn came', () => {
  const CARD = { attempt: 1_001, paymentId: `${newId('giftCard')}:${newId('order')}:1001` };
  const LINES = [lineOf(1, { price: plainLine(300, 1) }), lineOf(2, { price: plainLine(300, 1) })] as const;

  /** Two lines at 3.00, delivered as ready: a gift card holds 3.00 for them, a payment the rest. */
  function document(): OrderDocument {
    const lines = LINES.map((line) => ({ ...line, state: 'provisioning' as const }));
    const order = orderOf(lines, {});
    const held = { asked: true, amount: 300, authorised: 300, captured: 0, status: 'authorised' as const };
    const card = { ...newLedger(CARD.attempt, 300), ...held, paymentId: CARD.paymentId, multicapture: true };
    return {
      ...order,
      state: 'delivering',
      delivery: 'as_ready',
      stageSince: 1,
      payment: { ...order.payment, ...held, multicapture: true },
      giftCards: [{ ...card, cardId: CARD.paymentId.slice(0, 36), ending: 'ZZZZ' }],
    };
  }

  it('is asked for again under its key once it is wanted again, and done once', async () => {
    const captures: CapturePaymentInput[] = [];
    const fact = factOf(300, { captured: 300, capturable: 0, multicapture: true });
    const payments = {
      getPayment: () => ok({ ...fact, ...CARD, orderId: document().id, state: 'authorised', captured: 0 }),
      capturePayment: (_: unknown, input: CapturePaymentInput) => {
        captures.push(input);
        return ok({ ...fact, ...CARD, orderId: document().id, state: 'captured', method: 'gift_card' });
      },
    };
    const sent = { send: async () => {}, sendBatch: async () => {} };
    const object = { getByName: () => ({ register: async () => {} }) };
    const statement = { bind: () => statement, run: async () => ({}), first: async () => null };
    const database = { prepare: () => statement, batch: async () => [] };
    const auth = { getContact: async () => null };
    const outside = { payments, auth, provisioning: sent, events: sent, directory: object, database };
    await withStorage(async (storage) => {
      migrateObject(storage, ORDER_MIGRATIONS);
      const waiting: Promise<unknown>[] = [];
      const clock = { now: () => 5 };
      const host = {
        ...systemChance,
        storage,
        clock,
        newId,
        waitUntil: (work: Promise<unknown>) => waiting.push(work),
      };
      const core = new OrderCore(host, outside as unknown as OutsidePorts);
      core.storage.saveDocument(document());
      const play = (...events: OrderEvent[]): void => {
        for (const event of events) core.apply(event, call.requestId);
      };
      const made = (index: 0 | 1): OrderEvent => ({
        type: 'line.provisioned',
        lineId: LINES[index].id,
        detail: '',
        at: 5,
      });

      // The card is to pay the first line; before it is asked, more was charged to the payment than the order asked for.
      play(made(0), { type: 'payment.captured', payment: fact, at: 5 });
      await core.outbox.drain();
      expect(captures).toEqual([]);
      play(made(1));
      await core.outbox.drain();
      await core.outbox.drain();
      expect(captures).toMatchObject([{ paymentId: CARD.paymentId, amount: 300, final: true }]);
      expect(core.document()?.giftCards?.[0]).toMatchObject({ captured: 300, status: 'captured' });
      await Promise.allSettled(waiting);
    });
  });
});
