import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, expect, inject, it } from 'vitest';
import { arrivedSchema, startedSchema } from '#shared/contracts/http/federation.ts';
import { randomSecret } from '#shared/crypto/bytes.ts';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import { spending } from '#shared/observability/work.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { METERED } from '../env.ts';
import { newIp } from '../testing/harness.ts';
import { federationWorld, travel } from './testing/federation-world.ts';

beforeAll(migrateDatabases);
const world = federationWorld();
beforeAll(() => {
  world.world.stoppedAt = Date.now();
});

it('each step of a sign-in by a provider stays within its budget', async () => {
  const { id } = await world.connect({
    kind: 'oidc',
    name: 'People',
    secret: 'a secret of the provider',
    settings: { issuer: inject('oidcIssuer'), clientId: 'tradepost' },
  });
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
      world.app.fetch(request, meterEnv(world.env, METERED, costs), ctx),
    );
    await waitOnExecutionContext(ctx);
    rows[name] = { status: response.status, d1: costs.d1, objects: costs.objects };
    return response;
  };
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
