import { beforeAll, describe, expect, it } from 'vitest';
import { ok } from '#shared/domain/result.ts';
import type { PaymentFactsMessage } from '#shared/contracts/messages.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { systemClock } from '#shared/time/time.ts';
import type { PaymentFacts } from '../../ledger/facts.ts';
import { observationsOf, type Happening } from '../../ledger/testing.ts';
import { d1Findings } from '../../queries/findings.ts';
import { d1Ledger } from '../../queries/ledger.ts';
import { deliver, env, intentEvent, newOrderId, newPaymentId, request } from '../../testing.ts';
import { askLedger, sweepLedger } from './ask-ledger.ts';
import { bookPayment } from './book-payment.ts';
import type { FactsSource, ListedDispute } from './ports.ts';

beforeAll(migrateDatabases);
const ledger = d1Ledger(env.PAYMENTS_DB);
const requestId = 'request-of-the-test';
const PAID: Happening[] = [
  { kind: 'authorise', amount: 10_000 },
  { kind: 'capture', share: 1, final: true },
];

/** A provider that says what it is told to, of one payment. */
function world(history: Happening[], orderId: string | null = newOrderId()) {
  const paymentId = newPaymentId();
  const observations = observationsOf(history, null).map((facts) => ({ ...facts, paymentId, orderId }));
  // Ids of the provider are its own: two payments never share one.
  const unique = (facts: PaymentFacts): PaymentFacts =>
    JSON.parse(
      JSON.stringify(facts).replaceAll(/"(ch|re|dp|txn)_(\d+)"/g, `"$1_$2_${paymentId}"`),
    ) as PaymentFacts;
  const latest = observations.at(-1);
  if (latest === undefined) throw new Error('there is a first observation');
  const now: { facts: PaymentFacts } = { facts: unique(latest) };
  const source: FactsSource = { facts: () => Promise.resolve(ok(structuredClone(now.facts))) };
  const sent: PaymentFactsMessage[] = [];
  const factsQueue = {
    send: (messages: readonly PaymentFactsMessage[]) => Promise.resolve(void sent.push(...messages)),
  };
  const ports = { ledger, source, factsQueue, clock: systemClock };
  return {
    paymentId,
    orderId,
    now,
    sent,
    ports,
    book: async () => {
      await askLedger(ports, [paymentId], requestId);
      return bookPayment(ports, { paymentId, requestId });
    },
    shown: async () => {
      const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
      const response = await request(`/v1/ledger?paymentId=${paymentId}`, { headers });
      expect(response.status).toBe(200);
      const { items } = await response.json<{ items: Shown[] }>();
      return items[0];
    },
  };
}
/** The same payment after more has happened. */
function goOn(at: ReturnType<typeof world>, history: Happening[]): void {
  const latest = observationsOf(history, null).at(-1);
  if (latest === undefined) throw new Error('there is a first observation');
  const text = JSON.stringify({ ...latest, paymentId: at.paymentId, orderId: at.orderId });
  at.now.facts = JSON.parse(
    text.replaceAll(/"(ch|re|dp|txn)_(\d+)"/g, `"$1_$2_${at.paymentId}"`),
  ) as PaymentFacts;
}
interface Shown {
  orderId: string | null;
  figures: Record<string, number>;
  check: { state: string; breaches: { code: string }[] };
  balances: { account: string; currency: string; amount: number }[];
  transactions: { key: string }[];
}

const count = async (table: string, paymentId: string): Promise<number> =>
  (await env.PAYMENTS_DB.prepare(`SELECT COUNT(*) AS n FROM ${table} WHERE payment_id = ?`)
    .bind(paymentId)
    .first<number>('n')) ?? 0;

describe('booking', () => {
  it('writes balanced entries, the provider’s movements and the check, shown by order and by payment', async () => {
    const at = world(PAID);
    expect(await at.book()).toBe('booked');
    const shown = await at.shown();
    expect(shown).toMatchObject({
      orderId: at.orderId,
      figures: { authorised: 10_000, captured: 10_000, voided: 0, open: 0 },
      check: { state: 'balanced', breaches: [] },
    });
    expect(shown?.balances).toContainEqual({ account: 'provider_balance', currency: 'EUR', amount: 9_975 });
    expect(await count('balance_transactions', at.paymentId)).toBe(1);
    const { results } = await env.PAYMENTS_DB.prepare(
      'SELECT transaction_key FROM ledger_entries WHERE payment_id = ? GROUP BY transaction_key, currency HAVING SUM(amount) <> 0',
    )
      .bind(at.paymentId)
      .all();
    expect(results).toEqual([]);
  });

  it('happens once, however often and in parallel it is asked for', async () => {
    const at = world(PAID);
    await askLedger(at.ports, [at.paymentId], requestId);
    await Promise.all(
      Array.from({ length: 4 }, () => bookPayment(at.ports, { paymentId: at.paymentId, requestId })),
    );
    const before = await count('ledger_entries', at.paymentId);
    await at.book();
    expect(await count('ledger_entries', at.paymentId)).toBe(before);
    expect((await at.shown())?.check.state).toBe('balanced');
  });

  it('adds what came since, and leaves what stands', async () => {
    const at = world(PAID);
    await at.book();
    const first = (await at.shown())?.transactions.map(({ key }) => key) ?? [];
    goOn(at, [...PAID, { kind: 'refund', share: 1, settles: true }]);
    await at.book();
    const then = (await at.shown())?.transactions.map(({ key }) => key) ?? [];
    expect(then).toEqual(expect.arrayContaining(first));
    expect(then.length).toBe(first.length + 2);
  });

  it('is not asked of the provider when nobody asked since', async () => {
    const at = world(PAID);
    await at.book();
    expect(await bookPayment(at.ports, { paymentId: at.paymentId, requestId })).toBe('up_to_date');
  });

  it('stands as promised when it is asked for again while it is under way', async () => {
    const at = world(PAID);
    await askLedger(at.ports, [at.paymentId], requestId);
    const slow: FactsSource = {
      facts: async (paymentId) => {
        const { clock } = at.ports;
        await ledger.ask([paymentId], clock.now() + 1);
        return at.ports.source.facts(paymentId);
      },
    };
    await bookPayment({ ...at.ports, source: slow }, { paymentId: at.paymentId, requestId });
    expect((await ledger.read(at.paymentId)).askedAt).not.toBeNull();
  });

  it.each(['ledger_transactions', 'ledger_entries', 'balance_transactions'])(
    'is never changed: %s',
    async (table) => {
      const at = world(PAID);
      await at.book();
      const change = (sql: string) => env.PAYMENTS_DB.prepare(sql).bind(at.paymentId).run();
      await expect(change(`DELETE FROM ${table} WHERE payment_id = ?`)).rejects.toThrow('append-only');
      await expect(change(`UPDATE ${table} SET payment_id = 'x' WHERE payment_id = ?`)).rejects.toThrow(
        'append-only',
      );
    },
  );
});

