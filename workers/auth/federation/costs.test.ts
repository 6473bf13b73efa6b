import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, expect, inject, it } from 'vitest';
import { arrivedSchema, startedSchema } from '#shared/contracts/http/federation.ts';
import { randomSecret } from '#shared/crypto/bytes.ts';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import { spending } from '#shared/observability/work.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { METERED } from '../env.ts';
import { type authWorld, newIp } from '../testing/harness.ts';
import { federationWorld, travel } from './testing/federation-world.ts';
import { organisationProviders } from './testing/organisation-world.ts';

beforeAll(migrateDatabases);
const world = federationWorld();
beforeAll(() => {
  world.world.stoppedAt = Date.now();
});

/** Calls whose costs are written down in `rows`. */
function measuring({ app, env }: Pick<ReturnType<typeof authWorld>, 'app' | 'env'>) {
  const rows: Record<string, unknown> = {};
  const measure = async (name: string, path: string, body?: object, token?: string, method?: string) => {
    const costs = newCosts();
    const ctx = createExecutionContext();
    const request = new Request(`https://shop.test/v1/auth/${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        'content-type': 'application/json',
        'x-client-ip': newIp(),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const response = await spending(costs, async () =>
      app.fetch(request, meterEnv(env, METERED, costs), ctx),
    );
    await waitOnExecutionContext(ctx);
    rows[name] = { status: response.status, d1: costs.d1, objects: costs.objects };
    return response;
  };
  return { rows, measure };
}

it('each step of a sign-in by a provider stays within its budget', async () => {
  const { id } = await world.connect({
    kind: 'oidc',
    name: 'People',
    secret: 'a secret of the provider',
    settings: { issuer: inject('oidcIssuer'), clientId: 'tradepost' },
  });
  const { rows, measure } = measuring(world);
  const signIn = async (name: string, person: string, purpose = 'sign_in', token?: string) => {
    const browser = randomSecret();
    const start = await measure('start', `federation/${id}/start`, { browser, purpose }, token);
    const location = new URL(startedSchema.parse(await start.json()).location);
    location.searchParams.set('login_hint', person);
    const parameters = (await travel(location)).search.slice(1);
    const done = await measure(name, `federation/${id}/callback`, { browser, parameters }, token);
    return arrivedSchema.parse(await done.json());
  };
  const person = `cost-${crypto.randomUUID()}`;
  await signIn('a new account', person);
  await signIn('known', person);
  const { tokens } = await world.newAccount();
  const linked = await signIn('linked', `${person}-2`, 'link', tokens.accessToken);
  const identityId = linked.status === 'linked' ? linked.identity.id : '';
  await signIn('known', person);
  await measure('providers', 'federation');
  await measure('route', 'federation/route', { email: 'a@b.example' });
  await measure('identities', 'identities', undefined, tokens.accessToken);
  await measure('unlink', `identities/${identityId}`, undefined, tokens.accessToken, 'DELETE');
  expect(rows).toEqual({
    start: { status: 200, d1: 2, objects: 1 },
    'a new account': { status: 200, d1: 5, objects: 0 },
    known: { status: 200, d1: 4, objects: 0 },
    linked: { status: 200, d1: 5, objects: 0 },
    providers: { status: 200, d1: 1, objects: 0 },
    route: { status: 200, d1: 1, objects: 1 },
    identities: { status: 200, d1: 2, objects: 0 },
    unlink: { status: 204, d1: 4, objects: 0 },
  });
});

it('what an organisation does about its own provider stays within its budget', async () => {
  const own = organisationProviders();
  own.world.stoppedAt = Date.now();
  const { id, owner } = await own.organisation();
  const { rows, measure } = measuring(own);
  const token = owner.tokens.accessToken;
  const path = `organisations/${id}`;
  const domain = own.newDomain();
  const settings = { issuer: inject('oidcIssuer'), clientId: 'tradepost', emails: 'of_domains' };
  const body = { kind: 'oidc', name: 'Ours', domains: [domain], settings };
  await own.claimed({ id, owner }, domain);
  await measure('claim', `${path}/domains`, { domain: own.newDomain() }, token);
  await measure('verify', `${path}/domains/${domain}/verify`, undefined, token, 'POST');
  await measure('domains', `${path}/domains`, undefined, token);
  const added = await measure('add', `${path}/connections`, body, token);
  const { id: connection } = await added.json<{ id: string }>();
  await measure('list', `${path}/connections`, undefined, token);
  await measure('read', `${path}/connections/${connection}`, undefined, token);
  await measure('test', `${path}/connections/${connection}/test`, undefined, token, 'POST');
  await measure('remove', `${path}/connections/${connection}`, undefined, token, 'DELETE');
  await measure('give up', `${path}/domains/${domain}`, undefined, token, 'DELETE');
  expect(rows).toEqual({
    claim: { status: 201, d1: 3, objects: 1 },
    verify: { status: 200, d1: 5, objects: 1 },
    domains: { status: 200, d1: 3, objects: 0 },
    add: { status: 201, d1: 4, objects: 1 },
    list: { status: 200, d1: 3, objects: 0 },
    read: { status: 200, d1: 3, objects: 0 },
    test: { status: 200, d1: 3, objects: 1 },
    remove: { status: 204, d1: 4, objects: 1 },
    'give up': { status: 204, d1: 4, objects: 1 },
  });
});
