import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessTokenVerifier } from '#shared/auth/access-token.ts';
import { tokensSchema, type TokensBody } from '#shared/contracts/http/auth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { organisationsWorld } from './organisations/testing.ts';
import { GOOD_PASSWORD, parsed } from './testing/harness.ts';
import { REVOCATIONS_TOLD_MAX } from './limits.ts';
import { callerOf } from './privacy/caller.ts';
import { signIn } from './usecases/sign-in.ts';
import { stepUp } from './usecases/step-up.ts';
import { jwks } from './usecases/signing-keys.ts';

beforeAll(migrateDatabases);
const world = organisationsWorld();
const setUp = world.newAccount;

/** Whether a service that asks auth now takes the token. */
const counts = async (token: string): Promise<boolean> => (await verified(token)) !== null;

async function verified(token: string) {
  const ports = world.ports();
  const now = world.clock.now();
  const loadKeys = async () => ({ ...(await jwks(ports)), revoked: await ports.revocations.present(now) });
  const verifier = accessTokenVerifier({ issuer: 'https://shop.test', loadKeys, clock: { now: () => now } });
  return verifier.verify(token);
}

/** The clock stands still: what is issued and ended is issued and ended in the same instant. */
async function inOneInstant<Value>(run: () => Promise<Value>): Promise<Value> {
  world.world.stoppedAt = Date.now();
  try {
    return await run();
  } finally {
    world.world.stoppedAt = null;
  }
}

const renewed = async ({ refreshToken }: TokensBody): Promise<TokensBody> =>
  parsed(await world.refresh(refreshToken), tokensSchema);
const signedInAgain = async ({ email, ip }: { email: string; ip: string }): Promise<TokensBody> =>
  parsed(await world.signIn(email, GOOD_PASSWORD, { ip }), tokensSchema);

describe('an access token that was asked for in the very second', () => {
  it('that its owner’s roles changed in counts in no service, and the next one does', async () => {
    const admin = await world.newAdministrator();
    const account = await setUp();
    await inOneInstant(async () => {
      const held = await renewed(account.tokens);
      const path = `/v1/auth/accounts/${account.tokens.user.id}/roles`;
      const body = { roles: ['support'] };
      const token = admin.tokens.accessToken;
      expect((await world.call(path, { method: 'PUT', token, body })).status).toBe(200);
      expect(await counts(held.accessToken)).toBe(false);
      expect(await counts((await renewed(held)).accessToken)).toBe(true);
    });
  });

  it('that somebody was removed from an organisation in acts for it in no service', async () => {
    const organisation = await world.organisation();
    const buyer = await world.join(organisation, 'buyer');
    await inOneInstant(async () => {
      const held = await world.actingFor(buyer, organisation.id);
      const path = `/${organisation.id}/members/${buyer.id}`;
      expect((await world.as(organisation.owner, path, { method: 'DELETE' })).status).toBe(204);
      expect(await counts(held.tokens.accessToken)).toBe(false);
      expect(await counts((await renewed(held.tokens)).accessToken)).toBe(true);
    });
  });

  it('that an organisation was closed in acts for it in no service', async () => {
    const organisation = await world.organisation();
    await inOneInstant(async () => {
      const held = await world.actingFor(organisation.owner, organisation.id);
      expect((await world.as(held, `/${organisation.id}`, { method: 'DELETE' })).status).toBe(204);
      expect(await counts(held.tokens.accessToken)).toBe(false);
    });
  });

  it.each<[string, (token: string, tokens: TokensBody) => Promise<Response>]>([
    [
      'its session was signed out of',
      (_, { refreshToken }) => world.call('/v1/auth/sign-out', { body: { refreshToken } }),
    ],
    ['everything was signed out of', (token) => world.call('/v1/auth/sessions', { method: 'DELETE', token })],
  ])('that %s in counts in no service', async (_what, end) => {
    const account = await setUp();
    await inOneInstant(async () => {
      const held = await renewed(account.tokens);
      expect((await end(held.accessToken, held)).ok).toBe(true);
      expect(await counts(held.accessToken)).toBe(false);
    });
  });
});

