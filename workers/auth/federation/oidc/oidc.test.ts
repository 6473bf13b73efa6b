import { decodeJwt } from 'jose';
import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { identityListSchema, arrivedSchema } from '#shared/contracts/http/federation.ts';
import { totpSetUpSchema } from '#shared/contracts/http/auth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { keepHouse } from '../../usecases/housekeeping.ts';
import { GOOD_PASSWORD, parsed } from '../../testing/harness.ts';
import { federationWorld, tokensOf, travel } from '../testing/federation-world.ts';

beforeAll(migrateDatabases);
const world = federationWorld();
const issuer = inject('oidcIssuer');
let serial = 0;
/** A person at the provider that no other test knows. */
const newPerson = (): string => `person-${(serial += 1)}-${crypto.randomUUID().slice(0, 8)}`;
const addressOf = (person: string): string => `${person}@people.test`;

const connected = (settings: object = {}, rest: object = {}) =>
  world.connect({
    kind: 'oidc',
    name: 'People',
    secret: 'a secret of the provider',
    settings: { issuer, clientId: 'tradepost', ...settings },
    ...rest,
  });

type Browser = ReturnType<typeof world.newBrowser>;
/** Goes to the provider as this person and comes back with its answer. */
async function atProvider(location: URL, person: string): Promise<string> {
  location.searchParams.set('login_hint', person);
  return (await travel(location)).search.slice(1);
}
async function signIn(connectionId: string, person: string, browser: Browser = world.newBrowser()) {
  const location = await browser.begin(connectionId, { returnTo: '/orders?x=1' });
  return browser.finish(connectionId, await atProvider(location, person));
}

