import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { deliver, env, intentEvent, request, signatureOf } from '../testing.ts';

beforeAll(migrateDatabases);

const kept = async (): Promise<number> =>
  (await env.PAYMENTS_DB.prepare('SELECT COUNT(*) AS n FROM payment_events').first<{ n: number }>())?.n ?? -1;
const nowSeconds = () => Math.floor(Date.now() / 1000);
const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...Array.from('0123456789abcdef')), { minLength: length, maxLength: length })
    .map((all) => all.join(''));
const deepJson = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const post = (body: BodyInit, headers: Record<string, string>) =>
  request('/v1/webhooks/stripe', { method: 'POST', body, headers });

/** Headers of which none is a right one for any body. */
const forged = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.replaceAll(/[^ -~]/g, '?')),
  fc
    .tuple(fc.integer({ min: -400, max: 400 }), hex(64))
    .map(([away, mac]) => `t=${nowSeconds() + away},v1=${mac}`),
  fc
    .array(hex(64), { minLength: 2, maxLength: 40 })
    .map((all) => `t=${nowSeconds()},${all.map((mac) => `v1=${mac}`).join(',')}`),
  hex(64).map((mac) => `t=${nowSeconds()},v0=${mac},v2=${mac}`),
  hex(64).map((mac) => `v1=${mac}`),
  hex(64).map((mac) => `t=,v1=${mac}`),
  hex(64).map((mac) => `t=${nowSeconds()},t=${nowSeconds()},v1=${mac}`),
  hex(63).map((mac) => `t=${nowSeconds()},v1=${mac}`),
  hex(64).map((mac) => `t=1e9,v1=${mac.toUpperCase()}`),
  fc.constant(`t=${nowSeconds()},v1=${'0'.repeat(100_000)}`.slice(0, 20_000)),
  fc.constantFrom('__proto__', 't=__proto__,v1=constructor', 'toString', ',,,,', '=', 't=NaN,v1='),
);
/** What has the shape of nothing, and what is close to an event. */
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.string({ unit: 'grapheme', maxLength: 500 }),
  fc.json(),
  fc.constantFrom(
    deepJson(10),
    deepJson(50_000),
    '{"__proto__":{"id":"evt_1"}}',
    '\u0000',
    '"',
    '{',
    'null',
    '[]',
    '1e999',
  ),
  fc.anything().map((data) => JSON.stringify({ ...intentEvent(), data }) ?? 'null'),
);

describe('a webhook that is not signed with our secret', () => {
  it('is refused with 400 whatever its signature and body are, and nothing of it is kept', async () => {
    const before = await kept();
    await fc.assert(
      fc.asyncProperty(bodies, fc.option(forged), async (body, header) => {
        const response = await post(body, header === null ? {} : { 'stripe-signature': header });
        expect(response.status).toBe(400);
        await response.body?.cancel();
      }),
      { numRuns: 300 },
    );
    expect(await kept()).toBe(before);
  });

  it.each<[string, (body: string) => Promise<string>]>([
    ['from the future', (body) => signatureOf(body, { timestamp: nowSeconds() + 301 })],
    ['just too old', (body) => signatureOf(body, { timestamp: nowSeconds() - 302 })],
    ['of another scheme', async (body) => (await signatureOf(body)).replace('v1=', 'v0=')],
    [
      'in capitals',
      async (body) =>
        (await signatureOf(body)).replace(/v1=.*/, (mac) => mac.toUpperCase().replace('V1', 'v1')),
    ],
    ['with one digit missing', async (body) => (await signatureOf(body)).slice(0, -1)],
    ['of the body with a byte more', (body) => signatureOf(`${body}\n`)],
    [
      'after sixteen wrong ones',
      async (body) => `${`v1=${'0'.repeat(64)},`.repeat(16)}${await signatureOf(body)}`,
    ],
  ])('is refused with a signature %s', async (_what, sign) => {
    const body = JSON.stringify(intentEvent());
    const before = await kept();
    expect((await post(body, { 'stripe-signature': await sign(body) })).status).toBe(400);
    expect(await kept()).toBe(before);
  });
});

