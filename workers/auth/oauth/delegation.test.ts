import { beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_TOKEN_TTL_SECONDS, accessTokenVerifier } from '#shared/auth/access-token.ts';
import { KEYS_FRESH_MS } from '#shared/auth/key-set.ts';
import { may } from '#shared/auth/permissions.ts';
import { tokensSchema } from '#shared/contracts/http/auth.ts';
import {
  apiKeyListSchema,
  newApiKeySchema,
  supportAccessListSchema,
  tokenAnswerSchema,
} from '#shared/contracts/http/oauth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, MINUTE_MS } from '#shared/time/time.ts';
import { authWorld, parsed } from '../testing/harness.ts';
import { jwks } from '../usecases/signing-keys.ts';
import { oauthWorld, ORIGIN, refusalOf, type Account } from './testing/oauth-world.ts';
import { exchangeApiKey } from './usecases/exchange-api-key.ts';

const world = oauthWorld();
let exchanges = 0;
/** As every other worker verifies. */
const newVerifier = () =>
  accessTokenVerifier({
    issuer: ORIGIN,
    loadKeys: async () => ({
      ...(await jwks(world.ports())),
      revoked: await world.ports().revocations.present(world.clock.now()),
    }),
    exchangeKey: (key) => {
      exchanges += 1;
      return exchangeApiKey(world.ports(), key);
    },
    clock: world.clock,
  });
let customer: Account;
beforeAll(async () => {
  await migrateDatabases();
  customer = await world.newAccount();
});

async function withRole(role: string): Promise<{ id: string; token: string; refreshToken: string }> {
  const account = await world.newAccount();
  const { id } = account.tokens.user;
  await world.env.AUTH_DB.prepare("INSERT INTO account_roles VALUES (?, ?, 'test', 0)").bind(id, role).run();
  const renewed = await world.refresh(account.tokens.refreshToken);
  const { accessToken: token, refreshToken } = await renewed.json<Account['tokens']>();
  return { id, token, refreshToken };
}

async function actingForOne({
  token,
  refreshToken,
}: {
  token: string;
  refreshToken: string;
}): Promise<string> {
  const made = await world.call('/v1/auth/organisations', { body: { name: 'Ours' }, token });
  const { id: organisationId } = await made.json<{ id: string }>();
  const answer = await world.call('/v1/auth/token', { body: { refreshToken, organisationId } });
  return (await answer.json<{ accessToken: string }>()).accessToken;
}

