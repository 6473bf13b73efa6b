import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import {
  LICENCE_FILE_TYPE,
  licenceFileClaimsSchema,
  licenceFileSchema,
  licenceKeySetSchema,
} from '#shared/contracts/http/licence-files.ts';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { newId } from '#shared/ids/ids.ts';
import { actingFor, self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { testAccessToken } from '#shared/testing/tokens.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { Env } from './env.ts';
import {
  activation,
  deliver,
  FULFILMENTS,
  newLine,
  reaches,
  suspending,
  undoing,
} from './testing/harness.ts';
import { boughtLicence, outcome, post, verdict } from './testing/licences.ts';
import { useWorld } from './testing/world.ts';

useWorld();

const device = (fingerprint: string, name = '') => ({ fingerprint, name });
const store = () => workerEnv<Env>().STORE_DB;
const useOf = (instanceId: string) =>
  (workerEnv<Env>().INSTANCE_USE as unknown as DurableObjectNamespace).getByName(instanceId);

describe('a check', () => {
  it('answers whoever holds the key, with what is owned and since and until when', async () => {
    const { line, keys } = await boughtLicence({ features: ['export.pdf'], limits: { projects: 10 } });
    const answer = await verdict({ licenceKey: keys[0], features: ['export.pdf'] });
    expect(answer).toMatchObject({
      code: 'VALID',
      valid: true,
      consistency: 'strong',
      licence: {
        instanceId: line.instanceId,
        entitlements: { features: ['export.pdf'], limits: { projects: 10 }, seats: 3, validDays: 30 },
      },
    });
    const { startsAt, expiresAt } = answer.licence ?? {};
    expect(Date.parse(expiresAt ?? '') - Date.parse(startsAt ?? '')).toBe(30 * DAY_MS);
    // As typed off a printed page.
    const typed = ` ${(keys[0] ?? '').toLowerCase().replaceAll('-', '')} `;
    expect(await verdict({ licenceKey: typed })).toMatchObject({ code: 'VALID' });
  });

  it('says why not in the words of the field', async () => {
    const { line, keys } = await boughtLicence({
      features: ['a'],
      meters: [{ name: 'calls', limit: 2, period: 'month' }],
    });
    const licenceKey = keys[0];
    const code = async (question: object = {}) => (await verdict({ licenceKey, ...question })).code;
    expect(await code({ features: ['a', 'b'] })).toBe('FEATURE_MISSING');
    expect(await code({ usage: { meter: 'none' } })).toBe('FEATURE_MISSING');
    expect(await code({ usage: { meter: 'calls', amount: 2 } })).toBe('VALID');
    expect(await code({ usage: { meter: 'calls', amount: 3 } })).toBe('USAGE_EXCEEDED');
    expect(await code({ productId: newId('product') })).toBe('PRODUCT_MISMATCH');
    expect(await code({ productId: line.productId })).toBe('VALID');
    expect(await code({ fingerprint: 'x' })).toBe('NOT_ACTIVATED');
    expect((await verdict({ licenceKey: 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA' })).code).toBe('UNKNOWN');

    const moved = (column: string, at: number) =>
      store()
        .prepare(`UPDATE entitlements SET ${column} = ? WHERE instance_id = ?`)
        .bind(at, line.instanceId)
        .run();
    await moved('starts_at', Date.now() + DAY_MS);
    expect(await code()).toBe('NOT_STARTED');
    await moved('starts_at', 1);
    await moved('expires_at', Date.now());
    expect(await code()).toBe('EXPIRED');
    await moved('expires_at', Date.now() + DAY_MS);
    expect(await code()).toBe('VALID');
    await deliver(suspending(line, 1));
    expect(await code()).toBe('SUSPENDED');
    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    expect(await code()).toBe('REVOKED');
    expect(await outcome(await post('activations', { licenceKey, device: device('x') }))).toBe('409 REVOKED');
  });

  it('of a licence that is not given yet is not started', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    const headers = await signedIn(line.customerId, 'customer');
    const asked = { instanceId: line.instanceId };
    expect((await verdict(asked, { headers })).code).toBe('NOT_STARTED');
    await deliver(activation(line));
    expect((await verdict(asked, { headers })).code).toBe('VALID');
  });

  it('from memory is at most 30 seconds old, and says so; of the truth it is not', async () => {
    const { line, keys } = await boughtLicence();
    const licenceKey = keys[0];
    await post('activations', { licenceKey, device: device('mine') });
    const asked = { licenceKey, fingerprint: 'mine' };
    const ask = (isStrong: boolean) => verdict(asked, { isStrong });
    expect(await ask(false)).toMatchObject({ code: 'VALID' });
    await deliver(suspending(line, 1));
    const kept = await ask(false);
    expect(kept).toMatchObject({ code: 'VALID', consistency: 'cached' });
    expect(await ask(true)).toMatchObject({ code: 'SUSPENDED', consistency: 'strong' });
    vi.setSystemTime(Date.parse(kept.checkedAt) + 30_000);
    try {
      expect(await ask(false)).toMatchObject({ code: 'SUSPENDED', consistency: 'strong' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('by the instance is for its owner, whoever acts for it and services of the merchant; others know nothing of it', async () => {
    const organisation = newId('organisation');
    const { line } = await boughtLicence({}, { customerId: organisation });
    const { instanceId } = line;
    const member = newId('user');
    const code = async (headers: Record<string, string>) => (await verdict({ instanceId }, { headers })).code;
    expect(await code(await actingFor(member, { id: organisation, role: 'member' }))).toBe('VALID');
    expect(await code(await signedIn(member, 'customer'))).toBe('UNKNOWN');
    const { TEST_PRIVATE_JWK } = workerEnv<object>();
    const service = async (scope: string) => {
      const claims = { client_id: 'cli_x', scope, roles: ['service'] };
      const token = await testAccessToken(TEST_PRIVATE_JWK, { userId: newId('user'), roles: [] }, claims);
      return { authorization: `Bearer ${token}` };
    };
    expect(await code(await service('entitlements.check'))).toBe('VALID');
    expect((await post('check', { instanceId }, await service('stock.read'))).status).toBe(403);
    expect((await post('check', { instanceId })).status).toBe(401);
    const body = { instanceId, device: device('x') };
    const foreign = await post('activations', body, await signedIn(member, 'customer'));
    expect(await outcome(foreign)).toBe('404 UNKNOWN');
    // Whoever looks at it as its customer, for support, changes nothing.
    const looking = { client_id: 'cli_x', scope: 'instances.read' };
    const token = await testAccessToken(
      TEST_PRIVATE_JWK,
      { userId: line.customerId.replace('org', 'usr'), roles: ['customer'] },
      looking,
    );
    expect((await post('activations', body, { authorization: `Bearer ${token}` })).status).toBe(403);
  });

  it.each([{}, { licenceKey: 'A'.repeat(29), instanceId: newId('instance') }, { licenceKey: 'short' }])(
    'refuses a question that names no licence, or two: %j',
    async (body) => {
      expect((await post('check', body)).status).toBe(422);
    },
  );
});

describe('seats', () => {
  it('go to exactly as many of two hundred devices at once as there are', async () => {
    const { line, keys } = await boughtLicence({ seats: 7 });
    const licenceKey = keys[0];
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) =>
        outcome(await post('activations', { licenceKey, device: device(`device ${index}`) })),
      ),
    );
    expect(answers.filter((answer) => answer === '201')).toHaveLength(7);
    expect(answers.filter((answer) => answer === '409 TOO_MANY_ACTIVATIONS')).toHaveLength(193);
    const all = await workerEnv<Env>().INSTANCE_USE.getByName(line.instanceId).all({ requestId: 'test' });
    expect(all.activations).toHaveLength(7);
  });

  it('are taken once by a device however often it asks, and free for another when it gives up', async () => {
    const { keys } = await boughtLicence({ seats: 1 });
    const licenceKey = keys[0];
    const activate = async (name: string) =>
      outcome(await post('activations', { licenceKey, device: device(name, name) }));
    const both = await Promise.all(Array.from({ length: 20 }, () => activate('one')));
    expect(both.filter((answer) => answer === '201')).toHaveLength(1);
    expect(both.filter((answer) => answer === '200')).toHaveLength(19);
    expect(await activate('two')).toBe('409 TOO_MANY_ACTIVATIONS');
    expect(await verdict({ licenceKey, fingerprint: 'one' })).toMatchObject({
      code: 'VALID',
      activation: { name: 'one', unit: 0 },
    });
    expect((await verdict({ licenceKey, fingerprint: 'two' })).code).toBe('TOO_MANY_ACTIVATIONS');
    const giveUp = async () =>
      (await post('deactivations', { licenceKey, fingerprint: 'one' })).json<object>();
    expect([await giveUp(), await giveUp()]).toEqual([{ deactivated: true }, { deactivated: false }]);
    expect(await activate('two')).toBe('201');
  });

  it('are each key’s own; by its instance a device gets one of whichever has room', async () => {
    const { line, keys } = await boughtLicence({ seats: 1 }, { quantity: 2 });
    const headers = await signedIn(line.customerId, 'customer');
    const byKey = async (licenceKey: string | undefined, name: string) =>
      outcome(await post('activations', { licenceKey, device: device(name) }));
    const { instanceId } = line;
    const byInstance = async (name: string) =>
      outcome(await post('activations', { instanceId, device: device(name) }, headers));
    expect(await byKey(keys[0], 'a')).toBe('201');
    expect(await byKey(keys[0], 'b')).toBe('409 TOO_MANY_ACTIVATIONS');
    expect([await byInstance('a'), await byInstance('c')]).toEqual(['200', '201']);
    expect(await byKey(keys[1], 'd')).toBe('409 TOO_MANY_ACTIVATIONS');
    expect(await byInstance('e')).toBe('409 TOO_MANY_ACTIVATIONS');
  });

  it('of a smaller plan stay with those who were first, and a slow request does not undo the change', async () => {
    const { line, keys } = await boughtLicence({ seats: 3 });
    const licenceKey = keys[0];
    for (const name of ['a', 'b']) await post('activations', { licenceKey, device: device(name) });
    const use = workerEnv<Env>().INSTANCE_USE.getByName(line.instanceId);
    const terms = { revision: 2, units: 1, seats: 1, leases: null, meters: [] };
    const call = { requestId: 'test' };
    const [ours, theirs] = ['0', '1'].map((digit) => digit.repeat(64)) as [string, string];
    expect(await use.activate(call, { terms, unit: 0, device: ours, name: '' })).toMatchObject({ ok: false });
    const old = { ...terms, revision: 1, seats: 3 };
    expect(await use.activate(call, { terms: old, unit: 0, device: theirs, name: '' })).toMatchObject({
      ok: false,
    });
    await store()
      .prepare(
        `UPDATE entitlements SET revision = 2, document = json_set(document, '$.seats', 1) WHERE instance_id = ?`,
      )
      .bind(line.instanceId)
      .run();
    expect((await verdict({ licenceKey, fingerprint: 'a' })).code).toBe('VALID');
    expect((await verdict({ licenceKey, fingerprint: 'b' })).code).toBe('TOO_MANY_ACTIVATIONS');
  });
});

describe('floating leases', () => {
  it('are never more at once than there are, and free again when nobody renews them', async () => {
    const { line, keys } = await boughtLicence({ leases: { max: 2, seconds: 60 } });
    const licenceKey = keys[0];
    const lease = (name: string) => post('leases', { licenceKey, device: device(name) });
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => outcome(await lease(`device ${index}`))),
    );
    expect(answers.filter((answer) => answer === '201')).toHaveLength(2);
    expect(answers.filter((answer) => answer === '409 TOO_MANY_LEASES')).toHaveLength(48);
    expect((await verdict({ licenceKey, fingerprint: 'late' })).code).toBe('TOO_MANY_LEASES');
    await runInDurableObject(useOf(line.instanceId), (_, state) => {
      state.storage.sql.exec('UPDATE leases SET expires_at = 1');
    });
    expect((await verdict({ licenceKey, fingerprint: 'late' })).code).toBe('NOT_LEASED');
    expect(await outcome(await lease('late'))).toBe('201');
    expect(await outcome(await lease('late'))).toBe('200');
    expect(await verdict({ licenceKey, fingerprint: 'late' })).toMatchObject({ code: 'VALID', lease: {} });
  });

  it('go on with each heartbeat, and one that is over stays over', async () => {
    const { line, keys } = await boughtLicence({ leases: { max: 1, seconds: 60 } });
    const licenceKey = keys[0];
    const lease = await post('leases', { licenceKey, device: device('a') });
    const { id: leaseId } = await lease.json<{ id: string }>();
    const past = 'UPDATE leases SET expires_at = expires_at - 30000';
    await runInDurableObject(useOf(line.instanceId), (_, state) => {
      state.storage.sql.exec(past);
    });
    const renewed = await post('leases/heartbeat', { licenceKey, leaseId });
    const { expiresAt } = await renewed.json<{ expiresAt: string }>();
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 40_000);
    await runInDurableObject(useOf(line.instanceId), (_, state) => {
      state.storage.sql.exec('UPDATE leases SET expires_at = 1');
    });
    expect(await outcome(await post('leases/heartbeat', { licenceKey, leaseId }))).toBe('409 LEASE_EXPIRED');
    expect(await outcome(await post('leases', { licenceKey, device: device('b') }))).toBe('201');
    const release = await post('leases/release', { licenceKey, fingerprint: 'b' });
    expect(await release.json()).toEqual({ released: true });
    expect(await outcome(await post('leases', { licenceKey, device: device('c') }))).toBe('201');
  });

  it('are renewed after a change to fewer for those alone that were given first', async () => {
    const { line, keys } = await boughtLicence({ leases: { max: 3, seconds: 60 } });
    const licenceKey = keys[0];
    const leases: { id: string }[] = [];
    for (const name of ['a', 'b', 'c']) {
      const leased = await post('leases', { licenceKey, device: device(name) });
      leases.push(await leased.json());
    }
    await store()
      .prepare(
        `UPDATE entitlements SET revision = revision + 1, document = json_set(document, '$.leases.max', 1)
         WHERE instance_id = ?`,
      )
      .bind(line.instanceId)
      .run();
    const beat = async (index: number) =>
      outcome(await post('leases/heartbeat', { licenceKey, leaseId: leases[index]?.id }));
    expect([await beat(0), await beat(1), await beat(2)]).toEqual([
      '200',
      '409 TOO_MANY_LEASES',
      '409 TOO_MANY_LEASES',
    ]);
    expect(await outcome(await post('leases', { licenceKey, device: device('b') }))).toBe(
      '409 TOO_MANY_LEASES',
    );
    expect(await verdict({ licenceKey, fingerprint: 'b' })).toMatchObject({ code: 'TOO_MANY_LEASES' });
    await post('leases/release', { licenceKey, fingerprint: 'a' });
    expect([await beat(1), await beat(2)]).toEqual(['200', '409 TOO_MANY_LEASES']);
  });

  it('are not given where nothing is leased', async () => {
    const { keys } = await boughtLicence();
    const answer = await post('leases', { licenceKey: keys[0], device: device('a') });
    expect(await outcome(answer)).toBe('409 LEASES_MISSING');
  });
});

describe('a meter', () => {
  it('counts exactly up to its limit, whoever counts at once, and each key once', async () => {
    const { line, keys } = await boughtLicence(
      { meters: [{ name: 'calls', limit: 15, period: 'month' }] },
      { quantity: 2 },
    );
    const count = async (key: string, amount = 1, licenceKey = keys[0]) => {
      const body = { licenceKey, meter: 'calls', amount };
      return outcome(await post('usage', body, { 'idempotency-key': key }));
    };
    // Two units: 30 in all.
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => count(`key-${index % 50}`)));
    expect(answers.filter((answer) => answer === '409 USAGE_EXCEEDED').length).toBeGreaterThanOrEqual(20);
    const { meter } = await verdict({ licenceKey: keys[1], usage: { meter: 'calls' } });
    expect(meter).toMatchObject({ used: 30, limit: 30, period: 'month' });
    // What was refused counts nothing, and may be tried again in a period to come.
    await runInDurableObject(useOf(line.instanceId), (_, state) => {
      state.storage.sql.exec('UPDATE meters SET starts_at = 1');
    });
    expect(await count('key-anew', 29)).toBe('200');
    expect(await count('key-more', 2)).toBe('409 USAGE_EXCEEDED');
    expect(await count('key-more', 1)).toBe('200');
  });

  it('knows a repeat by its key for a week, and another count under it for a mistake', async () => {
    const { line, keys } = await boughtLicence({ meters: [{ name: 'calls', limit: null, period: 'never' }] });
    const send = (amount: number) =>
      post('usage', { licenceKey: keys[0], meter: 'calls', amount }, { 'idempotency-key': 'the-same' });
    const [first, again] = [await send(5), await send(5)];
    expect(await first.json()).toEqual(await again.json());
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await send(6)).status).toBe(422);
    const stub = useOf(line.instanceId);
    await runInDurableObject(stub, (_, state) => {
      state.storage.sql.exec('UPDATE counted SET at = 1');
      state.storage.sql.exec('UPDATE _alarms SET at = 1');
    });
    await runDurableObjectAlarm(stub);
    expect(await (await send(6)).json()).toMatchObject({ used: 11, resetsAt: null });
    await workerEnv<Env>().INSTANCE_USE.getByName(line.instanceId).erase({ requestId: 'test' });
    expect(await (await send(6)).json()).toMatchObject({ used: 6 });
  });
});