describe('a body that is signed rightly and is no event', () => {
  it('is refused, never our fault, and nothing of it is kept', async () => {
    const before = await kept();
    const wrong = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .record({ id: fc.anything(), type: fc.anything(), created: fc.anything(), data: fc.anything() })
        .map((event) => JSON.stringify({ ...event, id: [event.id] })),
      fc.constantFrom(
        deepJson(100_000),
        '{"__proto__":{"id":"evt_1","type":"x","created":1}}',
        '{"id":"evt_../../x","type":"a","created":1}',
        '{"id":"evt_1","type":"","created":1}',
        '{"id":"evt_1","type":"a","created":-1}',
        '{"id":"evt_1","type":"a","created":"then"}',
        '{"id":"evt_1","type":"a","created":1,"data":{"object":[]}}',
        '{"id":"evt_1","type":"a","created":1,"data":null}',
        `{"id":"evt_${'1'.repeat(300)}","type":"a","created":1}`,
      ),
    );
    await fc.assert(
      fc.asyncProperty(wrong, async (body) => {
        const response = await deliver(body);
        expect(response.status).toBe(400);
      }),
      { numRuns: 200 },
    );
    expect(await kept()).toBe(before);
  });

  it('nested beyond any stack inside an event is refused as well', async () => {
    const event = JSON.stringify(intentEvent());
    const body = event.replace('"metadata":', `"deep":${deepJson(200_000)},"metadata":`);
    expect((await deliver(body)).status).toBe(400);
  });

  it('of any object whatever is kept at most once and never breaks anything', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ maxDepth: 6 }),
        fc.string({ minLength: 1, maxLength: 60 }),
        async (value, type) => {
          const object =
            value !== null && typeof value === 'object' && !Array.isArray(value) ? value : { value };
          const response = await deliver(intentEvent({ type, data: { object } }));
          expect(response.status).toBe(200);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('more than a mebibyte', () => {
  /** Comes in pieces, without a word on its length. */
  const streamOf = (pieces: number, onPull: () => void) => {
    let left = pieces;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        onPull();
        if (left === 0) return controller.close();
        left -= 1;
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
        return undefined;
      },
    });
  };

  it('is not read beyond the limit when its length is not told, and not at all when its signature cannot be right', async () => {
    let pulled = 0;
    const signature = `t=${nowSeconds()},v1=${'0'.repeat(64)}`;
    const long = await post(
      streamOf(1_000, () => (pulled += 1)),
      { 'stripe-signature': signature },
    );
    expect(long.status).toBe(413);
    expect(pulled).toBeLessThan(40);
    pulled = 0;
    const unsigned = await post(
      streamOf(1_000, () => (pulled += 1)),
      {},
    );
    expect(unsigned.status).toBe(400);
    expect(pulled).toBeLessThan(5);
  });
});

describe('two secrets, while one is being rotated', () => {
  it.each(['whsec_new whsec_unit', 'whsec_unit,whsec_old', ' whsec_new\n whsec_unit '])(
    'are both accepted: %j',
    async (secrets) => {
      const body = JSON.stringify(intentEvent());
      const signature = await signatureOf(body, { secret: 'whsec_unit' });
      expect((await deliver(body, { signature, bindings: { STRIPE_WEBHOOK_SECRET: secrets } })).status).toBe(
        200,
      );
      const other = await signatureOf(body, { secret: 'whsec_gone' });
      const refused = await deliver(body, { signature: other, bindings: { STRIPE_WEBHOOK_SECRET: secrets } });
      expect(refused.status).toBe(400);
    },
  );

  it('none at all accept nothing, not even a signature made with nothing', async () => {
    const body = JSON.stringify(intentEvent());
    const signature = await signatureOf(body);
    const refused = await deliver(body, { signature, bindings: { STRIPE_WEBHOOK_SECRET: ' , ' } });
    expect(refused.status).toBe(400);
  });
});