describe('support staff who look at what a customer sees', () => {
  const exchange = (actorToken: string, changes: Record<string, string> = {}) =>
    world.form('/v1/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: 'tradepost-web',
      subject_token: customer.tokens.user.id,
      subject_token_type: 'urn:tradepost:token-type:account',
      actor_token: actorToken,
      actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      reason: 'The invoice cannot be found',
      ...changes,
    });

  it('get a token that reads as the customer, says who they are, and ends soon', async () => {
    const staff = await withRole('support');
    const answer = await parsed(await exchange(staff.token), tokenAnswerSchema);
    expect(answer).toMatchObject({ scope: 'orders.read', expires_in: ACCESS_TOKEN_TTL_SECONDS });
    expect(answer.refresh_token).toBeUndefined();
    const actor = await newVerifier().verify(answer.access_token);
    if (actor === null) throw new Error('refused');
    expect(actor).toMatchObject({ userId: customer.tokens.user.id, actingId: staff.id, sessionId: null });
    const asked = (['orders.read', 'orders.create', 'orders.cancel', 'instances.read'] as const).map(
      (permission) => may(actor, permission),
    );
    expect(asked).toEqual([true, false, false, false]);
    for (const path of ['/v1/auth/me', '/v1/auth/sessions', '/v1/oauth/userinfo']) {
      expect((await world.call(path, { token: answer.access_token })).status).toBe(403);
    }
  });

  it('are seen by the customer and in the audit log, with the reason', async () => {
    const token = customer.tokens.accessToken;
    const { items } = await parsed(
      await world.call('/v1/auth/support-accesses', { token }),
      supportAccessListSchema,
    );
    expect(items.map(({ reason, scopes }) => [reason, scopes])).toEqual([
      ['The invoice cannot be found', ['orders.read']],
    ]);
    const row = await world.env.AUTH_DB.prepare(
      "SELECT count(*) AS n FROM audit_log WHERE action = 'support.viewed_as' AND subject = ? AND outcome = 'success'",
    )
      .bind(customer.tokens.user.id)
      .first<{ n: number }>();
    expect(row?.n).toBe(1);
  });

  it('get none for staff, for nobody, for more than reading, without a reason, or by a token of that kind', async () => {
    const staff = await withRole('support');
    const viewing = await parsed(await exchange(staff.token), tokenAnswerSchema);
    const colleague = await withRole('operator');
    const refused: [string, Promise<Response>][] = [
      ['staff who act for an organisation', exchange(await actingForOne(staff))],
      ['a customer', exchange(customer.tokens.accessToken)],
      ['a token of that kind', exchange(viewing.access_token)],
      ['no token', exchange('a.b.c')],
      ['staff', exchange(staff.token, { subject_token: colleague.id })],
      ['nobody', exchange(staff.token, { subject_token: `usr_${'0'.repeat(32)}` })],
      ['writing', exchange(staff.token, { scope: 'orders.create' })],
      ['no reason', exchange(staff.token, { reason: '' })],
      ['another client', exchange(staff.token, { client_id: `cli_${'0'.repeat(32)}` })],
      ['the customer’s own token', exchange(staff.token, { subject_token: customer.tokens.accessToken })],
    ];
    for (const [what, answer] of refused) {
      expect([what, (await answer).status]).toEqual([what, 400]);
    }
    expect(await refusalOf(await exchange(customer.tokens.accessToken))).toMatchObject({
      error: 'access_denied',
    });
  });

  it('see nothing more once their session is over or their role is taken, be it in the same second', async () => {
    const administrator = (await world.newAdministrator()).tokens.accessToken;
    const ends: ((staff: { id: string; refreshToken: string }) => Promise<Response>)[] = [
      ({ refreshToken }) => world.call('/v1/auth/sign-out', { body: { refreshToken } }),
      ({ id }) => {
        const body = { roles: ['customer'] };
        return world.call(`/v1/auth/accounts/${id}/roles`, { method: 'PUT', token: administrator, body });
      },
    ];
    for (const [end, sinceSignIn] of ends.flatMap((each) => [
      [each, 0] as const,
      [each, 5 * MINUTE_MS] as const,
    ])) {
      const staff = await withRole('support');
      world.world.stoppedAt = Date.now() + sinceSignIn;
      const { access_token: viewing } = await parsed(await exchange(staff.token), tokenAnswerSchema);
      expect(await newVerifier().verify(viewing)).not.toBeNull();
      expect((await end(staff)).ok).toBe(true);
      expect(await newVerifier().verify(viewing)).toBeNull();
      world.world.stoppedAt = null;
    }
  });
});