describe('signing in by a real OpenID Connect provider', () => {
  it('makes an account at the first time and finds it again at the next, by issuer and subject', async () => {
    const { id } = await connected();
    const person = newPerson();
    const first = await signIn(id, person);
    const { returnTo } = await parsed(first.clone(), arrivedSchema);
    expect(returnTo).toBe('/orders?x=1');
    const made = await tokensOf(first);
    expect(made.user).toMatchObject({ email: addressOf(person), roles: ['customer'] });
    expect(decodeJwt(made.accessToken)).toMatchObject({ amr: ['fed'], acr: 'urn:tradepost:acr:1' });
    const again = await tokensOf(await signIn(id, person));
    expect(again.user).toEqual(made.user);
    const listed = await parsed(
      await world.call('/v1/auth/identities', { token: again.accessToken }),
      identityListSchema,
    );
    expect(listed.items).toMatchObject([{ connection: { id, name: 'People' }, label: addressOf(person) }]);
  });

  it('keeps no word of who somebody is there in the clear', async () => {
    const { id } = await connected();
    const person = newPerson();
    await tokensOf(await signIn(id, person));
    const { results } = await world.env.AUTH_DB.prepare('SELECT * FROM identities WHERE connection_id = ?')
      .bind(id)
      .all();
    expect(results).toHaveLength(1);
    expect(JSON.stringify(results)).not.toContain(person);
    const row = await world.env.AUTH_DB.prepare('SELECT * FROM connections WHERE id = ?').bind(id).first();
    expect(JSON.stringify(row)).not.toContain('a secret of the provider');
  });

  it('counts once, in the browser that began, at the connection it began with', async () => {
    const { id } = await connected();
    const other = await connected();
    const [person, browser, stranger] = [newPerson(), world.newBrowser(), world.newBrowser()];
    const answer = await atProvider(await browser.begin(id), person);
    expect((await stranger.finish(id, answer)).status).toBe(410);
    expect((await browser.finish(other.id, answer)).status).toBe(410);
    const tries = await Promise.all(Array.from({ length: 10 }, () => browser.finish(id, answer)));
    expect(tries.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(tries.filter(({ status }) => status === 410)).toHaveLength(9);
  });

  it('waits ten minutes for it, no longer', async () => {
    const { id } = await connected();
    const browser = world.newBrowser();
    const answer = await atProvider(await browser.begin(id), newPerson());
    world.world.offsetMs += 10 * 60_000;
    expect((await browser.finish(id, answer)).status).toBe(410);
    world.world.offsetMs -= 10 * 60_000;
  });

  it('asks for state, nonce and PKCE by S256, differently each time', async () => {
    const { id } = await connected();
    const browser = world.newBrowser();
    const [one, other] = [await browser.begin(id), await browser.begin(id)];
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(one.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      expect(one.searchParams.get(name)).not.toBe(other.searchParams.get(name));
    }
    expect(one.searchParams.get('code_challenge_method')).toBe('S256');
    expect(one.searchParams.get('redirect_uri')).toBe(`https://shop.test/sign-in/callback/${id}`);
  });

  it('is refused by somebody who changes their mind there, and is written down', async () => {
    const { id } = await connected();
    expect((await signIn(id, 'nobody')).status).toBe(403);
    expect(await world.lastReason(id)).toBe('denied');
  });

  it('makes no account for an address nobody vouches for, whether or not it has one here', async () => {
    const { id } = await connected();
    const person = `unproven-${newPerson()}`;
    const unknown = await signIn(id, person);
    await world.newAccount({ email: addressOf(person) });
    const known = await signIn(id, person);
    const told = async (answer: Response) => {
      const { requestId: _, ...body } = await answer.json<Record<string, unknown>>();
      return body;
    };
    expect([unknown.status, await told(unknown)]).toEqual([known.status, await told(known)]);
    expect(unknown.status).toBe(403);
  });

  it('makes none where a connection is for those who are known', async () => {
    const { id } = await connected({ signUp: false });
    expect((await signIn(id, newPerson())).status).toBe(403);
    expect(await world.lastReason(id)).toBe('no_sign_up');
  });

  it('believes addresses of its own domains alone, where it is told to', async () => {
    const domain = `${crypto.randomUUID()}.test`;
    const own = await connected({ emails: 'of_domains' }, { domains: [domain] });
    expect((await signIn(own.id, newPerson())).status).toBe(403);
    expect(await world.lastReason(own.id)).toBe('address_unproven');
  });

  it('ends with the connection: disabled it signs nobody in, and the identity waits', async () => {
    const connection = await connected();
    const person = newPerson();
    const browser = world.newBrowser();
    await tokensOf(await signIn(connection.id, person));
    const answer = await atProvider(await browser.begin(connection.id), person);
    const set = async (status: 'active' | 'disabled') => {
      const body = {
        kind: 'oidc',
        name: 'People',
        status,
        settings: { issuer, clientId: 'tradepost' },
      };
      const path = `/v1/auth/connections/${connection.id}`;
      const token = await world.adminToken();
      return world.call(path, { method: 'PUT', body, token, headers: { 'if-match': '*' } });
    };
    expect((await set('disabled')).status).toBe(200);
    expect((await browser.start(connection.id)).status).toBe(404);
    expect((await browser.finish(connection.id, answer)).status).toBe(404);
    expect((await set('active')).status).toBe(200);
    await tokensOf(await signIn(connection.id, person));
  });
});

describe('the second factor', () => {
  it('is asked for after the provider, unless the connection takes its word for it', async () => {
    const plain = await connected();
    const strong = await connected({ secondFactor: ['urn:people:two-factors'] });
    const person = newPerson();
    const { accessToken: token } = await tokensOf(await signIn(plain.id, person));
    const { secret } = await parsed(
      await world.call('/v1/auth/totp', { method: 'POST', token }),
      totpSetUpSchema,
    );
    const codeAt = (timestamp: number) => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp });
    await world.call('/v1/auth/totp/confirm', { token, body: { code: codeAt(world.clock.now() - 30_000) } });
    const { signedIn } = await arrivedSignIn(await signIn(plain.id, person));
    if (!('challengeId' in signedIn)) throw new Error('a session without the second factor');
    const body = { challengeId: signedIn.challengeId, code: codeAt(world.clock.now()) };
    const done = await world.call('/v1/auth/sign-in/second-factor', { body });
    const opened = await done.json<{ accessToken: string }>();
    expect(decodeJwt(opened.accessToken)).toMatchObject({
      amr: ['fed', 'otp', 'mfa'],
      acr: 'urn:tradepost:acr:2',
    });
    await link(strong.id, person, opened.accessToken);
    const arrived = await tokensOf(await signIn(strong.id, person));
    expect(decodeJwt(arrived.accessToken)).toMatchObject({ acr: 'urn:tradepost:acr:2' });
  });
});

const arrivedSignIn = async (response: Response) => {
  const arrived = await parsed(response, arrivedSchema);
  if (arrived.status !== 'signed_in') throw new Error('not signed in');
  return arrived;
};

async function link(connectionId: string, person: string, token: string): Promise<Response> {
  const browser = world.newBrowser();
  const location = await browser.begin(connectionId, { purpose: 'link' }, { token });
  return browser.finish(connectionId, await atProvider(location, person), { token });
}

