import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { fraudOfEnv, ruleBook } from '#objects/fraud/of-env.ts';
import {
  type FraudRuleView,
  fraudRuleVersionsSchema,
  type FraudSettings,
  fraudSettingsSchema,
} from '#shared/contracts/http/fraud.ts';
import { networkOf, subjectNames } from '#objects/fraud/subjects.ts';
import { placeOf } from '#shared/domain/fraud/place.ts';
import { newId } from '#shared/ids/ids.ts';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { createPurchaseApp } from './app.ts';
import { BINDINGS } from './env.ts';
import { setRule } from './testing/fraud.ts';
import { address, bindings, OPERATOR, request } from './testing/shop.ts';

beforeAll(migrateDatabases);

const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  request(method, path, { as: OPERATOR, headers, ...(body === undefined ? {} : { body }) });
const preview = async (
  body: object,
): Promise<{ score: number; outcome: string; hits: { ruleId: string }[] }> =>
  (await ask('POST', '/v1/fraud/preview', { total: { amount: 1, currency: 'JPY' }, ...body })).json();

describe('the rules', () => {
  it('are shipped ready to use: every one is understood, and a calm order is allowed', async () => {
    const { rules } = await ruleBook.read(bindings.COMMERCE_DB);
    expect(rules.length).toBeGreaterThan(10);
    expect(await preview({ email: 'ann@mail.example', accountAgeHours: 900 })).toMatchObject({
      score: 0,
      outcome: 'allow',
    });
  });

  it('block the highest risk and what the issuer reports, and hold what the payment service reviews', async () => {
    const outcome = async (risk: object) => (await preview({ risk })).outcome;
    expect([
      await outcome({ level: 'highest' }),
      await outcome({ earlyWarning: true }),
      await outcome({ review: 'open' }),
      await outcome({ level: 'elevated', review: 'open' }),
      await outcome({ level: 'elevated' }),
      await outcome({ cvcCheck: 'fail' }),
      await outcome({}),
    ]).toEqual(['block', 'block', 'review', 'review', 'challenge', 'allow', 'allow']);
  });

  it('are changed by If-Match, paused and archived, with who and when of each version', async () => {
    const made = await setRule({ kind: 'amount', currency: 'DKK', above: 10 }, 70);
    const total = { amount: 11, currency: 'DKK' };
    expect((await preview({ total })).outcome).toBe('review');
    const path = `/v1/fraud/rules/${made.id}`;
    const { condition, reason } = made;
    const paused = { condition, reason, score: 70, status: 'paused' };
    expect((await ask('PUT', path, paused)).status).toBe(428);
    expect((await ask('PUT', path, paused, { 'if-match': '"9"' })).status).toBe(412);
    const replaced = await ask('PUT', path, paused, { 'if-match': '"1"' });
    expect(await replaced.json<FraudRuleView>()).toMatchObject({ version: 2, writtenBy: OPERATOR[0] });
    expect((await preview({ total })).outcome).toBe('allow');
    expect((await ask('DELETE', path)).status).toBe(204);
    const versions = await ask('GET', `${path}/versions`);
    expect(
      fraudRuleVersionsSchema
        .parse(await versions.json())
        .items.map(({ version, status, writtenBy }) => [version, status, writtenBy]),
    ).toEqual([
      [3, 'archived', OPERATOR[0]],
      [2, 'paused', OPERATOR[0]],
      [1, 'active', OPERATOR[0]],
    ]);
    expect((await ask('GET', `/v1/fraud/rules/frl_${'f'.repeat(32)}/versions`)).status).toBe(404);
  });

  it('are read and changed by operators alone, and nothing unknown is written', async () => {
    for (const [method, path] of [
      ['GET', '/v1/fraud/rules'],
      ['GET', '/v1/fraud/settings'],
      ['GET', '/v1/fraud/mail-domains'],
    ] as const) {
      const statuses = [];
      for (const role of ['customer', 'support'] as const)
        statuses.push((await request(method, path, { as: [newId('user'), role] })).status);
      expect([path, statuses]).toEqual([path, [403, 403]]);
    }
    const wrong = { condition: { kind: 'moon_phase' }, score: 1, reason: 'r' };
    const refused = await ask('POST', '/v1/fraud/rules', wrong, { 'idempotency-key': crypto.randomUUID() });
    expect(refused.status).toBe(422);
  });
});

