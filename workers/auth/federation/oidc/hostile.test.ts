import { exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectionTestSchema, startedSchema } from '#shared/contracts/http/federation.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../../env.ts';
import { authWorld, parsed } from '../../testing/harness.ts';
import { federationWorld, tokensOf } from '../testing/federation-world.ts';
import { hostileIssuer } from '../testing/hostile-issuer.ts';

beforeAll(migrateDatabases);

let serial = 0;
/** A world as deployed, where the network is one provider that does as it is told. */
async function worldWith(settings: object = {}, issuer = `https://idp${(serial += 1)}.example.com`) {
  const provider = await hostileIssuer(issuer);
  const env = { ...workerEnv<Env>(), FEDERATION_TARGETS: 'public' };
  const world = federationWorld(authWorld(env, { fetch: provider.fetch }));
  const connection = await world.connect({
    kind: 'oidc',
    name: 'Hostile',
    secret: 'secret',
    settings: { ...('preset' in settings ? {} : { issuer }), clientId: 'client-1', ...settings },
  });
  const browser = world.newBrowser();
  /** Begins; what a good ID token would say. */
  async function begin(fresh = false) {
    const asked = (await browser.begin(connection.id, { fresh })).searchParams;
    const now = Math.floor(Date.now() / 1_000);
    provider.told.claims = {
      iss: issuer,
      aud: 'client-1',
      sub: `sub-${crypto.randomUUID()}`,
      nonce: asked.get('nonce') ?? '',
      iat: now,
      exp: now + 300,
      email: `p${crypto.randomUUID()}@example.com`,
      email_verified: true,
    };
    return asked;
  }
  const finish = (asked: URLSearchParams, more: Record<string, string> = {}) =>
    browser.finish(
      connection.id,
      new URLSearchParams({ code: 'code-1', state: asked.get('state') ?? '', ...more }).toString(),
    );
  /** Status and reason of a sign-in in which the provider did something wrong. */
  async function outcome(fresh: boolean, wrong: () => void, more?: Record<string, string>) {
    const asked = await begin(fresh);
    wrong();
    const response = await finish(asked, more);
    return [response.status, await world.lastReason(connection.id)];
  }
  return { ...world, provider, issuer, connection, browser, begin, finish, outcome };
}
type World = Awaited<ReturnType<typeof worldWith>>;

const claim =
  (changes: Record<string, unknown>) =>
  ({ provider }: World): void => {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) Reflect.deleteProperty(provider.told.claims, name);
      else provider.told.claims[name] = value;
    }
  };
const seconds = (): number => Math.floor(Date.now() / 1_000);

describe('an ID token is refused', () => {
  it.each<[string, string, (world: World) => void]>([
    ['of another issuer', 'claim_iss', claim({ iss: 'https://other.example.com' })],
    ['of an issuer with a slash more', 'claim_iss', (w) => claim({ iss: `${w.issuer}/` })(w)],
    ['for another client', 'claim_aud', claim({ aud: 'client-2' })],
    [
      'for several clients, where another one sent it',
      'claim_azp',
      claim({ aud: ['client-1', 'client-2'], azp: 'client-2' }),
    ],
    ['of another sign-in', 'claim_nonce', claim({ nonce: 'another' })],
    ['without a nonce', 'response', claim({ nonce: undefined })],
    ['that has expired', 'time', claim({ exp: seconds() - 120 })],
    ['that is not valid yet', 'time', claim({ nbf: seconds() + 300 })],
    ['without a subject', 'response', claim({ sub: undefined })],
    ['without a signature', 'response', (w) => void (w.provider.told.sign = w.provider.unsigned)],
    ['signed with the public key', 'response', (w) => void (w.provider.told.sign = w.provider.byPublicKey)],
    ['signed with another key', 'response', (w) => void (w.provider.told.sign = w.provider.byStranger)],
    [
      'signed with a key that is not published',
      'key',
      (w) => void (w.provider.told.sign = (claims) => w.provider.signed(claims, undefined, { kid: 'k9' })),
    ],
    [
      'with a header nobody understands, marked as critical',
      'response',
      (w) =>
        void (w.provider.told.sign = (claims) =>
          w.provider.signed(claims, undefined, { crit: ['b64'], b64: true })),
    ],
  ])('%s, and the log says why: %s', async (_, reason, wrong) => {
    const world = await worldWith();
    expect(await world.outcome(false, () => wrong(world))).toEqual([403, reason]);
  });

  it('whose sign-in was long ago, where it was to be a new one', async () => {
    const world = await worldWith();
    const old = claim({ auth_time: seconds() - 3_600 });
    expect(await world.outcome(true, () => old(world))).toEqual([403, 'time']);
    expect(await world.outcome(true, () => undefined)).toEqual([403, 'response']);
  });
});

