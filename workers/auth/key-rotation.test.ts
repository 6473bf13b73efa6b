import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyUseSchema, resealedSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { tokensSchema } from '#shared/contracts/http/auth.ts';
import { toBase64 } from '#shared/crypto/bytes.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import { contextOf, nameOf, SEALED_COLUMNS, SEALED_OTHERWISE } from './crypto/sealed-columns.ts';
import type { Env } from './env.ts';
import { authWorld, GOOD_PASSWORD, newEmail, newIp, parsed } from './testing/harness.ts';
import { dpopNonce, provenKey } from './oauth/usecases/possession.ts';
import { accountEmail } from './usecases/emails.ts';
import { keepHouse } from './usecases/housekeeping.ts';
import type { Resealed } from './usecases/rotate-keys.ts';

beforeAll(migrateDatabases);

type World = ReturnType<typeof authWorld>;
const newKey = (): string => toBase64(crypto.getRandomValues(new Uint8Array(32)));
const idOf = (key: string): string => keyRing('test', key).current.id;
const { env } = authWorld();
const { FIELD_KEY: OLD, PASSWORD_PEPPER: OLD_PEPPER } = workerEnv<{
  FIELD_KEY: string;
  PASSWORD_PEPPER: string;
}>();

async function keyUse(world: World, token: string) {
  return parsed(await world.call('/v1/auth/keys', { token }), keyUseSchema);
}

/** What the command does: column by column, part by part. */
async function reseal(world: World, token: string): Promise<number> {
  let resealed = 0;
  for (const column of SEALED_COLUMNS.map(nameOf)) {
    let after: string | null = '';
    while (after !== null) {
      const answer: Response = await world.call('/v1/auth/keys/reseal', { token, body: { column, after } });
      const part: Resealed = await parsed(answer, resealedSchema);
      expect(part.unreadable).toBe(0);
      resealed += part.resealed;
      after = part.next;
    }
  }
  return resealed;
}

