import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { deliver, env, intentEvent, newEventId, recordingQueue, signatureOf } from '../testing.ts';

beforeAll(migrateDatabases);

const rowOf = (eventId: string) =>
  env.PAYMENTS_DB.prepare('SELECT * FROM payment_events WHERE event_id = ?')
    .bind(eventId)
    .first<Record<string, string | null>>();
const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('a well-signed event', () => {
  it('is kept before it is answered and then wakes its order', async () => {
    const { sent, queue } = recordingQueue();
    const event = intentEvent();
    const response = await deliver(event, { bindings: { PAYMENT_EVENTS: queue } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ received: true, duplicate: false });
    expect(sent).toEqual([
      {
        type: 'payment.changed',
        requestId: response.headers.get('x-request-id'),
        messageId: event.id,
        eventId: event.id,
        eventType: event.type,
        orderId: event.data.object.metadata.order_id,
        paymentId: event.data.object.id,
      },
    ]);
    expect(await rowOf(event.id)).toMatchObject({ state: 'enqueued', payment_id: event.data.object.id });
  });

  it('is kept without the client secret, which could act on the payment', async () => {
    const event = intentEvent();
    await deliver(event);
    expect((await rowOf(event.id))?.['body']).not.toContain('secret');
  });

  it('is kept and left to the sweeper when the queue is down: the provider is still told it arrived', async () => {
    const event = intentEvent();
    const response = await deliver(event, {
      bindings: { PAYMENT_EVENTS: recordingQueue({ failing: true }).queue },
    });
    expect(response.status).toBe(200);
    expect(await rowOf(event.id)).toMatchObject({ state: 'received', enqueued_at: null });
  });

  it('delivered many times at once is one row and one message', async () => {
    const { sent, queue } = recordingQueue();
    const event = intentEvent();
    const responses = await Promise.all(
      Array.from({ length: 12 }, () => deliver(event, { bindings: { PAYMENT_EVENTS: queue } })),
    );
    expect(responses.map((response) => response.status)).toEqual(Array.from({ length: 12 }, () => 200));
    const answers = await Promise.all(responses.map((response) => response.json<{ duplicate: boolean }>()));
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['ignored', 'of a type nobody waits for', intentEvent({ type: 'payment_intent.created' })],
    ['ignored', 'of a type we never heard of', intentEvent({ type: 'moon.rose' })],
    ['unmatched', 'without an order in its metadata', intentEvent({}, { metadata: {} })],
    [
      'unmatched',
      'with an order id that is none of ours',
      intentEvent({}, { metadata: { order_id: '../../etc' } }),
    ],
  ])('is kept as %s, answered and not sent on when it is one %s', async (state, _case, event) => {
    const { sent, queue } = recordingQueue();
    const response = await deliver(event, { bindings: { PAYMENT_EVENTS: queue } });
    expect(response.status).toBe(200);
    expect(sent).toEqual([]);
    expect(await rowOf(event.id)).toMatchObject({ state });
  });

  it('about a charge or refund finds the order through the payment it names', async () => {
    const { sent, queue } = recordingQueue();
    const event = intentEvent(
      { type: 'charge.refunded' },
      { object: 'charge', id: 'ch_1', payment_intent: 'pi_of_the_charge' },
    );
    await deliver(event, { bindings: { PAYMENT_EVENTS: queue } });
    expect(sent.map(({ paymentId }) => paymentId)).toEqual(['pi_of_the_charge']);
  });
});

describe('signatures', () => {
  const event = JSON.stringify(intentEvent());
  const valid = () => signatureOf(event);

  it.each<[string, () => Promise<string | null>]>([
    ['no signature', () => Promise.resolve(null)],
    ['an empty one', () => Promise.resolve('')],
    ['nonsense', () => Promise.resolve('t=,v1=,=')],
    ['another secret', () => signatureOf(event, { secret: 'whsec_other' })],
    ['a signature older than five minutes', () => signatureOf(event, { timestamp: nowSeconds() - 301 })],
    ['only a scheme we do not trust', async () => (await valid()).replace('v1=', 'v0=')],
    ['a moved timestamp', async () => (await valid()).replace(/t=\d+/, `t=${nowSeconds() + 1}`)],
    ['a signature of another body', () => signatureOf(`${event} `)],
  ])('%s is refused with 400 and nothing is kept', async (_case, signature) => {
    const response = await deliver(event, { signature: await signature() });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: '/problems/invalid-signature' });
    expect(await rowOf((JSON.parse(event) as { id: string }).id)).toBeNull();
  });

  it('one of several suffices, as while the endpoint’s secret is being rotated', async () => {
    const body = JSON.stringify(intentEvent());
    const [good, other] = await Promise.all([signatureOf(body), signatureOf(body, { secret: 'whsec_old' })]);
    const otherSignature = other.split(',')[1] ?? '';
    const both = good.replace(',', `,${otherSignature},`);
    expect((await deliver(body, { signature: both })).status).toBe(200);
  });

  it('a signature of just under five minutes ago is accepted', async () => {
    const body = JSON.stringify(intentEvent());
    const signature = await signatureOf(body, { timestamp: nowSeconds() - 290 });
    expect((await deliver(body, { signature })).status).toBe(200);
  });
});

describe('bodies', () => {
  const ofSize = (bytes: number): string => {
    const event = JSON.stringify(intentEvent({ padding: '' }));
    return event.replace('"padding":""', `"padding":"${'x'.repeat(bytes - event.length)}"`);
  };

  it('of exactly 1 MiB are taken, one byte more is 413', async () => {
    const limit = 1024 * 1024;
    expect((await deliver(ofSize(limit))).status).toBe(200);
    expect((await deliver(ofSize(limit + 1))).status).toBe(413);
  });

  it('of any kind, well signed or not, are never our fault', async () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.record({
        id: fc.constant(newEventId()),
        type: fc.anything(),
        created: fc.anything(),
        data: fc.anything(),
      }),
      fc.anything().map((data) => ({ ...intentEvent(), id: newEventId(), data })),
      fc.anything().map((metadata) => intentEvent({}, { metadata })),
    );
    await fc.assert(
      fc.asyncProperty(anything, fc.option(fc.string()), async (input, header) => {
        const body = typeof input === 'string' ? input : (JSON.stringify(input) ?? 'null');
        const printable = header === null ? undefined : header.replaceAll(/[^ -~]/g, '?');
        const response = await deliver(body, printable === undefined ? {} : { signature: printable });
        expect(response.status).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
  });
});