describe('an answer is refused', () => {
  it('that names another issuer (mix-up), or none where the provider announced it', async () => {
    const world = await worldWith();
    const other = { iss: 'https://other.example.com' };
    expect((await world.outcome(false, () => undefined, other))[0]).toBe(403);
    const strict = await worldWith();
    strict.provider.told.metadata['authorization_response_iss_parameter_supported'] = true;
    expect((await strict.outcome(false, () => undefined))[0]).toBe(403);
    const asked = await strict.begin();
    await tokensOf(await strict.finish(asked, { iss: strict.issuer }));
  });

  it('with the state of nobody, before the provider is asked', async () => {
    const world = await worldWith();
    const asked = await world.begin();
    const before = world.provider.seen.length;
    asked.set('state', 'A'.repeat(43));
    expect((await world.finish(asked)).status).toBe(410);
    expect(world.provider.seen).toHaveLength(before);
  });
});

describe('a provider', () => {
  it('is asked by the code flow with PKCE, and proves nothing by mere words', async () => {
    const world = await worldWith();
    const asked = await world.begin();
    await tokensOf(await world.finish(asked));
    const request = world.provider.seen.find(({ url }) => url.endsWith('/token'));
    const form = new URLSearchParams(await request?.text());
    expect(form.get('code_verifier')).toMatch(/^[\w-]{43}$/);
    expect(form.get('redirect_uri')).toBe(`https://shop.test/sign-in/callback/${world.connection.id}`);
    expect(request?.headers.get('authorization')).toMatch(/^Basic /);
  });

  it.each<[string, (world: World) => Response]>([
    ['that redirects', () => new Response(null, { status: 302, headers: { location: 'https://x.example' } })],
    ['that answers without end', () => new Response('x'.repeat(600 * 1024))],
    ['that answers no JSON', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['that is broken', () => new Response(null, { status: 500 })],
    [
      'that says it is another',
      ({ provider }) => Response.json({ ...provider.told.metadata, issuer: 'https://other.example.com' }),
    ],
    [
      'that leads elsewhere than to the web',
      ({ provider }) =>
        Response.json({ ...provider.told.metadata, authorization_endpoint: 'javascript:alert(1)' }),
    ],
    [
      'whose token endpoint is within',
      ({ provider }) =>
        Response.json({ ...provider.told.metadata, token_endpoint: 'https://127.0.0.1/token' }),
    ],
    [
      'whose keys are within',
      ({ provider }) => Response.json({ ...provider.told.metadata, jwks_uri: 'https://metadata.internal/' }),
    ],
    [
      'whose token endpoint is not encrypted',
      ({ provider }) =>
        Response.json({ ...provider.told.metadata, token_endpoint: 'http://idp.example.com/token' }),
    ],
  ])('%s is not gone to, and a test of the connection says why', async (_, answer) => {
    const world = await worldWith();
    world.provider.told.instead = ({ pathname }) => (pathname.includes('.well-known') ? answer(world) : null);
    const response = await world.browser.start(world.connection.id);
    expect(response.status).toBe(502);
    const path = `/v1/auth/connections/${world.connection.id}/test`;
    const token = await world.adminToken();
    const found = await parsed(await world.call(path, { method: 'POST', token }), connectionTestSchema);
    expect(found.works).toBe(false);
  });

  it.each([
    'http://idp.example.com',
    'https://127.0.0.1',
    'https://[::1]',
    'https://8.8.8.8',
    'https://2130706433',
    'https://localhost',
    'https://idp.internal',
    'https://idp',
    'https://user:password@idp.example.com',
    'ftp://idp.example.com',
    'no address',
  ])('cannot be at %s', async (issuer) => {
    const world = await worldWith();
    const body = { kind: 'oidc', name: 'Within', settings: { issuer, clientId: 'c' } };
    const refused = await world.call('/v1/auth/connections', { body, token: await world.adminToken() });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/settings/issuer' }] });
  });

  it.each(['10.0.0.7', '169.254.169.254', '::1', 'fd00::7'])(
    'cannot be at a name that leads to %s, nor be gone to once it does',
    async (address) => {
      const world = await worldWith();
      world.provider.told.addresses = ['198.41.0.4', address];
      const settings = { issuer: 'https://rebound.example.com', clientId: 'c' };
      const body = { kind: 'oidc', name: 'Within', settings };
      const refused = await world.call('/v1/auth/connections', { body, token: await world.adminToken() });
      expect(await refused.json()).toMatchObject({
        errors: [{ pointer: '/settings/issuer', detail: 'leads to a private address' }],
      });
      world.world.offsetMs += 11 * 60_000;
      const seen = world.provider.seen.length;
      expect((await world.browser.start(world.connection.id)).status).toBe(502);
      expect(world.provider.seen).toHaveLength(seen);
    },
  );

  it('that redirects its tokens, or answers more than is read, signs nobody in', async () => {
    const world = await worldWith();
    const at = (answer: () => Response) => () => {
      world.provider.told.instead = ({ pathname }) => (pathname.endsWith('/token') ? answer() : null);
    };
    const redirect = () => new Response(null, { status: 307, headers: { location: 'https://x.example' } });
    expect(await world.outcome(false, at(redirect))).toEqual([403, 'redirect']);
    expect(
      await world.outcome(
        false,
        at(() => new Response('x'.repeat(600 * 1024))),
      ),
    ).toEqual([403, 'size']);
  });
});

describe('Microsoft', () => {
  const TENANT = '8eaef023-2b34-4da1-9baa-8bc8c9d6a490';
  const OTHER = '82229342-1101-4ab6-817b-70c0747630f3';
  const issuerOf = (tenant: string): string => `https://login.microsoftonline.com/${tenant}/v2.0`;
  async function microsoft(settings: object = {}) {
    const world = await worldWith(
      { preset: 'microsoft', emails: 'verified', ...settings },
      'https://login.microsoftonline.com/common/v2.0',
    );
    world.provider.told.metadata['issuer'] = issuerOf('{tenantid}');
    return world;
  }

  it('signs in people of every tenant, each by the issuer of their own', async () => {
    const world = await microsoft();
    const asked = await world.begin();
    Object.assign(world.provider.told.claims, { iss: issuerOf(TENANT), tid: TENANT });
    const { user } = await tokensOf(await world.finish(asked));
    expect(user.email).toBe(world.provider.told.claims['email']);
  });

  it.each([
    ['whose tenant is not its issuer’s', { iss: issuerOf(TENANT), tid: OTHER }, 'claim_iss'],
    ['whose issuer is the placeholder', { iss: issuerOf('{tenantid}'), tid: TENANT }, 'claim_iss'],
    ['whose tenant is none', { iss: issuerOf('common'), tid: 'common' }, 'tenant'],
    ['without a tenant', { iss: issuerOf(TENANT) }, 'tenant'],
  ])('is refused a token %s', async (_, claims, reason) => {
    const world = await microsoft();
    expect(await world.outcome(false, () => claim(claims)(world))).toEqual([403, reason]);
  });

  it('is refused a token that the key of another tenant signed', async () => {
    const signedBy = async (issuer: string) => {
      const world = await microsoft();
      world.provider.told.key = { issuer };
      return world.outcome(false, () => claim({ iss: issuerOf(TENANT), tid: TENANT })(world));
    };
    expect(await signedBy(issuerOf(OTHER))).toEqual([403, 'key_issuer']);
    for (const issuer of [issuerOf('{tenantid}'), issuerOf(TENANT)]) {
      expect((await signedBy(issuer))[0]).toBe(200);
    }
  });

  it('is refused people of tenants that are not to sign in, and is believed about no address by itself', async () => {
    const own = await microsoft({ tenants: [OTHER] });
    const foreign = claim({ iss: issuerOf(TENANT), tid: TENANT });
    expect(await own.outcome(false, () => foreign(own))).toEqual([403, 'tenant']);
    const plain = await microsoft({ emails: undefined });
    expect(await plain.outcome(false, () => foreign(plain))).toEqual([403, 'address_unproven']);
  });
});

describe('Apple', () => {
  it('is shown a client secret that we sign, and answers by a form', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const provider = await hostileIssuer('https://appleid.apple.com');
    const env = { ...workerEnv<Env>(), FEDERATION_TARGETS: 'public' };
    const world = federationWorld(authWorld(env, { fetch: provider.fetch }));
    const apple = { teamId: 'TEAM123456', keyId: 'KEY1234567' };
    const { id } = await world.connect({
      kind: 'oidc',
      name: 'Apple',
      secret: await exportPKCS8(privateKey),
      settings: { preset: 'apple', clientId: 'com.example.shop', apple },
    });
    const browser = world.newBrowser();
    const started = await parsed(await browser.start(id), startedSchema);
    const asked = new URL(started.location).searchParams;
    expect(asked.get('response_mode')).toBe('form_post');
    const now = seconds();
    provider.told.claims = {
      iss: 'https://appleid.apple.com',
      aud: 'com.example.shop',
      sub: '000792.x.0638',
      nonce: asked.get('nonce') ?? '',
      iat: now,
      exp: now + 300,
      email: 'relay@privaterelay.appleid.com',
      email_verified: 'true',
    };
    const parameters = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '' }).toString();
    await tokensOf(await browser.finish(id, parameters));
    const request = provider.seen.find(({ url }) => url.endsWith('/token'));
    const secret = new URLSearchParams(await request?.text()).get('client_secret') ?? '';
    const { payload, protectedHeader } = await jwtVerify(secret, publicKey, {
      audience: 'https://appleid.apple.com',
      issuer: 'TEAM123456',
      subject: 'com.example.shop',
    });
    expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: 'KEY1234567' });
    expect(payload.exp).toBeLessThanOrEqual(now + 15_777_000);
  });
});
