import { beforeAll, expect, inject, it } from 'vitest';
import {
  newOrganisationKeySchema,
  organisationMemberListSchema,
} from '#shared/contracts/http/organisations.ts';
import { connectionSchema } from '#shared/contracts/http/federation.ts';
import { tokensSchema } from '#shared/contracts/http/auth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { tokensOf, travel } from '../federation/testing/federation-world.ts';
import { organisationProviders } from '../federation/testing/organisation-world.ts';
import { exchangeApiKey } from '../oauth/usecases/exchange-api-key.ts';
import { GOOD_PASSWORD, newIp, parsed } from '../testing/harness.ts';
import { keepHouse } from '../usecases/housekeeping.ts';
import type { Person } from './testing.ts';

beforeAll(migrateDatabases);
const world = organisationProviders();
const { as, join } = world;

it('“not me” takes back what a stolen session gave itself in organisations, and nothing from before', async () => {
  const owner = await world.person(undefined, GOOD_PASSWORD);
  const own = await world.organisation(owner);
  const colleague = await join(own, 'buyer');
  const key = async (by: Person): Promise<string> => {
    const body = { name: 'ERP', scopes: ['orders.read'] };
    return (await parsed(await as(by, `/${own.id}/api-keys`, { body }), newOrganisationKeySchema)).key;
  };
  const before = await key(owner);

  world.world.offsetMs += 60_000;
  const abroad = { ip: newIp(), userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0' };
  const tokens = await parsed(await world.signIn(owner.email, GOOD_PASSWORD, abroad), tokensSchema);
  const thief = { ...owner, tokens };
  await keepHouse(world.ports());
  const link = { token: world.linkToken(owner.email) };
  const stolen = await key(thief);
  expect(world.world.mails.findLast(({ to }) => to === owner.email)?.text).toContain(
    'An API key of your organisation was made',
  );
  const accomplice = await join({ id: own.id, owner: thief }, 'admin');
  const heir = await join({ id: own.id, owner: thief }, 'owner');
  await world.invite({ id: own.id, owner: thief }, 'one-more@mail.test', 'admin');
  const provider = await world.add(
    { id: own.id, owner: thief },
    {
      kind: 'oidc',
      name: 'Ours',
      settings: { issuer: 'https://evil.test', clientId: 'x', emails: 'never' },
    },
  );
  const { id: providerId } = await parsed(provider, connectionSchema);
  const domain = await world.proven({ id: own.id, owner: thief });
  const theirs = await world.add(
    { id: own.id, owner: thief },
    {
      kind: 'oidc',
      name: 'Theirs',
      domains: [domain],
      secret: 'a secret of the provider',
      settings: {
        issuer: inject('oidcIssuer'),
        clientId: 'tradepost',
        mapping: { email: 'sub', emailVerified: 'email_verified' },
        emails: 'of_domains',
        joinAs: 'buyer',
      },
    },
  );
  const { id: theirsId } = await parsed(theirs, connectionSchema);
  const browser = world.newBrowser();
  const location = await browser.begin(theirsId);
  location.searchParams.set('login_hint', `made-up@${domain}`);
  const arrived = await browser.finish(theirsId, (await travel(location)).search.slice(1));
  const madeUp = await tokensOf(arrived);
  const listed = await as(owner, `/${own.id}/members`);
  const { items: all } = await parsed(listed, organisationMemberListSchema);
  expect(all.map(({ accountId }) => accountId)).toContain(madeUp.user.id);
  const byProvider = await world.person();
  await world.env.AUTH_DB.prepare('UPDATE sessions SET connection_id = ? WHERE account_id = ?')
    .bind(providerId, byProvider.id)
    .run();

  expect((await world.call('/v1/auth/not-me', { body: link })).status).toBe(204);
  expect(await exchangeApiKey(world.ports(), stolen)).toBeNull();
  expect(await exchangeApiKey(world.ports(), before)).not.toBeNull();
  for (const gone of [accomplice, heir]) expect((await as(gone, `/${own.id}`)).status).not.toBe(200);
  const reset = { token: world.linkToken(owner.email), newPassword: 'seven lanterns over the bay' };
  await world.call('/v1/auth/password-reset/confirm', { body: reset });
  const back = await parsed(
    await world.signIn(owner.email, reset.newPassword, { ip: newIp() }),
    tokensSchema,
  );
  const again = { ...owner, tokens: back };
  const { items } = await parsed(await as(again, `/${own.id}/members`), organisationMemberListSchema);
  expect(items.map(({ accountId }) => accountId).sort()).toEqual([owner.id, colleague.id].sort());
  expect(await (await as(again, `/${own.id}/invitations`)).json()).toMatchObject({ items: [] });
  const found = await as(again, `/${own.id}/connections/${providerId}`);
  expect((await parsed(found, connectionSchema)).status).toBe('disabled');
  expect((await world.refresh(byProvider.tokens.refreshToken)).status, 'a session it opened').toBe(401);
  const mail = world.world.mails.findLast(({ to, text }) => to === owner.email && text.includes('took back'));
  expect(mail?.text).toMatch(
    /API keys of organisations, members and invitations of organisations, providers/,
  );
});

it('“not me” of whoever administers an organisation no more takes nobody out of it and disables no provider', async () => {
  const own = await world.organisation();
  const admin = await join(own, 'admin', await world.person(undefined, GOOD_PASSWORD));
  world.world.offsetMs += 60_000;
  const abroad = { ip: newIp(), userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/141.0' };
  await world.signIn(admin.email, GOOD_PASSWORD, abroad);
  await keepHouse(world.ports());
  const link = { token: world.linkToken(admin.email) };
  const acting = { id: own.id, owner: admin };
  const brought = await join(acting, 'buyer');
  const { id: providerId } = await parsed(
    await world.add(acting, {
      kind: 'oidc',
      name: 'Theirs',
      settings: { issuer: 'https://people.test', clientId: 'x', emails: 'never' },
    }),
    connectionSchema,
  );
  const demoted = { method: 'PUT', body: { role: 'member' } };
  expect((await as(own.owner, `/${own.id}/members/${admin.id}/role`, demoted)).ok).toBe(true);
  expect((await world.call('/v1/auth/not-me', { body: link })).status).toBe(204);
  expect((await as(brought, `/${own.id}`)).status).toBe(200);
  const found = await as(own.owner, `/${own.id}/connections/${providerId}`);
  expect((await parsed(found, connectionSchema)).status).toBe('active');
});

it.each([
  ['removed', { method: 'DELETE' }, ''],
  ['made less', { method: 'PUT', body: { role: 'member' } }, '/role'],
])(
  '“not me” gives an owner their place back who was %s by somebody whom a stolen session brought in',
  async (_how, request, path) => {
    const owner = await world.person(undefined, GOOD_PASSWORD);
    const own = await world.organisation(owner);
    world.world.offsetMs += 60_000;
    const abroad = { ip: newIp(), userAgent: `Mozilla/5.0 (Windows NT 10.0) Firefox/15${path.length}.0` };
    const tokens = await parsed(await world.signIn(owner.email, GOOD_PASSWORD, abroad), tokensSchema);
    await keepHouse(world.ports());
    const link = { token: world.linkToken(owner.email) };
    const accomplice = await join({ id: own.id, owner: { ...owner, tokens } }, 'owner');
    const second = await join({ id: own.id, owner: accomplice }, 'owner');
    expect((await as(second, `/${own.id}/members/${owner.id}${path}`, request)).ok).toBe(true);

    expect((await world.call('/v1/auth/not-me', { body: link })).status).toBe(204);
    const role = (who: Person) =>
      world.env.AUTH_DB.prepare(
        'SELECT role FROM organisation_members WHERE organisation_id = ? AND account_id = ?',
      )
        .bind(own.id, who.id)
        .first<string>('role');
    expect([await role(owner), await role(accomplice)]).toEqual(['owner', null]);
  },
);

it('“not me” gives nobody their place back who gave it up themselves', async () => {
  const owner = await world.person(undefined, GOOD_PASSWORD);
  const own = await world.organisation(owner);
  world.world.offsetMs += 60_000;
  const abroad = { ip: newIp(), userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/151.0' };
  await world.signIn(owner.email, GOOD_PASSWORD, abroad);
  await keepHouse(world.ports());
  const link = { token: world.linkToken(owner.email) };
  const heir = await join({ id: own.id, owner }, 'owner');
  const steppedDown = { method: 'PUT', body: { role: 'admin' } };
  expect((await as(owner, `/${own.id}/members/${owner.id}/role`, steppedDown)).ok).toBe(true);
  expect((await as(heir, `/${own.id}/members/${owner.id}`, { method: 'DELETE' })).ok).toBe(true);
  expect((await world.call('/v1/auth/not-me', { body: link })).status).toBe(204);
  expect((await as(owner, `/${own.id}`)).status).not.toBe(200);
  expect((await as(heir, `/${own.id}`)).status).toBe(200);
});

/** An organisation whose owner was warned of a session, of which the link is. */
async function warned(device: number) {
  const owner = await world.person(undefined, GOOD_PASSWORD);
  const own = await world.organisation(owner);
  world.world.offsetMs += 60_000;
  const abroad = { ip: newIp(), userAgent: `Mozilla/5.0 (Windows NT 10.0) Firefox/${device}.0` };
  const tokens = await parsed(await world.signIn(owner.email, GOOD_PASSWORD, abroad), tokensSchema);
  await keepHouse(world.ports());
  return { own: { id: own.id, owner: { ...owner, tokens } }, link: { token: world.linkToken(owner.email) } };
}
const rolesIn = async (organisationId: string, people: readonly Person[]): Promise<(string | null)[]> =>
  Promise.all(
    people.map(({ id }) =>
      world.env.AUTH_DB.prepare(
        'SELECT role FROM organisation_members WHERE organisation_id = ? AND account_id = ?',
      )
        .bind(organisationId, id)
        .first<string>('role'),
    ),
  );
const handOver = async (id: string, from: Person, to: Person): Promise<void> => {
  const answer = await as(from, `/${id}/hand-over`, { body: { accountId: to.id } });
  expect(answer.ok).toBe(true);
};

it('“not me” works whatever was handed to and fro by those a stolen session brought in', async () => {
  const { own, link } = await warned(161);
  const accomplice = await join(own, 'admin');
  await handOver(own.id, own.owner, accomplice);
  await handOver(own.id, accomplice, own.owner);
  expect((await world.call('/v1/auth/not-me', { body: link })).status).toBe(204);
  expect(await rolesIn(own.id, [own.owner, accomplice])).toEqual(['owner', null]);
  expect((await world.signIn(own.owner.email, GOOD_PASSWORD, { ip: newIp() })).status).toBe(401);
});

it('“not me” gives no organisation back that its owner handed over', async () => {
  const { own, link } = await warned(162);
  const buyer = await join(own, 'admin');
  await handOver(own.id, own.owner, buyer);
  expect((await as(buyer, `/${own.id}/members/${own.owner.id}`, { method: 'DELETE' })).ok).toBe(true);
  expect((await world.call('/v1/auth/not-me', { body: link })).status).toBe(204);
  expect(await rolesIn(own.id, [own.owner, buyer])).toEqual([null, 'owner']);
});

it('“not me” leaves it to another owner from before whether somebody comes back', async () => {
  const first = await world.person(undefined, GOOD_PASSWORD);
  const organisation = await world.organisation(first);
  const colleague = await join(organisation, 'owner');
  world.world.offsetMs += 60_000;
  const abroad = { ip: newIp(), userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/163.0' };
  const tokens = await parsed(await world.signIn(first.email, GOOD_PASSWORD, abroad), tokensSchema);
  await keepHouse(world.ports());
  const link = { token: world.linkToken(first.email) };
  const puppet = await join({ id: organisation.id, owner: { ...first, tokens } }, 'owner');
  expect((await as(puppet, `/${organisation.id}/members/${first.id}`, { method: 'DELETE' })).ok).toBe(true);
  expect((await world.call('/v1/auth/not-me', { body: link })).status).toBe(204);
  expect(await rolesIn(organisation.id, [first, colleague])).toEqual([null, 'owner']);
});

it('“not me” takes what those brought in made, keys above all, and says in the audit log who left', async () => {
  const { own, link } = await warned(164);
  const accomplice = await join(own, 'admin');
  const body = { name: 'ERP', scopes: ['orders.read'] };
  const { key } = await parsed(
    await as(accomplice, `/${own.id}/api-keys`, { body }),
    newOrganisationKeySchema,
  );
  expect((await world.call('/v1/auth/not-me', { body: link })).status).toBe(204);
  expect(await exchangeApiKey(world.ports(), key)).toBeNull();
  const said = await world.env.AUTH_DB.prepare(
    `SELECT detail FROM audit_log WHERE subject = ? AND action = 'account.disowned_sign_in' AND outcome = 'success'`,
  )
    .bind(own.owner.id)
    .first<string>('detail');
  expect(JSON.parse(said ?? '{}')).toMatchObject({
    takenOut: [{ organisationId: own.id, accountId: accomplice.id }],
    organisationKeys: 1,
  });
});
