import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { may } from '#shared/auth/permissions.ts';
import { accessTokenVerifier } from '#shared/auth/access-token.ts';
import { tokensSchema } from '#shared/contracts/http/auth.ts';
import { newOrganisationKeySchema, organisationKeyListSchema } from '#shared/contracts/http/organisations.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { exchangeApiKey } from '../oauth/usecases/exchange-api-key.ts';
import { GOOD_PASSWORD, parsed } from '../testing/harness.ts';
import { jwks } from '../usecases/signing-keys.ts';
import { organisationsWorld } from './testing.ts';
import { contactOf } from './usecases/contact.ts';

beforeAll(migrateDatabases);
const world = organisationsWorld();
const { actingFor, as, call, join, organisation, person } = world;

const verifier = accessTokenVerifier({
  issuer: 'https://shop.test',
  loadKeys: () => jwks(world.ports()),
  clock: world.clock,
});

describe('a token that acts for an organisation', () => {
  it('says for which and as what; without the wish it is the person’s again', async () => {
    const own = await organisation();
    const buyer = await join(own, 'buyer');
    expect(buyer.tokens.organisation).toBeNull();
    const acting = await actingFor(buyer, own.id);
    expect(acting.tokens.organisation).toEqual({ id: own.id, name: 'Ada and Sons', role: 'buyer' });
    expect(decodeJwt(acting.tokens.accessToken)).toMatchObject({ org: own.id, org_role: 'buyer' });
    const actor = await verifier.verify(acting.tokens.accessToken);
    expect(actor?.organisation).toEqual({ id: own.id, role: 'buyer' });
    const again = await parsed(await world.refresh(acting.tokens.refreshToken), tokensSchema);
    expect([again.organisation, (await verifier.verify(again.accessToken))?.organisation]).toEqual([
      null,
      null,
    ]);
  });

  it('is as good as the role, and the platform’s role, and gives staff nothing of theirs', async () => {
    const own = await organisation();
    const staff = await join(own, 'buyer', await person());
    await world.env.AUTH_DB.prepare("INSERT INTO account_roles VALUES (?, 'operator', 'test', 0)")
      .bind(staff.id)
      .run();
    const acting = await verifier.verify((await actingFor(staff, own.id)).tokens.accessToken);
    if (acting === null) throw new Error('the token was refused');
    expect(
      ['orders.create', 'orders.read', 'account.self'].map((each) => may(acting, each as 'orders.read')),
    ).toEqual([true, true, true]);
    expect(may(acting, 'orders.read_all') || may(acting, 'organisations.manage')).toBe(false);
    expect(may({ ...acting, organisation: { id: own.id, role: 'emperor' } }, 'orders.read')).toBe(false);
  });

  it('is good for that organisation alone, not for another one of the same person', async () => {
    const first = await organisation();
    const second = await organisation(first.owner);
    const acting = await actingFor(first.owner, first.id);
    expect((await as(acting, `/${first.id}/members`)).status).toBe(200);
    expect((await as(acting, `/${second.id}/members`)).status).toBe(404);
  });

  it('asked for of one that is not theirs costs nothing: the refresh token still counts', async () => {
    const [own, other] = [await organisation(), await organisation()];
    const { refreshToken } = own.owner.tokens;
    const asked = await call('/v1/auth/token', { body: { refreshToken, organisationId: other.id } });
    expect(asked.status).toBe(404);
    expect((await call('/v1/auth/token', { body: { refreshToken, organisationId: own.id } })).status).toBe(
      200,
    );
    const reused = await call('/v1/auth/token', {
      body: { refreshToken, organisationId: other.id },
      userAgent: 'Another/1',
    });
    expect(reused.status).toBe(401);
  });

  it('keeps its organisation through a step-up', async () => {
    const own = await organisation(await person(undefined, GOOD_PASSWORD));
    const acting = await actingFor(own.owner, own.id);
    const answer = await call('/v1/auth/step-up', {
      token: acting.tokens.accessToken,
      body: { password: GOOD_PASSWORD },
    });
    const { accessToken } = (await answer.json()) as { accessToken: string };
    expect(decodeJwt(accessToken)['org']).toBe(own.id);
  });
});

describe('a key of an organisation', () => {
  it('outlives whoever made it, acts within its scopes, and ends with the organisation', async () => {
    const own = await organisation();
    const admin = await join(own, 'admin');
    const wanted = { name: 'ERP', scopes: ['orders.read', 'orders.create'] };
    const created = await as(admin, `/${own.id}/api-keys`, { body: wanted });
    const { key, id, createdBy } = await parsed(created, newOrganisationKeySchema);
    expect(createdBy).toBe(admin.id);
    await as(own.owner, `/${own.id}/members/${admin.id}`, { method: 'DELETE' });
    const token = await exchangeApiKey(world.ports(), key);
    const actor = await verifier.verify(token ?? '');
    if (actor === null) throw new Error('the key was refused');
    expect(actor).toMatchObject({
      userId: id.replace('key_', 'usr_'),
      clientId: id,
      sessionId: null,
      organisation: { id: own.id, role: 'key' },
    });
    expect([may(actor, 'orders.create'), may(actor, 'instances.read'), may(actor, 'account.self')]).toEqual([
      true,
      false,
      false,
    ]);
    const listed = await parsed(await as(own.owner, `/${own.id}/api-keys`), organisationKeyListSchema);
    expect(listed.items).toMatchObject([{ id, lastUsedAt: expect.any(String) as string }]);
    // A key that was used may have ordered something: the organisation is closed, and with it the key.
    await as(own.owner, `/${own.id}`, { method: 'DELETE' });
    expect(await exchangeApiKey(world.ports(), key)).toBeNull();
    await as(own.owner, `/${own.id}/reopen`, { method: 'POST' });
    expect(await exchangeApiKey(world.ports(), key)).not.toBeNull();
    await as(own.owner, `/${own.id}/api-keys/${id}`, { method: 'DELETE' });
    expect(await exchangeApiKey(world.ports(), key)).toBeNull();
  });

  it('manages no members, is given no other scope, and is made and revoked by its own administrators alone', async () => {
    const [own, other] = [await organisation(), await organisation()];
    const buyer = await join(own, 'buyer');
    const body = { name: 'ERP', scopes: ['orders.read'] };
    expect((await as(buyer, `/${own.id}/api-keys`, { body })).status).toBe(403);
    const wide = { name: 'ERP', scopes: ['organisations.manage'] };
    expect((await as(own.owner, `/${own.id}/api-keys`, { body: wide })).status).toBe(422);
    const made = await as(own.owner, `/${own.id}/api-keys`, { body });
    const { id, key } = await parsed(made, newOrganisationKeySchema);
    expect((await call(`/v1/auth/organisations/${own.id}/members`, { token: key })).status).toBe(403);
    expect((await as(other.owner, `/${other.id}/api-keys/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await as(other.owner, `/${own.id}/api-keys/${id}`, { method: 'DELETE' })).status).toBe(404);
  });
});

it('mails about what is the organisation’s go to whoever ordered it, once they left to its owner', async () => {
  const own = await organisation();
  const buyer = await join(own, 'buyer');
  const contact = async (userId: string) =>
    (await contactOf(world.ports(), { userId, organisationId: own.id }))?.email;
  expect(await contact(buyer.id)).toBe(buyer.email);
  expect(await contact('usr_00000000000000000000000000000009')).toBe(own.owner.email);
  await as(buyer, `/${own.id}/leave`, { method: 'POST' });
  expect(await contact(buyer.id)).toBe(own.owner.email);
});
