import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import {
  connectionListSchema,
  connectionTestSchema,
  organisationDomainListSchema,
  organisationDomainSchema,
  overviewSchema,
  samlMetadataSchema,
} from '#shared/contracts/http/federation.ts';
import { organisationSchema, recoveryCodesSchema, totpSetUpSchema } from '#shared/contracts/http/auth.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import type { Organisation, Person } from '../organisations/testing.ts';
import { callerOf } from '../privacy/caller.ts';
import { GOOD_PASSWORD, parsed } from '../testing/harness.ts';
import { keepHouse } from '../usecases/housekeeping.ts';
import { openSession } from '../usecases/open-session.ts';
import { federatedAmr } from '../usecases/proof.ts';
import { atSamlProvider, tokensOf, travel } from './testing/federation-world.ts';
import { organisationProviders } from './testing/organisation-world.ts';
import { signingPair } from './testing/self-signed.ts';

beforeAll(migrateDatabases);
const world = organisationProviders();
const { as, organisation, proven, connected, put } = world;
const issuer = inject('oidcIssuer');

/** A connection to the real provider, which names people by whatever address they type there. */
const oidc = (domains: string[], settings: object = {}, rest: object = {}) => ({
  kind: 'oidc' as const,
  name: 'Our people',
  domains,
  secret: 'a secret of the provider',
  settings: {
    issuer,
    clientId: 'tradepost',
    mapping: { email: 'sub', emailVerified: 'email_verified' },
    emails: 'of_domains' as const,
    ...settings,
  },
  ...rest,
});

async function signIn(
  connectionId: string,
  address: string,
  link?: Person,
  challengeId?: string,
): Promise<Response> {
  const browser = world.newBrowser();
  const token = link === undefined ? {} : { token: link.tokens.accessToken };
  const purpose = link === undefined ? 'sign_in' : 'link';
  const location = await browser.begin(connectionId, { purpose, challengeId }, token);
  location.searchParams.set('login_hint', address);
  return browser.finish(connectionId, (await travel(location)).search.slice(1), token);
}

const routed = async (email: string): Promise<unknown> =>
  (await (await world.call('/v1/auth/federation/route', { body: { email } })).json<{ connection: unknown }>())
    .connection;

/** As what somebody is in an organisation; 404: nothing. */
const standing = async (who: Person, { id }: Organisation): Promise<string | number> => {
  const answer = await as(who, `/${id}`);
  return answer.ok ? (await parsed(answer, organisationSchema)).role : answer.status;
};
const personOf = async (answer: Response): Promise<Person> => {
  const tokens = await tokensOf(answer);
  return { email: tokens.user.email, id: tokens.user.id, tokens };
};

/** The time a test needs to pass; what everybody else sees comes back with it. */
async function later<Value>(ms: number, run: () => Promise<Value>): Promise<Value> {
  world.world.offsetMs += ms;
  try {
    return await run();
  } finally {
    world.world.offsetMs -= ms;
  }
}