describe('an API key', () => {
  const create = (body: object, token = customer.tokens.accessToken) =>
    world.call('/v1/auth/api-keys', { token, body: { name: 'Warehouse', scopes: ['orders.read'], ...body } });

  it('acts as its owner within its scopes, and costs one exchange a minute', async () => {
    const made = await parsed(await create({}), newApiKeySchema);
    expect(made.key.startsWith(`${made.prefix}_`)).toBe(true);
    const verifier = newVerifier();
    exchanges = 0;
    for (let turn = 0; turn < 5; turn += 1) {
      const actor = await verifier.verify(made.key);
      expect(actor).toMatchObject({
        userId: customer.tokens.user.id,
        clientId: made.id,
        scope: ['orders.read'],
      });
      expect(actor !== null && may(actor, 'orders.create')).toBe(false);
    }
    expect(exchanges).toBe(1);
    expect((await world.call('/v1/auth/me', { token: made.key })).status).toBe(403);
    expect((await world.call('/v1/auth/api-keys', { token: made.key, body: {} })).status).toBe(403);
    const list = await parsed(
      await world.call('/v1/auth/api-keys', { token: customer.tokens.accessToken }),
      apiKeyListSchema,
    );
    expect(list.items).toMatchObject([{ id: made.id, name: 'Warehouse' }]);
    expect(list.items[0]?.lastUsedAt).not.toBeNull();
    const stored = await world.env.AUTH_DB.prepare('SELECT * FROM api_keys WHERE id = ?')
      .bind(made.id)
      .first();
    expect(JSON.stringify(stored)).not.toContain(made.key.slice(-43));
  });

  it('counts for ten seconds at most once it is revoked, in an isolate that knew it, and nowhere else', async () => {
    const made = await parsed(await create({}), newApiKeySchema);
    const [busy, other] = [newVerifier(), newVerifier()];
    expect(await busy.verify(made.key)).not.toBeNull();
    const path = `/v1/auth/api-keys/${made.id}`;
    const stranger = (await world.newAccount()).tokens.accessToken;
    expect((await world.call(path, { token: stranger, method: 'DELETE' })).status).toBe(404);
    const revoked = await world.call(path, { token: customer.tokens.accessToken, method: 'DELETE' });
    expect(revoked.status).toBe(204);
    expect(await other.verify(made.key)).toBeNull();
    world.world.offsetMs = KEYS_FRESH_MS + 1;
    expect(await busy.verify(made.key)).toBeNull();
    world.world.offsetMs = 0;
  });

  it('ends at its time, with its owner’s account, and never was for what its owner may not', async () => {
    const owner = await world.newAccount();
    const { accessToken } = owner.tokens;
    const expiresAt = new Date(Date.now() + DAY_MS).toISOString();
    const made = await parsed(await create({ expiresAt }, accessToken), newApiKeySchema);
    expect(await newVerifier().verify(made.key)).not.toBeNull();
    world.world.offsetMs = DAY_MS + 1;
    expect(await newVerifier().verify(made.key)).toBeNull();
    world.world.offsetMs = 0;
    await world.env.AUTH_DB.prepare("UPDATE accounts SET status = 'disabled' WHERE id = ?")
      .bind(owner.tokens.user.id)
      .run();
    expect(await newVerifier().verify(made.key)).toBeNull();
    for (const [body, pointer] of [
      [{ scopes: ['orders.read', 'products.write'] }, '/scopes/1'],
      [{ scopes: ['account.self'] }, '/scopes/0'],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    ] as const) {
      const answer = await create(body);
      const { errors } = await answer.json<{ errors: { pointer: string }[] }>();
      expect([answer.status, errors[0]?.pointer]).toEqual([422, pointer]);
    }
  });

  it('is made for what asks for two factors by whoever shows them, for nobody could be asked later', async () => {
    const strict = authWorld({ ...world.env, STAFF_SECOND_FACTOR: 'required' });
    const operator = await strict.newAccount();
    await strict.env.AUTH_DB.prepare("INSERT INTO account_roles VALUES (?, 'operator', 'test', 0)")
      .bind(operator.tokens.user.id)
      .run();
    const { accessToken: token } = await parsed(
      await strict.refresh(operator.tokens.refreshToken),
      tokensSchema,
    );
    const keyFor = (scope: string) =>
      strict.call('/v1/auth/api-keys', { token, body: { name: 'Till', scopes: [scope] } });
    for (const scope of ['orders.resolve', 'orders.read_all']) {
      expect(await (await keyFor(scope)).json()).toMatchObject({ type: '/problems/step-up-required' });
    }
    expect((await keyFor('orders.read')).status).toBe(201);
  });

  it('that nobody made is asked about once, not at each request', async () => {
    const verifier = newVerifier();
    exchanges = 0;
    const forged = `tpk_00000000_${'x'.repeat(43)}`;
    for (let turn = 0; turn < 20; turn += 1) expect(await verifier.verify(forged)).toBeNull();
    expect(exchanges).toBe(1);
  });
});