describe('the settings', () => {
  it('rise from challenge to block, and a change made on an old version is refused', async () => {
    const response = await ask('GET', '/v1/fraud/settings');
    const before = fraudSettingsSchema.parse(await response.json());
    const { version, writtenBy: _by, writtenAt: _at, ...stated } = before satisfies FraudSettings;
    expect(response.headers.get('etag')).toBe(`"${version}"`);
    const falling = await ask('PUT', '/v1/fraud/settings', { ...stated, block: 1 }, { 'if-match': '*' });
    expect(falling.status).toBe(422);
    const changes = await Promise.all(
      [48, 96].map((reviewHours) =>
        ask('PUT', '/v1/fraud/settings', { ...stated, reviewHours }, { 'if-match': `"${version}"` }),
      ),
    );
    expect(changes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    expect((await ask('PUT', '/v1/fraud/settings', stated, { 'if-match': '*' })).status).toBe(200);
  });
});

describe('domains of mailboxes', () => {
  it('are judged by the shop before the list it ships with, and for what is below them', async () => {
    const outcome = async (email: string) => (await preview({ email })).score;
    const own = `${crypto.randomUUID()}.example`;
    expect([await outcome('a@mailinator.com'), await outcome(`a@${own}`)]).toEqual([30, 0]);
    const path = (domain: string) => `/v1/fraud/mail-domains/${domain}`;
    await ask('PUT', path(own), { verdict: 'disposable' });
    await ask('PUT', path('mailinator.com'), { verdict: 'trusted' });
    expect([await outcome('a@mailinator.com'), await outcome(`a@sub.${own}`)]).toEqual([0, 30]);
    const listed = await ask('GET', '/v1/fraud/mail-domains');
    expect(
      (await listed.json<{ items: { domain: string }[] }>()).items.map(({ domain }) => domain),
    ).toContain(own);
    await ask('PUT', path('mailinator.com'), { verdict: 'none' });
    expect(await outcome('a@mailinator.com')).toBe(30);
    expect((await ask('PUT', path('no-domain'), { verdict: 'none' })).status).toBe(422);
  });
});

describe('whom orders are counted for', () => {
  const nameOf = subjectNames(bindings.FRAUD_KEY);

  it('is named by a key, so that nobody without it can tell who it is', () => {
    expect(nameOf('card', 'f')).toBe(nameOf('card', 'f'));
    expect(nameOf('card', 'f')).not.toBe(nameOf('account', 'f'));
    const other = subjectNames(btoa('x'.repeat(32)));
    expect(other('card', 'f')).not.toBe(nameOf('card', 'f'));
    expect(nameOf('client_address', '203.0.113.9')).not.toContain('203');
    expect(() => subjectNames('short')).toThrow('FRAUD_KEY');
  });

  it('is one house however it is written, and one household of addresses', () => {
    expect(placeOf({ ...address, name: 'Bob', line1: 'WAY-1', city: 'berlin ' })).toBe(placeOf(address));
    expect(placeOf({ ...address, line1: 'Way 2' })).not.toBe(placeOf(address));
    expect(networkOf('2001:db8:0:0007::1')).toBe(networkOf('2001:0db8::7:aaaa:bbbb:cccc:dddd'));
    expect(networkOf('2001:db8:0:8::1')).not.toBe(networkOf('2001:db8:0:7::1'));
    expect(networkOf('203.0.113.9')).toBe('203.0.113.9');
  });
});

describe('what an assessment costs', () => {
  const look = async (values: object) => {
    const costs = newCosts();
    await fraudOfEnv(meterEnv(bindings, BINDINGS, costs)).assess(
      { requestId: 'r' },
      {
        phase: 'placing',
        orderId: newId('order'),
        personId: newId('user'),
        organisationId: null,
        account: { email: 'ann@mail.example', createdAt: 0 },
        placedAt: Date.now(),
        origin: { addressKey: nameOf('client_address', crypto.randomUUID()), country: 'DE' },
        shippingAddress: null,
        total: { amount: 1, currency: 'EUR' },
        instrument: null,
        risk: null,
        counts: [],
        ...values,
      },
    );
    return { d1: costs.d1, objects: costs.objects, services: costs.services };
  };
  const nameOf = subjectNames(bindings.FRAUD_KEY);

  it('is two counts at placing, one more for a parcel, and nothing else while the rules are known', async () => {
    ruleBook.forget();
    expect(await look({})).toEqual({ d1: 1, objects: 2, services: 0 });
    expect(await look({})).toEqual({ d1: 0, objects: 2, services: 0 });
    expect(await look({ shippingAddress: address })).toEqual({ d1: 0, objects: 3, services: 0 });
    expect(await look({ account: null })).toEqual({ d1: 0, objects: 2, services: 1 });
  });

  it('is one call for reading and for a score that is asked about', async () => {
    const app = createPurchaseApp();
    const spent = async (method: string, path: string, body?: object) => {
      const costs = newCosts();
      const context = createExecutionContext();
      const response = await app.fetch(
        new Request(`https://shop.test${path}`, {
          method,
          headers: { ...(await signedIn(...OPERATOR)), 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
        meterEnv(bindings, BINDINGS, costs),
        context,
      );
      await waitOnExecutionContext(context);
      return [response.status, costs.d1, costs.objects];
    };
    await spent('GET', '/v1/fraud/settings');
    expect(await spent('GET', '/v1/fraud/settings')).toEqual([200, 1, 0]);
    expect(await spent('GET', `/v1/orders/${newId('order')}/risk`)).toEqual([404, 0, 1]);
    const asked = { total: { amount: 1, currency: 'EUR' } };
    expect(await spent('POST', '/v1/fraud/preview', asked)).toEqual([200, 0, 0]);
  });
});