describe('an organisation’s own provider', () => {
  it('leads nobody anywhere before a domain is proven, then signs its people in as members', async () => {
    const org = await organisation();
    const domain = world.newDomain();
    const early = await world.add(org, oidc([domain]));
    expect(await early.json()).toMatchObject({ errors: [{ pointer: '/domains/0' }] });
    const connection = await connected(org, oidc([], { emails: 'never' }));
    expect((await world.newBrowser().start(connection.id)).status).toBe(404);

    const record = await world.claimed(org, domain);
    expect(record.name).toBe(`_tradepost-challenge.${domain}`);
    expect(await routed(`ann@${domain}`)).toBeNull();
    const held = await parsed(await world.verify(org, domain), organisationDomainSchema);
    expect(held.verifiedAt).not.toBeNull();
    const named = await put(org, connection, oidc([domain], { joinAs: 'buyer' }));
    expect(named.status).toBe(200);
    expect(await routed(`ann@${domain}`)).toMatchObject({ id: connection.id });

    const ann = await personOf(await signIn(connection.id, `ann@${domain}`));
    expect(ann.email).toBe(`ann@${domain}`);
    expect(await standing(ann, org)).toBe('buyer');
    expect(ann.tokens.refreshExpiresIn).toBeLessThanOrEqual(12 * 3_600);
    expect((await personOf(await signIn(connection.id, `ann@${domain}`))).id).toBe(ann.id);
    const works = await as(org.owner, `/${org.id}/connections/${connection.id}/test`, { method: 'POST' });
    expect((await parsed(works, connectionTestSchema)).works).toBe(true);
  });

  it('vouches for addresses of its domains alone, and never takes an account that is there', async () => {
    const org = await organisation();
    const domain = await proven(org);
    const { id } = await connected(org, oidc([domain], { joinAs: 'member' }));
    for (const address of [`ann@sub.${domain}`, `ann@${world.newDomain()}`, `ann@${domain}.evil.test`]) {
      expect((await signIn(id, address)).status).toBe(403);
      expect(await world.lastReason(id)).toBe('address_unproven');
    }
    const carl = await world.person(`carl@${domain}`, GOOD_PASSWORD);
    const overview = await world.call('/v1/auth/overview', { token: carl.tokens.accessToken });
    const { linkable, me } = await parsed(overview, overviewSchema);
    expect([me.email, linkable]).toEqual([
      carl.email,
      [{ id, name: 'Our people', kind: 'oidc', ofOrganisation: true }],
    ]);
    expect((await signIn(id, carl.email)).status).toBe(409);
    expect(await standing(carl, org)).toBe(404);
    expect((await signIn(id, carl.email, carl)).status).toBe(200);
    expect(await standing(carl, org)).toBe('member');
    expect((await personOf(await signIn(id, carl.email))).id).toBe(carl.id);
  });

  it('brings nobody back whom the organisation removed, and goes with the organisation', async () => {
    const org = await organisation();
    const domain = await proven(org);
    const { id } = await connected(org, oidc([domain], { joinAs: 'member' }));
    const ann = await personOf(await signIn(id, `ann@${domain}`));
    await as(org.owner, `/${org.id}/members/${ann.id}`, { method: 'DELETE' });
    const again = await personOf(await signIn(id, `ann@${domain}`));
    expect([again.id, await standing(again, org)]).toEqual([ann.id, 404]);
    expect((await as(org.owner, `/${org.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await world.newBrowser().start(id)).status).toBe(404);
    expect(await routed(`ann@${domain}`)).toBeNull();
  });

  it('brings nobody back whom the organisation removed by linking its provider once more', async () => {
    const org = await organisation();
    const domain = await proven(org);
    const { id } = await connected(org, oidc([domain], { joinAs: 'member' }));
    const carl = await world.person(`carl@${domain}`, GOOD_PASSWORD);
    const link = async (): Promise<string> => {
      const answer = await signIn(id, `carl@${domain}`, carl);
      const told = await answer.json<{ identity?: { id: string } }>();
      return told.identity?.id ?? `${answer.status}`;
    };
    const linked = await link();
    expect(await standing(carl, org)).toBe('member');
    await as(org.owner, `/${org.id}/members/${carl.id}`, { method: 'DELETE' });
    const token = carl.tokens.accessToken;
    expect((await world.call(`/v1/auth/identities/${linked}`, { method: 'DELETE', token })).status).toBe(204);
    expect(await link()).toMatch(/^idn_/);
    expect(await standing(carl, org)).toBe(404);
  });

  /** Closes an account for good, so that its address is nobody's. */
  async function erased({ id, email }: Person): Promise<void> {
    const { accounts, commit, emailIndex, privacy, clock } = world.ports();
    const nobody = { id, emailIndex: `none ${id}`, emailSealed: 'none', passkeyHandle: `none ${id}` };
    await commit([
      ...privacy.rows.eraseTraces(id, emailIndex.all(email)),
      ...accounts.erase({ ...nobody, now: clock.now() }),
    ]);
  }

  it('brings nobody back whom the organisation removed as another account, before they are invited', async () => {
    const org = await organisation();
    const domain = await proven(org);
    const { id } = await connected(org, oidc([domain], { joinAs: 'member' }));
    const address = `ann@${domain}`;
    const ann = await personOf(await signIn(id, address));
    await as(org.owner, `/${org.id}/members/${ann.id}`, { method: 'DELETE' });
    await erased(ann);
    const kept = () =>
      world.env.AUTH_DB.prepare(
        `SELECT count(*) AS marks, count(email_sealed) + count(identity_sealed) AS named
         FROM removed_members WHERE organisation_id = ?`,
      )
        .bind(org.id)
        .first();
    expect(await kept()).toEqual({ marks: 1, named: 0 });

    const again = await personOf(await signIn(id, address));
    expect(again.id).not.toBe(ann.id);
    expect(await standing(again, org)).toBe(404);
    await world.join(org, 'buyer', again);
    expect(await standing(again, org)).toBe('buyer');
    expect(await kept()).toEqual({ marks: 0, named: 0 });
    expect(await standing(await personOf(await signIn(id, `bob@${domain}`)), org)).toBe('member');
  });

  it('knows whom the organisation removed by who they are there, whatever their address is now', async () => {
    const org = await organisation();
    const domain = await proven(org);
    const { id } = await connected(org, oidc([domain], { joinAs: 'member' }));
    const carl = await world.person(undefined, GOOD_PASSWORD);
    expect((await signIn(id, `carl@${domain}`, carl)).status).toBe(200);
    expect(await standing(carl, org)).toBe('member');
    await as(org.owner, `/${org.id}/members/${carl.id}`, { method: 'DELETE' });
    await erased(carl);
    const other = await world.person(undefined, GOOD_PASSWORD);
    expect((await signIn(id, `carl@${domain}`, other)).status).toBe(200);
    expect(await standing(other, org)).toBe(404);
  });

  it.each(['unlinked it', 'lost it with the provider', 'left by themselves'])(
    'knows whom the organisation removed by who they were there: of somebody who %s before',
    async (how) => {
      const org = await organisation();
      const domain = await proven(org);
      const first = await connected(org, oidc([domain], { joinAs: 'member' }));
      const carl = await world.person(undefined, GOOD_PASSWORD);
      const answer = await signIn(first.id, `carl@${domain}`, carl);
      const told = await answer.json<{ identity: { id: string } }>();
      expect(await standing(carl, org)).toBe('member');
      const loses = how === 'lost it with the provider';
      const [path, token] = loses
        ? [`/v1/auth/organisations/${org.id}/connections/${first.id}`, org.owner.tokens.accessToken]
        : [`/v1/auth/identities/${told.identity.id}`, carl.tokens.accessToken];
      expect((await world.call(path, { method: 'DELETE', token })).status).toBe(204);
      const isRemoved = how !== 'left by themselves';
      const gone = isRemoved
        ? await as(org.owner, `/${org.id}/members/${carl.id}`, { method: 'DELETE' })
        : await as(carl, `/${org.id}/leave`, { method: 'POST' });
      expect(gone.status).toBe(204);
      const { id } = loses ? await connected(org, oidc([domain], { joinAs: 'member' })) : first;
      const other = await world.person(undefined, GOOD_PASSWORD);
      expect((await signIn(id, `carl@${domain}`, other)).status).toBe(200);
      expect(await standing(other, org)).toBe(isRemoved ? 404 : 'member');
    },
  );

  it('opens neither its owners’ accounts nor those of staff: its administrators could be anybody by it', async () => {
    const org = await organisation();
    const domain = await proven(org);
    const { id } = await connected(org, oidc([domain], { joinAs: 'member' }));
    expect((await signIn(id, `own@${domain}`, org.owner)).status).toBe(403);
    const ann = await personOf(await signIn(id, `ann@${domain}`));
    const body = { role: 'owner' };
    await as(org.owner, `/${org.id}/members/${ann.id}/role`, { method: 'PUT', body });
    expect((await signIn(id, `ann@${domain}`)).status).toBe(403);
    expect(await world.lastReason(id)).toBe('owner');
    expect((await world.refresh(ann.tokens.refreshToken)).status, 'nor a session from before').toBe(401);

    const bob = await personOf(await signIn(id, `bob@${domain}`));
    const { tokens } = await world.newAdministrator();
    const promoted = await world.call(`/v1/auth/accounts/${bob.id}/roles`, {
      method: 'PUT',
      token: tokens.accessToken,
      body: { roles: ['support'] },
    });
    expect(promoted.status).toBe(200);
    expect((await world.refresh(bob.tokens.refreshToken)).status).toBe(401);
    expect((await signIn(id, `bob@${domain}`)).status).toBe(403);
    expect(await world.lastReason(id)).toBe('staff');
  });

  it.each<[string, (account: Person, org: Organisation) => Promise<Response>]>([
    [
      'staff',
      async ({ id }) => {
        const { tokens } = await world.newAdministrator();
        const path = `/v1/auth/accounts/${id}/roles`;
        return world.call(path, {
          method: 'PUT',
          token: tokens.accessToken,
          body: { roles: ['customer', 'support'] },
        });
      },
    ],
    [
      'an owner',
      ({ id }, org) =>
        as(org.owner, `/${org.id}/members/${id}/role`, { method: 'PUT', body: { role: 'owner' } }),
    ],
  ])('opens no session for somebody who becomes %s while they sign in', async (_what, promote) => {
    const org = await organisation();
    const domain = await proven(org);
    const { id } = await connected(org, oidc([domain], { joinAs: 'member' }));
    const ann = await personOf(await signIn(id, `ann@${domain}`));
    const ports = world.ports();
    const account = await ports.accounts.byId(ann.id);
    if (account === null) throw new Error('nobody signed up');
    let isPromoted = false;
    const commit: typeof ports.commit = async (writes) => {
      isPromoted ||= (await promote(ann, org)).ok;
      return ports.commit(writes);
    };
    const opened = await openSession({ ...ports, commit }, callerOf('req_1'), {
      account,
      amr: federatedAmr(false),
      connectionId: id,
      writes: [],
      audit: { action: 'sign_in', factor: 'federation', detail: {} },
    });
    expect([opened, isPromoted]).toEqual([null, true]);
    expect(await ports.sessions.listLive(ann.id, ports.clock.now(), 10)).toEqual([]);
  });

  it('may be SAML: by its metadata, and through a change of its certificate', async () => {
    const org = await organisation();
    const domain = await proven(org);
    const url = `${inject('samlIdp')}/metadata`;
    const told = await parsed(
      await as(org.owner, `/${org.id}/saml-metadata`, { body: { url } }),
      samlMetadataSchema,
    );
    const { certificate: before } = await signingPair('old.people.test');
    const saml = (certificates: string[]) => ({
      kind: 'saml' as const,
      name: 'Our people',
      domains: [domain],
      settings: { ...told, certificates, mapping: { email: null }, joinAs: 'member' as const },
    });
    const connection = await connected(org, saml([before]));
    const arrive = async () => {
      const browser = world.newBrowser();
      const location = await browser.begin(connection.id);
      return browser.finish(connection.id, await atSamlProvider(location, connection, `sam@${domain}`));
    };
    expect((await arrive()).status).toBe(403);
    expect(await world.lastReason(connection.id)).toBe('signature');
    expect((await put(org, connection, saml([before, ...told.certificates]))).status).toBe(200);
    const sam = await personOf(await arrive());
    expect([sam.email, await standing(sam, org)]).toEqual([`sam@${domain}`, 'member']);
    expect((await put(org, { ...connection, version: 2 }, saml(told.certificates))).status).toBe(200);
    expect((await personOf(await arrive())).id).toBe(sam.id);
  });

  it('is for its administrators with a sign-in of a moment ago, and for nobody else’s', async () => {
    const org = await organisation();
    const other = await organisation();
    const domain = await proven(org);
    const { id, version } = await connected(org, oidc([domain]));
    const admin = await world.join(org, 'admin');
    const buyer = await world.join(org, 'buyer');
    const listed = await parsed(await as(admin, `/${org.id}/connections`), connectionListSchema);
    expect(listed.items.map((each) => each.id)).toEqual([id]);
    expect((await as(buyer, `/${org.id}/connections`)).status).toBe(403);
    expect((await world.claim(org, world.newDomain(), buyer)).status).toBe(403);
    expect((await world.claim(org, world.newDomain(), other.owner)).status).toBe(404);
    expect((await as(other.owner, `/${other.id}/connections/${id}`)).status).toBe(404);
    expect((await put(other, { id, version }, oidc([]))).status).toBe(404);
    const gone = await as(other.owner, `/${other.id}/connections/${id}`, { method: 'DELETE' });
    expect(gone.status).toBe(404);
    const elsewhere = { ...oidc([domain], { issuer: 'https://evil.test' }), secret: undefined };
    expect(await (await put(org, { id, version }, elsewhere, admin)).json()).toMatchObject({
      errors: [{ pointer: '/secret' }],
    });
    for (const [input, pointer] of [
      [oidc([domain], { emails: 'verified' }), '/settings/emails'],
      [oidc([domain], { secondFactor: ['mfa'] }), '/settings/secondFactor'],
      [oidc([domain], {}, { listed: true }), '/listed'],
      [oidc([domain], {}, { name: 'https://evil.test' }), '/name'],
      [oidc([], { enforced: true }), '/settings/enforced'],
    ] as const) {
      expect(await (await world.add(org, input, admin)).json()).toMatchObject({ errors: [{ pointer }] });
    }
    await later(16 * 60_000, async () => {
      const stale = await world.renewed(admin);
      const refused = await world.claim(org, world.newDomain(), stale);
      expect(await refused.json()).toMatchObject({ type: '/problems/step-up-required' });
      expect((await as(stale, `/${org.id}/domains`)).status).toBe(200);
    });
  });
});

describe('a provider that members have to use', () => {
  it('refuses every other way in, ends what was open, and leaves owners theirs', async () => {
    const org = await organisation(await world.person(undefined, GOOD_PASSWORD));
    const domain = await proven(org);
    const eve = await world.person(`eve@${domain}`, GOOD_PASSWORD);
    await world.join(org, 'buyer', eve);
    const guest = await world.person(undefined, GOOD_PASSWORD);
    await world.join(org, 'member', guest);
    const appOwner = await withApp(await world.person(`app@${domain}`, GOOD_PASSWORD));
    await world.join(org, 'member', appOwner);
    const connection = await connected(org, oidc([domain]));
    expect((await signIn(connection.id, eve.email, eve)).status).toBe(200);
    const byProvider = await personOf(await signIn(connection.id, eve.email));

    const enforced = await put(org, connection, oidc([domain], { enforced: true }));
    expect(enforced.status).toBe(200);
    expect((await world.refresh(eve.tokens.refreshToken)).status).toBe(401);
    expect((await world.refresh(byProvider.tokens.refreshToken)).status).toBe(200);
    expect((await world.refresh(org.owner.tokens.refreshToken)).status).toBe(200);

    const demanded = { status: 'provider_required', connection: { id: connection.id } };
    const byPassword = await world.signIn(eve.email, GOOD_PASSWORD);
    expect([byPassword.status, await byPassword.json()]).toMatchObject([200, demanded]);
    await world.call('/v1/auth/email-code', { body: { email: eve.email } });
    const mail = world.world.mails.findLast(({ to }) => to === eve.email);
    const code = /\b(\d{8})\b/.exec(mail?.text ?? '')?.[1];
    const byMail = await world.call('/v1/auth/email-code/sign-in', { body: { email: eve.email, code } });
    expect(await byMail.json()).toMatchObject(demanded);
    expect((await world.signIn(eve.email, 'not the password at all')).status).toBe(401);

    expect(await reaction(await begun(appOwner.email), { recoveryCode: 'wrong' })).toEqual([401, 401]);
    const recoveryCode = appOwner.recoveryCodes[0] ?? '';
    expect(await reaction(await begun(appOwner.email), { recoveryCode })).toEqual([200, 410]);
    expect(await reaction(await begun(appOwner.email), { recoveryCode })).toEqual([401, 401]);

    await tokensOf(await signIn(connection.id, eve.email));
    const late = await world.join(org, 'member', await world.person(`late@${domain}`, GOOD_PASSWORD));
    expect((await signIn(connection.id, late.email)).status).toBe(409);
    const { challengeId } = await (
      await world.signIn(late.email, GOOD_PASSWORD)
    ).json<{ challengeId: string }>();
    const misused = { challengeId, code: '123456' };
    expect((await world.call('/v1/auth/sign-in/second-factor', { body: misused })).status).toBe(410);
    expect((await signIn(connection.id, `other@${domain}`, undefined, challengeId)).status).toBe(403);
    const browser = world.newBrowser();
    const location = await browser.begin(connection.id, { challengeId });
    location.searchParams.set('login_hint', late.email);
    const back = (await travel(location)).search.slice(1);
    await world.call('/v1/auth/password-reset', { body: { email: late.email } });
    const reset = { token: world.linkToken(late.email), newPassword: GOOD_PASSWORD };
    expect((await world.call('/v1/auth/password-reset/confirm', { body: reset })).status).toBe(204);
    expect((await browser.finish(connection.id, back)).status, 'the password was another one').toBe(410);
    const shown = await begun(late.email);
    expect((await personOf(await signIn(connection.id, late.email, undefined, shown))).id).toBe(late.id);
    expect((await personOf(await signIn(connection.id, late.email))).id).toBe(late.id);
    expect(await (await world.signIn(org.owner.email, GOOD_PASSWORD)).json()).toHaveProperty('accessToken');
    expect(await (await world.signIn(guest.email, GOOD_PASSWORD)).json()).toHaveProperty('accessToken');
    const path = `/${org.id}/connections/${connection.id}`;
    const owner = await world.renewed(await personFrom(org.owner.email));
    const open = await personOf(await signIn(connection.id, eve.email));
    expect((await as(owner, path, { method: 'DELETE' })).status).toBe(204);
    expect((await world.refresh(open.tokens.refreshToken)).status, 'what it opened').toBe(401);
    expect(await (await world.signIn(eve.email, GOOD_PASSWORD)).json()).toHaveProperty('accessToken');
  });

  /** What a code is answered, and the same challenge with it once more. */
  async function reaction(challengeId: string, shown: object): Promise<number[]> {
    const answers: number[] = [];
    for (const _ of [1, 2]) {
      const body = { challengeId, ...shown };
      answers.push((await world.call('/v1/auth/sign-in/second-factor', { body })).status);
    }
    return answers;
  }
  const begun = async (email: string): Promise<string> =>
    (await (await world.signIn(email, GOOD_PASSWORD)).json<{ challengeId: string }>()).challengeId;

  async function withApp(who: Person): Promise<Person & { recoveryCodes: string[] }> {
    const token = who.tokens.accessToken;
    const { secret } = await parsed(
      await world.call('/v1/auth/totp', { method: 'POST', token }),
      totpSetUpSchema,
    );
    const code = TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: world.clock.now() });
    const confirmed = await world.call('/v1/auth/totp/confirm', { token, body: { code } });
    return { ...who, ...(await parsed(confirmed, recoveryCodesSchema)) };
  }

  async function personFrom(email: string): Promise<Person> {
    const tokens = await (await world.signIn(email, GOOD_PASSWORD)).json<Person['tokens']>();
    return { email, id: tokens.user.id, tokens };
  }
});

describe('a domain', () => {
  it.each([
    ['of mailboxes for everybody', 'GMail.com'],
    ['in letters that look like others', 'p\u0430ypal.com'],
    ['that is a whole country', 'uk'],
    ['that is an address', '192.0.2.1'],
    ['with a wildcard', '*.example.com'],
    ['that goes on', 'example.com/evil'],
  ])('%s is refused', async (_, domain) => {
    const org = await organisation();
    expect((await world.claim(org, domain)).status).toBe(422);
  });

  it('is proven by the organisation’s own record, at its own name, and by nothing else', async () => {
    const [org, other] = [await organisation(), await organisation()];
    const domain = world.newDomain();
    const theirs = await world.claimed(other, domain);
    await parsed(await world.claim(org, domain), organisationDomainSchema);
    expect((await world.verify(org, domain)).status).toBe(409);
    world.names.remove(theirs.name);

    const subdomain = await world.claimed(org, `mail.${domain}`);
    expect((await world.verify(org, domain)).status).toBe(409);
    const listed = await parsed(await as(org.owner, `/${org.id}/domains`), organisationDomainListSchema);
    const mine = listed.items.find((each) => each.domain === domain)?.record;
    world.names.put(domain, mine?.value ?? '');
    world.names.put(theirs.name, subdomain.value);
    world.names.put(theirs.name, mine?.value ?? '', 'wildcard.hosting.test');
    expect((await world.verify(org, domain)).status).toBe(409);
    world.names.fails(2);
    expect((await world.verify(org, domain)).status).toBe(502);
    world.names.fails(0);
    world.names.put(theirs.name, mine?.value ?? '');
    expect((await world.verify(org, domain)).status).toBe(200);

    const again = await as(org.owner, `/${org.id}/domains/${domain}`, { method: 'DELETE' });
    expect(again.status).toBe(204);
    await parsed(await world.claim(org, domain), organisationDomainSchema);
    expect((await world.verify(org, domain)).status).toBe(409);
  });

  it('is one organisation’s: of two at the same time one gets it, and the next owner of the domain takes it', async () => {
    const domain = world.newDomain();
    const orgs = [await organisation(), await organisation()] as const;
    const records = [await world.claimed(orgs[0], domain), await world.claimed(orgs[1], domain)];
    const tries = await Promise.all(orgs.map((org) => world.verify(org, domain)));
    expect(tries.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const [holder, other] = tries[0]?.status === 200 ? orgs : ([orgs[1], orgs[0]] as const);
    expect((await world.verify(other, domain)).status).toBe(409);
    const { id } = await connected(holder, oidc([domain], { joinAs: 'member' }));
    await personOf(await signIn(id, `ann@${domain}`));
    expect((await world.add(other, oidc([domain]))).status).toBe(422);

    world.names.remove(records[0]?.name ?? '');
    world.names.put(records[0]?.name ?? '', (other === orgs[0] ? records[0] : records[1])?.value ?? '');
    expect((await world.verify(other, domain)).status).toBe(200);
    expect((await world.newBrowser().start(id)).status).toBe(404);
    await keepHouse(world.ports());
    expect(world.mailsTo(holder.owner.email)).toContain(`${domain} is not proven any more`);
    const taken = await connected(other, oidc([domain]));
    expect(await routed(`ann@${domain}`)).toMatchObject({ id: taken.id });
  });

  it('lapses a week after its record was seen last, told to an owner at once, and is looked at each day', async () => {
    const org = await organisation();
    const domain = world.newDomain();
    const record = await world.claimed(org, domain);
    await parsed(await world.verify(org, domain), organisationDomainSchema);
    const { id } = await connected(org, oidc([domain]));
    await later(6 * DAY_MS, () => keepHouse(world.ports()));
    world.names.remove(record.name);
    await later(10 * DAY_MS, async () => {
      await keepHouse(world.ports());
      await keepHouse(world.ports());
      expect(await routed(`ann@${domain}`)).toMatchObject({ id });
    });
    await later(12 * DAY_MS, () => keepHouse(world.ports()));
    const missing = `The record of ${domain} is missing`;
    expect(world.mailsTo(org.owner.email).filter((subject) => subject === missing)).toHaveLength(1);
    // Whether or not anybody looks.
    await later(13 * DAY_MS + 1, async () => expect(await routed(`ann@${domain}`)).toBeNull());
    await later(14 * DAY_MS, () => keepHouse(world.ports()));
    expect(world.mailsTo(org.owner.email)).toContain(`${domain} is not proven any more`);
    const listed = await parsed(await as(org.owner, `/${org.id}/domains`), organisationDomainListSchema);
    expect(listed.items).toMatchObject([{ domain, verifiedAt: null, verifiedUntil: null }]);
  });
});