/** The same database, but the process dies at the nth batch. */
function dyingAt(n: number): Env {
  let batches = 0;
  const database = new Proxy(env.AUTH_DB, {
    get(target, name) {
      if (name === 'batch' && (batches += 1) >= n) return () => Promise.reject(new Error('killed'));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { ...env, AUTH_DB: database };
}

/** Customers sign up, refresh and ask for links through any of the instances until `work` is done. */
async function underLoad(instances: readonly World[], work: () => Promise<void>): Promise<string[]> {
  const failures: string[] = [];
  const load = { isOver: false };
  const customer = async (lane: number): Promise<void> => {
    for (let turn = lane; !load.isOver; turn += 1) {
      const at = (step: number): World => instances[(turn + step) % instances.length] as World;
      const email = newEmail();
      const ip = newIp();
      await at(0).call('/v1/auth/sign-up', { body: { email }, ip });
      const body = { token: at(0).linkToken(email) };
      const made = await at(1).call('/v1/auth/verify-email', { body, ip });
      if (!made.ok) failures.push(`verify-email ${made.status}`);
      const { refreshToken } = await parsed(made, tokensSchema);
      const refreshed = await at(2).refresh(refreshToken);
      if (!refreshed.ok) failures.push(`refresh ${refreshed.status}`);
      const known = await at(3).call('/v1/auth/sign-up', { body: { email }, ip });
      if (known.status !== 202) failures.push(`sign-up ${known.status}`);
      if (!at(3).world.mails.some((mail) => mail.to === email && !mail.text.includes('verify-email'))) {
        failures.push('the account was not recognised');
      }
    }
  };
  const lanes = Promise.all([0, 1, 2].map(customer));
  await work();
  load.isOver = true;
  await lanes;
  return failures;
}

async function accountsUnderOldKey(count: number): Promise<void> {
  const { emailIndex, fields, accounts } = authWorld().ports();
  const rows = Array.from({ length: count }, () => {
    const [id, email] = [newId('user'), newEmail()];
    return accounts.create({
      id,
      emailIndex: emailIndex.current(email),
      emailSealed: fields.seal(email, accountEmail(id)),
      passkeyHandle: crypto.randomUUID(),
      now: 0,
    });
  });
  await env.AUTH_DB.batch(rows);
}

describe('the pepper', () => {
  it('is changed as its owners sign in; the count of those left says when the old one can go', async () => {
    const pepper = OLD_PEPPER;
    const old = authWorld();
    const admin = await old.newAdministrator();
    const token = admin.tokens.accessToken;
    const { email, ip } = await old.newAccount();
    const fresh = newKey();
    const both = authWorld({ ...env, PASSWORD_PEPPER: `${fresh},${pepper}` });
    const left = async () =>
      (await keyUse(both, token)).peppers.find(({ id }) => id === idOf(pepper))?.rows['passwords.phc'] ?? 0;
    const before = await left();
    expect(before).toBeGreaterThanOrEqual(2);
    expect((await both.signIn(email, GOOD_PASSWORD, { ip })).status).toBe(200);
    expect((await both.signIn(email, GOOD_PASSWORD, { ip })).status).toBe(200);
    expect(await left()).toBe(before - 1);
    const only = authWorld({ ...env, PASSWORD_PEPPER: fresh });
    expect((await only.signIn(email, GOOD_PASSWORD, { ip })).status).toBe(200);

    await env.AUTH_DB.prepare('DELETE FROM passwords WHERE phc LIKE ?')
      .bind(`%keyid=${idOf(pepper)}$%`)
      .run();
    const { peppers } = await keyUse(both, token);
    expect(peppers.find(({ id }) => id === idOf(pepper))?.isDroppable).toBe(true);
  });
});

describe('the keys of the worker', () => {
  it('may come from a binding that fetches it, as the platform’s secret store has; without it nothing is served', async () => {
    const stored = { get: async () => OLD };
    const world = authWorld({ ...env, FIELD_KEY: stored });
    const { tokens } = await world.newAccount({ password: null });
    expect((await authWorld().call('/v1/auth/me', { token: tokens.accessToken })).status).toBe(200);
    const away = authWorld({ ...env, FIELD_KEY: { get: () => Promise.reject(new Error('away')) } });
    expect((await away.call('/v1/auth/me', { token: tokens.accessToken })).status).toBe(500);
  });

  it('seals every column that says so by its name: none is forgotten when keys change', async () => {
    const { results: tables } = await env.AUTH_DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%\\_sealed%' ESCAPE '\\'",
    ).all<{ name: string }>();
    const found = await Promise.all(
      tables.map(async ({ name: table }) => {
        const { results } = await env.AUTH_DB.prepare(
          `SELECT name FROM pragma_table_info('${table}') WHERE name LIKE '%\\_sealed' ESCAPE '\\'`,
        ).all<{ name: string }>();
        return results.map(({ name }) => `${table}.${name}`);
      }),
    );
    expect(found.flat().sort()).toEqual([...SEALED_COLUMNS.map(nameOf), ...SEALED_OTHERWISE].sort());
  });
});

describe('the field key', () => {
  const fresh = newKey();

  it('is changed between a code by mail or a nonce and its use, which count all the same', async () => {
    const knowing = authWorld({ ...env, FIELD_KEY: `${OLD},next:${fresh}` });
    const sealing = authWorld({ ...env, FIELD_KEY: `${fresh},${OLD}` });
    const { email } = await knowing.newAccount();
    await sealing.call('/v1/auth/email-code', { body: { email } });
    const [code = ''] = /\b\d{8}\b/.exec(sealing.world.mails.at(-1)?.text ?? '') ?? [];
    const body = { email, code };
    expect((await knowing.call('/v1/auth/email-code/sign-in', { body })).status).toBe(200);

    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const claims = {
      htm: 'POST',
      htu: 'https://shop.test/v1/oauth/token',
      nonce: dpopNonce(sealing.ports()),
    };
    const proof = await new SignJWT({ ...claims, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .setIssuedAt()
      .sign(privateKey);
    expect(await provenKey(knowing.ports(), proof, '/v1/oauth/token')).toMatchObject({ ok: true });
  });

  it('is changed while every instance serves; a run killed in the middle is begun again; nothing becomes unreadable', async () => {
    const before = authWorld();
    const knowing = authWorld({ ...env, FIELD_KEY: `${OLD},next:${fresh}` });
    const moved = { ...env, FIELD_KEY: `${fresh},${OLD}` };
    const sealing = authWorld(moved);
    const after = authWorld({ ...env, FIELD_KEY: fresh });
    await accountsUnderOldKey(450);
    const admin = await before.newAdministrator();
    const token = admin.tokens.accessToken;
    const customer = await before.newAccount();
    const failures: string[] = [];

    failures.push(...(await underLoad([before, knowing], async () => undefined)));
    failures.push(
      ...(await underLoad([knowing, sealing], async () => {
        const dying = authWorld({ ...dyingAt(5), FIELD_KEY: moved.FIELD_KEY });
        await expect(reseal(dying, token)).rejects.toThrow('500');
        const { fields } = await keyUse(sealing, token);
        const left = fields.find(({ id }) => id === idOf(OLD));
        expect(left).toMatchObject({ use: 'opens', isDroppable: false });
        const moving = fields.find(({ id }) => id === idOf(fresh))?.rows['accounts.email_sealed'] ?? 0;
        expect(moving).toBeGreaterThanOrEqual(200);
        expect(left?.rows['accounts.email_sealed']).toBeGreaterThan(50);
        await reseal(sealing, token);
      })),
    );
    // Instances of before may have written under the old key behind it: once they are gone, it is run until it finds nothing.
    failures.push(
      ...(await underLoad([sealing], async () => {
        await reseal(sealing, token);
        expect(await reseal(sealing, token)).toBe(0);
      })),
    );
    const { fields } = await keyUse(sealing, token);
    expect(fields.find(({ id }) => id === idOf(OLD))).toEqual({
      id: idOf(OLD),
      use: 'opens',
      rows: {},
      isDroppable: true,
    });
    failures.push(...(await underLoad([sealing, after], async () => undefined)));
    expect(failures).toEqual([]);

    for (const column of SEALED_COLUMNS) {
      const { results } = await env.AUTH_DB.prepare(
        `SELECT ${column.key} AS id, ${column.column} AS sealed FROM ${column.table} WHERE ${column.column} IS NOT NULL`,
      ).all<{ id: string; sealed: string }>();
      for (const { id, sealed } of results) after.ports().fields.open(sealed, contextOf(column, id));
    }
    const { email, ip } = customer;
    expect((await after.signIn(email, GOOD_PASSWORD, { ip })).status).toBe(200);
    expect((await keyUse(before, token)).fields.find(({ id }) => id === idOf(fresh))?.use).toBe('missing');
  });

  it('moves by itself as well, with the cron, for whoever waits for nothing', async () => {
    const next = newKey();
    const both = authWorld({ ...env, FIELD_KEY: `${next},${fresh}` });
    for (let run = 0; run < 4; run += 1) await keepHouse(both.ports());
    const { sealed, fields } = both.ports();
    for (const column of SEALED_COLUMNS) {
      expect(await sealed.outdated(column, { prefix: fields.currentPrefix, after: '', limit: 1 })).toEqual(
        [],
      );
    }
  });
});

describe('a key that is to come', () => {
  it('opens, and seals nothing; alone it is no ring', () => {
    const [now, next] = [newKey(), newKey()];
    const ring = keyRing('FIELD_KEY', `${now},next:${next}`);
    expect(ring.current.id).toBe(idOf(now));
    expect(ring.all.map(({ use }) => use)).toEqual(['seals', 'coming']);
    const sealed = keyRing('FIELD_KEY', next).current.seal('field', 'text', 'context');
    expect(ring.find(idOf(next))?.open('field', sealed, 'context')).toBe('text');
    expect(() => keyRing('FIELD_KEY', `next:${next}`)).toThrow('FIELD_KEY');
  });
});
