import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessTokenVerifier, FIRST_PARTY_CLIENT } from '#shared/auth/access-token.ts';
import { tokensSchema, type TokensBody } from '#shared/contracts/http/auth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { organisationsWorld } from './organisations/testing.ts';
import { GOOD_PASSWORD, parsed } from './testing/harness.ts';
import { REVOCATIONS_TOLD_MAX, SESSIONS_PER_ACCOUNT_MAX } from './limits.ts';
import { ACCOUNT_TYPE, viewAs } from './oauth/usecases/view-as.ts';
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

describe('many sessions that end together', () => {
  const MANY = REVOCATIONS_TOLD_MAX + 51;
  const at = (seconds: number) => {
    world.world.stoppedAt = Math.floor(Date.now() / 1_000) * 1_000 + seconds * 1_000;
    world.world.offsetMs = 0;
  };
  const goBack = () => {
    world.world.stoppedAt = null;
  };
  /** Sessions that were used now. */
  const used = (accountId: string) =>
    world.env.AUTH_DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO sessions (id, account_id, family_hash, current_hash, generation, amr, acr, auth_time, user_agent,
         created_at, last_used_at, idle_until, absolute_until)
       SELECT 'ses_crowd' || ?2 || i, ?2, 'crowd' || ?2 || i, '', 1, '[]', '', ?3, '', ?3, ?3, ?3 + 86400000, ?3 + 86400000
       FROM n`,
    )
      .bind(MANY, accountId, world.clock.now())
      .run();
  const told = async () => (await world.ports().revocations.present(world.clock.now())).length;

  it('of one stranger who signs out everywhere cost one word, and nobody else anything', async () => {
    at(0);
    const [stranger, customer] = [await setUp(), await setUp()];
    await used(stranger.tokens.user.id);
    at(1);
    const before = await told();
    const { accessToken: token } = stranger.tokens;
    expect((await world.call('/v1/auth/sessions', { method: 'DELETE', token })).status).toBe(204);
    expect(await told()).toBe(before + 1);
    expect(await counts(token)).toBe(false);
    expect(await counts(customer.tokens.accessToken)).toBe(true);
    goBack();
  });

  it('one by one make the others renew once: what is renewed counts from that second on, and later too', async () => {
    at(10);
    const customer = await setUp();
    const ended = await setUp();
    await used(ended.tokens.user.id);
    await world.env.AUTH_DB.prepare('UPDATE sessions SET revoked_at = ? WHERE account_id = ?')
      .bind(world.clock.now(), ended.tokens.user.id)
      .run();
    const inTheSameSecond = await renewed(customer.tokens);
    expect(await counts(inTheSameSecond.accessToken)).toBe(true);
    at(11);
    expect(await counts(ended.tokens.accessToken)).toBe(false);
    const next = await renewed(inTheSameSecond);
    for (const seconds of [11, 12, 21, 70]) {
      at(seconds);
      expect(await counts(next.accessToken)).toBe(true);
    }
    expect(await counts(ended.tokens.accessToken)).toBe(false);
    await world.env.AUTH_DB.exec("DELETE FROM revocations WHERE subject LIKE 'ses_crowd%'");
    goBack();
  });

  it('and are told to end in the future refuse nothing that is renewed', async () => {
    const customer = await setUp();
    await world.env.AUTH_DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO revocations SELECT 'ses_crowd' || i, ?2 FROM n`,
    )
      .bind(MANY, Math.floor(world.clock.now() / 1_000) + 60)
      .run();
    await inOneInstant(async () => {
      expect(await counts((await renewed(customer.tokens)).accessToken)).toBe(true);
    });
    await world.env.AUTH_DB.exec("DELETE FROM revocations WHERE subject LIKE 'ses_crowd%'");
  });
});

describe('an account', () => {
  it('has as many sessions as are listed: the one that was not used for the longest ends for the next', async () => {
    const account = await setUp();
    const { id } = account.tokens.user;
    const copies = (from: number, to: number) =>
      world.env.AUTH_DB.prepare(
        `WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
         INSERT INTO sessions (id, account_id, family_hash, current_hash, generation, amr, acr, auth_time, user_agent,
           created_at, last_used_at, idle_until, absolute_until, client_id)
         SELECT 'ses_copy' || CAST(i AS INTEGER), account_id, 'copy' || i, '', 1, '[]', acr, auth_time, '', created_at,
           last_used_at - 1000 * i, idle_until, absolute_until, iif(i > 200, 'cli_other', NULL)
         FROM sessions JOIN n WHERE account_id = ?3 AND id NOT LIKE 'ses_copy%'`,
      )
        .bind(from, to, id)
        .run();
    await copies(1, SESSIONS_PER_ACCOUNT_MAX - 1);
    await copies(201, 201 + SESSIONS_PER_ACCOUNT_MAX);
    await signedInAgain(account);
    const rows = await world.env.AUTH_DB.prepare(
      'SELECT id, revoked_why AS why FROM sessions WHERE account_id = ? AND revoked_at IS NOT NULL',
    )
      .bind(id)
      .all();
    expect(rows.results).toEqual([{ id: `ses_copy${SESSIONS_PER_ACCOUNT_MAX - 1}`, why: 'too_many' }]);
  });
});

describe('rights that end while somebody', () => {
  /** Does something just before the first write. */
  function after(change: () => Promise<unknown>) {
    const ports = world.ports();
    let isDone = false;
    const commit: typeof ports.commit = async (writes) => {
      if (!isDone) {
        isDone = true;
        await change();
      }
      return ports.commit(writes);
    };
    return { ...ports, commit };
  }

  it('proves a session anew are in no token of it: whoever was removed from the organisation gets none for it', async () => {
    const organisation = await world.organisation();
    const buyer = await world.join(organisation, 'buyer', await world.person(undefined, GOOD_PASSWORD));
    const held = await world.actingFor(buyer, organisation.id);
    const actor = await verified(held.tokens.accessToken);
    if (actor === null) throw new Error('the token does not verify');
    const path = `/${organisation.id}/members/${buyer.id}`;
    const ports = after(() => world.as(organisation.owner, path, { method: 'DELETE' }));
    const proven = await stepUp(ports, callerOf('req_1'), actor, { password: GOOD_PASSWORD });
    expect(proven.ok).toBe(false);
  });

  it('looks at a customer’s account open none: whoever is no staff by then gets no token', async () => {
    const [{ id, tokens }, customer] = [await world.newAdministrator(), await setUp()];
    const ports = after(() => world.ports().commit([world.ports().accounts.revokeAllBut(id, ['customer'])]));
    const parameters = new Map([
      ['client_id', FIRST_PARTY_CLIENT],
      ['subject_token', customer.tokens.user.id],
      ['subject_token_type', ACCOUNT_TYPE],
      ['actor_token', tokens.accessToken],
      ['actor_token_type', 'urn:ietf:params:oauth:token-type:access_token'],
      ['reason', 'a question about an order'],
    ]);
    const viewed = await viewAs(ports, callerOf('req_1'), parameters, verified);
    expect(viewed.ok || viewed.error.error).toBe('access_denied');
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