describe('another session that is ended with a password', () => {
  it('ends in every service, and the one that changed it stays', async () => {
    const account = await setUp();
    const other = await signedInAgain(account);
    const body = { currentPassword: GOOD_PASSWORD, newPassword: 'seven lanterns over the bay' };
    const token = account.tokens.accessToken;
    expect((await world.call('/v1/auth/password', { token, body })).status).toBe(204);
    expect(await counts(other.accessToken)).toBe(false);
    expect(await counts(account.tokens.accessToken)).toBe(true);
  });
});

describe('a session', () => {
  it('that was not used since its last token ended is not told to services', async () => {
    const account = await setUp();
    world.world.offsetMs += 3_600_000;
    const { refreshToken } = account.tokens;
    expect((await world.call('/v1/auth/sign-out', { body: { refreshToken } })).status).toBe(204);
    const told = await world.ports().revocations.present(world.clock.now());
    expect(told.filter(({ subject }) => subject.startsWith('ses_'))).toEqual([]);
    world.world.offsetMs -= 3_600_000;
  });
});

describe('more ends than services are told of', () => {
  it('are covered by the time of issue, so that nothing that ended counts again, and what is newer goes on', async () => {
    const old = await setUp();
    await world.call('/v1/auth/sign-out', { body: { refreshToken: old.tokens.refreshToken } });
    const sid = String(decodeJwt(old.tokens.accessToken)['sid']);
    world.world.offsetMs += 120_000;
    const seconds = Math.floor(world.clock.now() / 1_000);
    const endedSince = world.env.AUTH_DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO revocations SELECT 'ses_many' || i, ?2 FROM n`,
    );
    await endedSince.bind(REVOCATIONS_TOLD_MAX, seconds).run();
    const told = await world.ports().revocations.present(world.clock.now());
    expect(told.some(({ subject }) => subject === sid)).toBe(false);
    expect(told.length).toBe(REVOCATIONS_TOLD_MAX + 1);
    expect(await counts(old.tokens.accessToken)).toBe(false);
    expect(await counts((await setUp()).tokens.accessToken)).toBe(true);
    await world.env.AUTH_DB.exec("DELETE FROM revocations WHERE subject LIKE 'ses_many%'");
    world.world.offsetMs -= 120_000;
  });
});

describe('roles that change while somebody signs in', () => {
  /** Takes the role of an administrator away just before the first write. */
  function demotedMeanwhile(accountId: string) {
    const ports = world.ports();
    let isDone = false;
    const commit: typeof ports.commit = async (writes) => {
      if (!isDone) {
        isDone = true;
        await ports.commit([
          ports.accounts.revokeAllBut(accountId, ['customer']),
          ports.sessions.reissueAll(accountId),
          ports.revocations.renew(accountId, ports.clock.now()),
        ]);
      }
      return ports.commit(writes);
    };
    return { ...ports, commit };
  }
  const rolesIn = (accessToken: string): unknown => decodeJwt(accessToken)['roles'];
  const caller = () => callerOf('req_1');

  it('are in no token any more, nor in that of a session that is proven anew', async () => {
    const { id, email, tokens } = await world.newAdministrator();
    const actor = await verified(tokens.accessToken);
    if (actor === null) throw new Error('the token does not verify');
    const signedIn = await signIn(demotedMeanwhile(id), caller(), { email, password: GOOD_PASSWORD });
    expect(signedIn.ok && 'accessToken' in signedIn.value && rolesIn(signedIn.value.accessToken)).toEqual([
      'customer',
    ]);

    await world.env.AUTH_DB.prepare("INSERT INTO account_roles VALUES (?, 'admin', 'test', 0)")
      .bind(id)
      .run();
    const proven = await stepUp(demotedMeanwhile(id), caller(), actor, { password: GOOD_PASSWORD });
    expect(proven.ok && rolesIn(proven.value.accessToken)).toEqual(['customer']);
  });
});