describe('a licence file', () => {
  const file = async (body: object) => {
    const response = await post('files', body);
    return response.ok
      ? licenceFileSchema.parse(await response.json())
      : Promise.reject(new Error(await outcome(response)));
  };
  const claimsIn = async (signed: string) => {
    const published = await self.fetch('https://shop.test/.well-known/licence-keys.json');
    const { keys } = licenceKeySetSchema.parse(await published.json());
    const { payload } = await jwtVerify(signed, createLocalJWKSet({ keys }), { typ: LICENCE_FILE_TYPE });
    return licenceFileClaimsSchema.parse(payload);
  };

  it('is signed, says what is owned, and is for a device with a seat where there are seats', async () => {
    const { line, keys } = await boughtLicence({ features: ['a'], seats: 1 });
    const licenceKey = keys[0];
    await expect(file({ licenceKey })).rejects.toThrow('NOT_ACTIVATED');
    await expect(file({ licenceKey, fingerprint: 'mine' })).rejects.toThrow('NOT_ACTIVATED');
    const activated = await post('activations', { licenceKey, device: device('mine') });
    const { id: activationId } = await activated.json<{ id: string }>();
    await expect(file({ licenceKey, fingerprint: 'other' })).rejects.toThrow('TOO_MANY_ACTIVATIONS');

    const made = await file({ licenceKey, fingerprint: 'mine', days: 365 });
    const { licence } = await verdict({ licenceKey });
    // No longer than the licence itself.
    expect(Math.abs(Date.parse(made.expiresAt) - Date.parse(licence?.expiresAt ?? ''))).toBeLessThan(1_000);
    expect(await claimsIn(made.file)).toMatchObject({
      sub: line.instanceId,
      aud: line.productId,
      entitlements: { features: ['a'], seats: 1 },
      device: sha256Hex('mine'),
      licenceExpiresAt: licence?.expiresAt,
    });
    expect(await claimsIn((await file({ licenceKey, activationId })).file)).toMatchObject({
      device: sha256Hex('mine'),
    });
    await expect(file({ licenceKey, activationId: newId('activation') })).rejects.toThrow('NOT_ACTIVATED');
    await deliver(suspending(line, 1));
    await expect(file({ licenceKey, fingerprint: 'mine' })).rejects.toThrow('SUSPENDED');
  });
});
