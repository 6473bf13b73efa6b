import { describe, expect, it } from 'vitest';
import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { DAY_MS, MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import { lineOf, orderOf } from '../testing/documents.ts';
import type { OrderDocument } from './document.ts';
import type { PaymentFact } from './events.ts';
import { newLedger } from './new-document.ts';
import { transition } from './transition.ts';
import { publicOrder } from './view.ts';

const AT = 1_800_000_000_000;
const VERIFICATION = {
  kind: 'deposit_code',
  arrivesAt: AT + 2 * DAY_MS,
  url: 'https://bank.example/verify/1',
  account: 'pm_1',
} as const;

const fact = (more: Partial<PaymentFact> = {}): PaymentFact => ({
  paymentId: 'pay_1',
  attempt: 1,
  currency: 'EUR',
  amount: 1_000,
  authorised: 0,
  captured: 0,
  refunded: 0,
  capturable: 0,
  captureBefore: null,
  multicapture: false,
  method: null,
  refunds: [],
  clientSecret: 'secret',
  lastError: null,
  ...NO_PAYMENT_DETAILS,
  ...more,
});
const waiting = (more: Partial<PaymentFact> = {}): PaymentFact =>
  fact({ method: 'us_bank_account', verification: VERIFICATION, ...more });

/** Placed and payable. */
function placed(): OrderDocument {
  const order = orderOf([lineOf(0)], {});
  order.state = 'awaiting_payment';
  order.createdAt = AT;
  order.payment = {
    ...newLedger(1, order.total),
    asked: true,
    status: 'open',
    paymentId: 'pay_1',
    clientSecret: 's',
  };
  order.stock = [
    {
      sku: 'S1',
      state: 'held',
      lines: [{ lineId: order.lines[0]?.id ?? '', quantity: 1 }],
      returnedLines: [],
    },
  ];
  order.dueAt = AT + order.request.paymentWindowSeconds * 1_000;
  order.announced = { events: 1, once: ['order.placed'], lines: [] };
  return order;
}
type Fact = Parameters<typeof transition>[1];

/** Plays facts one after the other and notes what they led to. */
function story(document: OrderDocument) {
  let present = document;
  const steps: { step: string; [name: string]: unknown }[] = [];
  return {
    play(...facts: Fact[]) {
      for (const event of facts) {
        const { document: after, intents } = transition(present, event);
        present = after;
        steps.push(...intents.map(({ key, effect }) => ({ key, ...effect })));
      }
      return present;
    },
    document: () => present,
    mails: () => steps.flatMap((step) => (step.step === 'mail' ? [String(step['mail'])] : [])),
    steps: (name: string) => steps.filter(({ step }) => step === name),
  };
}
const open = (payment: PaymentFact, at: number): Fact => ({ type: 'payment.open', payment, at });

describe('an order whose customer typed an account that is verified by small deposits', () => {
  it('waits as long as the method gives, holds its stock meanwhile, and asks its customer by mail, once', () => {
    const told = story(placed());
    const order = told.play(open(waiting(), AT + MINUTE_MS), open(waiting(), AT + DAY_MS));
    expect(order.dueAt).toBe(AT + MINUTE_MS + 10 * DAY_MS);
    expect(order.holdsUntil ?? 0).toBeGreaterThan(order.dueAt);
    expect(told.steps('stock.hold')).toHaveLength(1);
    expect(told.mails()).toEqual(['verify_account']);
  });

  it('shows what to do and where to whoever pays it, and to nobody else', () => {
    const order = story(placed()).play(open(waiting(), AT + MINUTE_MS));
    const seen = publicOrder(order, { as: 'customer' }, AT);
    expect(seen?.nextActions.slice(0, 2)).toEqual(['verify_account', 'pay']);
    expect(seen?.payment?.verification).toEqual({
      kind: 'deposit_code',
      arrivesAt: rfc3339(AT + 2 * DAY_MS),
      verifyBefore: rfc3339(AT + MINUTE_MS + 10 * DAY_MS),
      url: VERIFICATION.url,
    });
    expect(publicOrder(order, { as: 'operator' }, AT)?.payment?.verification).toBeNull();
  });

  it('settles from when the account was verified, so that a late verification is no late payment', () => {
    const told = story(placed());
    const verifiedAt = AT + 9 * DAY_MS;
    const order = told.play(open(waiting(), AT), {
      type: 'payment.processing',
      payment: fact({ method: 'us_bank_account' }),
      at: verifiedAt,
    });
    expect(order.state).toBe('awaiting_payment');
    expect(order.dueAt).toBe(verifiedAt + 8 * DAY_MS);
    expect(publicOrder(order, { as: 'customer' }, verifiedAt)?.nextActions).not.toContain('verify_account');
    const again = { type: 'payment.processing', payment: fact({ method: 'us_bank_account' }) } as const;
    expect(told.play({ ...again, at: verifiedAt + DAY_MS }).dueAt).toBe(order.dueAt);
  });

  it('has its customer’s own time again when the account is not verified, and tells him by mail', () => {
    const told = story(placed());
    const at = AT + 5 * DAY_MS;
    const lastError = { code: 'failed', declineCode: null, message: 'No.' };
    const order = told.play(open(waiting(), AT), open(fact({ lastError }), at));
    expect(order.dueAt).toBe(at + 5 * MINUTE_MS);
    expect(told.mails()).toEqual(['verify_account', 'pay_again']);
  });

  it('has no more days for a second account, so that trying over and over holds no stock', () => {
    const told = story(placed());
    const windowEnd = placed().dueAt;
    const lastError = { code: 'failed', declineCode: null, message: 'No.' };
    const second = { ...VERIFICATION, arrivesAt: AT + 11 * DAY_MS, url: 'https://bank.example/verify/2' };
    const order = told.play(
      open(waiting(), AT),
      open(fact({ lastError }), AT + 9 * DAY_MS),
      open(waiting({ verification: second }), AT + 9 * DAY_MS + MINUTE_MS),
    );
    expect(order.dueAt).toBe(windowEnd + 10 * DAY_MS);
    expect(told.mails()).toEqual(['verify_account', 'pay_again', 'verify_account']);
  });

  it('is the same verification under whatever address the provider shows it: nothing is asked or granted anew', () => {
    const told = story(placed());
    const { dueAt, payment } = told.play(open(waiting(), AT));
    const elsewhere = { ...VERIFICATION, url: `${VERIFICATION.url}?signed=again` };
    const order = told.play(open(waiting({ verification: elsewhere }), AT + DAY_MS));
    expect([order.dueAt, order.payment.round]).toEqual([dueAt, payment.round]);
    expect(order.payment.verification?.url).toBe(elsewhere.url);
    expect(told.mails()).toEqual(['verify_account']);
  });

  it('is another verification when it is of another account, although its deposits arrive in the same second', () => {
    const told = story(placed());
    told.play(open(waiting(), AT));
    const second = { ...VERIFICATION, url: 'https://bank.example/verify/2', account: 'pm_2' };
    const order = told.play(open(waiting({ verification: second }), AT + MINUTE_MS));
    expect(order.payment.verification).toEqual({ ...second, since: AT + MINUTE_MS });
    expect(told.mails()).toEqual(['verify_account', 'verify_account']);
  });

  it('is the same verification as one kept before it was known of which account it is', () => {
    const order = placed();
    const { account: _, ...kept } = VERIFICATION;
    order.payment.verification = { ...kept, since: AT };
    const told = story(order);
    expect(told.play(open(waiting(), AT + DAY_MS)).payment.verification).toEqual({
      ...VERIFICATION,
      since: AT,
    });
    expect(told.mails()).toEqual([]);
  });

  it('goes back to waiting when its own time ended before anybody told it of the deposits', () => {
    const told = story(placed());
    const { dueAt } = told.document();
    expect(told.play({ type: 'window.ended', at: dueAt }).state).toBe('closing');
    const order = told.play(open(waiting(), dueAt + 1));
    expect(order.state).toBe('awaiting_payment');
    expect(order.dueAt).toBe(dueAt + 10 * DAY_MS);
    // What was asked of the payment as it was is asked anew when the days are over.
    expect(told.play({ type: 'window.ended', at: order.dueAt }).state).toBe('closing');
    const [first, second, ...others] = told.steps('payment.close').map(({ key }) => key);
    expect([second === undefined, second === first, others]).toEqual([false, false, []]);
  });

  it('ends with nothing charged and its stock back when nobody verifies it in time', () => {
    const told = story(placed());
    const { dueAt } = told.play(open(waiting(), AT));
    told.play({ type: 'window.ended', at: dueAt }, { type: 'payment.voided', payment: fact(), at: dueAt });
    const order = told.play({ type: 'stock.returned', sku: 'S1', at: dueAt });
    expect(order.state).toBe('cancelled');
    expect(order.reason?.code).toBe('payment_abandoned');
    expect(told.steps('stock.return')).toHaveLength(1);
    expect(told.mails()).toEqual(['verify_account', 'cancelled']);
  });
});