describe('an identity', () => {
  it('is never linked to an account for having the same address: its owner signs in to that and links it', async () => {
    const { id } = await connected();
    const person = newPerson();
    const { tokens } = await world.newAccount({ email: addressOf(person) });
    expect((await signIn(id, person)).status).toBe(409);
    expect(await world.lastReason(id)).toBe('address_taken');
    const linked = await parsed(await link(id, person, tokens.accessToken), arrivedSchema);
    expect(linked.status).toBe('linked');
    expect((await tokensOf(await signIn(id, person))).user.id).toBe(tokens.user.id);
    const told = world.world.mails.filter(({ to }) => to === addressOf(person));
    expect(told.some(({ text }) => text.includes('Another provider was linked'))).toBe(true);
  });

  it('is linked in a fresh session of the account that asked alone, after a fresh sign-in at the provider', async () => {
    const { id } = await connected();
    const [person, browser] = [newPerson(), world.newBrowser()];
    const owner = await world.newAccount();
    const other = await world.newAccount();
    expect((await browser.start(id, { purpose: 'link' })).status).toBe(401);
    const token = owner.tokens.accessToken;
    const location = await browser.begin(id, { purpose: 'link' }, { token });
    expect(location.searchParams.get('prompt')).toBe('login');
    expect(location.searchParams.get('max_age')).toBe('300');
    const answer = await atProvider(location, person);
    const stolen = await browser.finish(id, answer, { token: other.tokens.accessToken });
    expect(stolen.status).toBe(410);
    const second = await atProvider(await browser.begin(id, { purpose: 'link' }, { token }), person);
    expect((await browser.finish(id, second)).status).toBe(401);
    world.world.offsetMs += 16 * 60_000;
    const { accessToken: old } = await (
      await world.refresh(owner.tokens.refreshToken)
    ).json<{
      accessToken: string;
    }>();
    const stale = await browser.start(id, { purpose: 'link' }, { token: old });
    expect(await stale.json()).toMatchObject({ type: '/problems/step-up-required' });
    world.world.offsetMs -= 16 * 60_000;
  });

  it('that was linked after a warning is taken back by “not me”', async () => {
    const { id } = await connected();
    const person = newPerson();
    const { tokens, email, ip } = await world.newAccount();
    // A sign-in from a device nobody knows warns the owner.
    await world.signIn(email, GOOD_PASSWORD, { ip, userAgent: 'Another/1' });
    await keepHouse(world.ports());
    const warning = world.world.mails.findLast(({ to, text }) => to === email && text.includes('/not-me'));
    const token = /token=([\w-]+)/.exec(warning?.text ?? '')?.[1] ?? '';
    expect((await link(id, person, tokens.accessToken)).status).toBe(200);
    expect((await world.call('/v1/auth/not-me', { body: { token } })).status).toBe(204);
    const stranger = await tokensOf(await signIn(id, person));
    expect(stranger.user.id).not.toBe(tokens.user.id);
  });

  it('that is somebody’s stays theirs', async () => {
    const { id } = await connected();
    const person = newPerson();
    const mine = await tokensOf(await signIn(id, person));
    const { tokens } = await world.newAccount();
    expect((await link(id, person, tokens.accessToken)).status).toBe(409);
    expect((await tokensOf(await signIn(id, person))).user.id).toBe(mine.user.id);
  });

  it('can be unlinked while another way in remains, not by others, and never as the last', async () => {
    const { id } = await connected();
    const person = newPerson();
    const { accessToken: token, user } = await tokensOf(await signIn(id, person));
    const listed = await parsed(await world.call('/v1/auth/identities', { token }), identityListSchema);
    const path = `/v1/auth/identities/${listed.items[0]?.id ?? ''}`;
    const stranger = (await world.newAccount()).tokens.accessToken;
    expect((await world.call(path, { method: 'DELETE', token: stranger })).status).toBe(404);
    expect((await world.call(path, { method: 'DELETE', token })).status).toBe(409);
    await world.call('/v1/auth/password', { body: { newPassword: GOOD_PASSWORD }, token });
    expect((await world.call('/v1/auth/password', { method: 'DELETE', token })).status).toBe(204);
    await world.call('/v1/auth/password', { body: { newPassword: GOOD_PASSWORD }, token });
    const opened = await tokensOf(await signIn(id, person));
    expect((await world.call(path, { method: 'DELETE', token })).status).toBe(204);
    expect((await world.refresh(opened.refreshToken)).status, 'what it opened ends with it').toBe(401);
    expect((await signIn(id, person)).status).toBe(409);
    expect((await world.signIn(user.email, GOOD_PASSWORD)).status).toBe(200);
  });
});

describe('an address', () => {
  it('leads to the provider of its domain, whether or not it has an account', async () => {
    const domain = `${crypto.randomUUID()}.example`;
    const { id } = await connected({}, { domains: [domain] });
    const { email } = await world.newAccount({ email: `known@${domain}` });
    const routed = async (address: string) =>
      (await world.call('/v1/auth/federation/route', { body: { email: address } })).json();
    const there = { connection: { id, name: 'People', kind: 'oidc' } };
    expect(await routed(email)).toEqual(there);
    expect(await routed(`unknown@${domain}`)).toEqual(there);
    expect(await routed('anybody@elsewhere.example')).toEqual({ connection: null });
  });
});