describe('a breach', () => {
  it('is raised once to the operator, and taken back when it is no longer so', async () => {
    const at = world(PAID);
    at.now.facts.received = 9_000;
    await at.book();
    await at.book();
    expect((await at.shown())?.check).toMatchObject({
      state: 'breached',
      breaches: [{ code: 'received_differs' }],
    });
    const found = async () =>
      (
        await d1Findings(env.PAYMENTS_DB).list({
          state: 'open',
          reconciliationId: null,
          after: null,
          limit: 100,
        })
      ).filter((finding) => finding.paymentId === at.paymentId);
    expect((await found()).map(({ code }) => code)).toEqual(['received_differs']);
    goOn(at, PAID);
    at.now.facts.observedAt += 1;
    await at.book();
    expect(await found()).toEqual([]);
  });
});

describe('what is owed to the ledger', () => {
  it('is promised by the database with the event itself, so that no lost message can lose it', async () => {
    const event = intentEvent();
    await deliver(event);
    expect((await ledger.read(event.data.object.id)).askedAt).not.toBeNull();
  });

  it('is sent again by the sweeper, further and further apart', async () => {
    const at = world(PAID);
    await ledger.ask([at.paymentId], Date.now() - 120_000);
    const swept = async () => {
      at.sent.length = 0;
      await sweepLedger(at.ports, requestId);
      return at.sent.filter(
        (message) => message.type === 'payment.facts' && message.paymentId === at.paymentId,
      ).length;
    };
    expect([await swept(), await swept()]).toEqual([1, 0]);
  });
});

describe('who may read the ledger', () => {
  it.each([
    ['nobody', null, 401],
    ['customer', 'customer', 403],
    ['support', 'support', 403],
    ['operator', 'operator', 200],
  ] as const)('%s', async (_who, role, status) => {
    const headers: Record<string, string> =
      role === null ? {} : await signedIn('usr_0000000000000000000000000000000a', role);
    expect((await request('/v1/ledger?paymentId=pi_1', { headers })).status).toBe(status);
  });

  it.each(['', 'orderId=42', 'limit=0&paymentId=x', 'paymentId=', 'unknown=1&paymentId=x'])(
    'but not without saying of what: %s',
    async (query) => {
      const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
      expect((await request(`/v1/ledger?${query}`, { headers })).status).toBe(422);
    },
  );
});

describe('disputes', () => {
  const disputed = (dueBy: number | null) => {
    const at = world([...PAID, { kind: 'dispute', inquiry: false }]);
    for (const dispute of at.now.facts.disputes) dispute.dueBy = dueBy;
    return at;
  };
  const listed = async (query = ''): Promise<{ items: ListedDispute[]; next: string | null }> => {
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
    const response = await request(`/v1/disputes?${query}`, { headers });
    expect(response.status).toBe(200);
    return response.json();
  };

  it('are listed by the time their evidence is due, page by page, those that await none last', async () => {
    const [none, late, soon] = [
      disputed(null),
      disputed(Date.UTC(2027, 5, 1)),
      disputed(Date.UTC(2027, 1, 1)),
    ];
    for (const at of [none, late, soon]) await at.book();
    const seen: ListedDispute[] = [];
    let cursor = '';
    for (let pages = 0; pages < 5; pages += 1) {
      const page = await listed(`limit=1&state=open${cursor}`);
      seen.push(...page.items);
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(seen.map(({ paymentId, orderId, dueBy }) => [paymentId, orderId, dueBy])).toEqual([
      [soon.paymentId, soon.orderId, '2027-02-01T00:00:00.000Z'],
      [late.paymentId, late.orderId, '2027-06-01T00:00:00.000Z'],
      [none.paymentId, none.orderId, null],
    ]);

    goOn(soon, [...PAID, { kind: 'dispute', inquiry: false }, { kind: 'dispute_ends', won: true }]);
    await soon.book();
    expect((await listed('state=won')).items.map(({ paymentId, dueBy }) => [paymentId, dueBy])).toEqual([
      [soon.paymentId, null],
    ]);
    expect((await listed('limit=2')).items[0]?.paymentId).toBe(late.paymentId);
  });
});
