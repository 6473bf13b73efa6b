import { randomBytes } from 'node:crypto';
import type { Identity, ProviderList } from '#shared/contracts/http/federation.ts';
import type { MethodSetup } from '#shared/contracts/http/payment-methods.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { type CreationOptions, softwareAuthenticator } from '#shared/testing/authenticator.ts';
import type { Tokens } from '../../../scripts/lib/accounts.ts';
import { api, poll } from '../../../scripts/lib/api.ts';
import { joined, newOrganisation } from './organisations.ts';
import type { World } from '../../../scripts/scenarios/world.ts';

const ADDRESS = {
  name: 'Ada Example',
  line1: 'Hauptstraße 1',
  postalCode: '10115',
  city: 'Berlin',
  country: 'DE',
};

/** Ids of what one customer owns, by the path up to the parameter they stand for. */
export type Belongings = Record<string, string>;

/** Buys, keeps and registers one of everything a customer can own. Whatever else can be owned by id belongs in here. */
export async function belongingsOf(world: World, owner: Tokens, admin: Tokens): Promise<Belongings> {
  const [bought, methodId, passkeyId, sessionId, applicationId, apiKeyId, identityId, organisation, request] =
    await Promise.all([
      purchase(world, owner),
      keptMethod(world, owner),
      passkey(world, owner),
      currentSession(world, owner),
      agreedApplication(world, owner, admin),
      apiKey(world, owner),
      identity(world, owner),
      organisationOf(world, owner),
      dataRequest(world, owner),
    ]);
  const instanceId = bought['/v1/instances/{id}'] ?? '';
  await api(world.origin, `PUT /v1/instance-renewals/${instanceId}`, {
    token: owner.accessToken,
    body: { paymentMethodId: methodId, agreed: true },
  });
  return {
    '/v1/instance-renewals/{instanceId}': instanceId,
    '/v1/auth/data-requests/{id}': request,
    '/v1/auth/passkeys/{id}': passkeyId,
    '/v1/auth/sessions/{id}': sessionId,
    '/v1/auth/applications/{id}': applicationId,
    '/v1/auth/api-keys/{id}': apiKeyId,
    '/v1/auth/identities/{id}': identityId,
    '/v1/payment-methods/{id}': methodId,
    '/v1/carts/{id}/codes/{code}': 'WELCOME10',
    '/v1/orders/{id}/versions/{version}': '1',
    ...bought,
    ...organisation,
  };
}

/** What was bought, and a cart that is being filled. */
export async function purchase(world: World, { accessToken: token, ...owner }: Tokens): Promise<Belongings> {
  const { origin } = world;
  const [{ variantId }, parcel] = await Promise.all([
    world.licence(),
    world.newProduct('physical', { template: 'parcel', weightGrams: 100 }),
  ]);
  const lines = [variantId, parcel.variantId].map((id) => ({ variantId: id, quantity: 1 }));
  const wanted = { currency: 'EUR', lines, shippingAddress: ADDRESS };
  const order = await world.place({ accessToken: token, ...owner }, wanted);
  await world.pay(order);
  const { cart } = await api<{ cart: { id: string } }>(origin, 'POST /v1/carts', {
    token,
    body: { currency: 'EUR' },
  });
  const filled = await api<{ lines: { id: string }[] }>(origin, `POST /v1/carts/${cart.id}/lines`, {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: { variantId },
  });
  const done = await world.settled({ accessToken: token, ...owner }, order.id, 'completed');
  // A parcel is out of everybody's hands: what can still be changed is the licence.
  const instance = await poll('what was bought', 30, async () => {
    const { items } = await api<{ items: Instance[] }>(origin, 'GET /v1/instances', { token });
    return items.find(({ kind, state }) => kind === 'licence' && state === 'active') ?? null;
  });
  const activated = await api<{ id: string }>(origin, 'POST /v1/entitlements/activations', {
    token,
    body: { instanceId: instance.id, device: { fingerprint: 'a machine' } },
  });
  const asked = await api<Order>(origin, `POST /v1/orders/${order.id}/returns`, {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: { lines: [{ lineId: done.lines[1]?.id, quantity: 1, reason: 'does not fit' }] },
  });
  const planned = await api<{ id: string }>(origin, `POST /v1/instances/${instance.id}/operations`, {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: { kind: 'rotate', at: new Date(Date.now() + 86_400_000).toISOString() },
  });
  return {
    '/v1/orders/{id}': order.id,
    '/v1/orders/{id}/returns/{returnId}': asked.returns[0]?.id ?? '',
    '/v1/instances/{id}': instance.id,
    '/v1/instances/{id}/activations/{activationId}': activated.id,
    '/v1/instances/{id}/operations/{operationId}': planned.id,
    '/v1/carts/{id}': cart.id,
    '/v1/carts/{id}/lines/{lineId}': filled.lines[0]?.id ?? '',
  };
}

async function keptMethod(world: World, { accessToken: token }: Tokens): Promise<string> {
  const setup = await api<MethodSetup>(world.origin, 'POST /v1/payment-methods/setup', {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
  });
  await world.inBrowser(`setup_intents/${setup.id}/confirm`, setup.clientSecret, {
    payment_method: 'pm_card_visa',
  });
  const kept = await api<{ items: { id: string }[] }>(world.origin, 'GET /v1/payment-methods', { token });
  return kept.items[0]?.id ?? '';
}

async function dataRequest(world: World, { accessToken: token }: Tokens): Promise<string> {
  const { id } = await api<{ id: string }>(world.origin, 'POST /v1/auth/data-requests', {
    token,
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: { kind: 'export' },
  });
  return id;
}

async function passkey(world: World, { accessToken: token }: Tokens): Promise<string> {
  const { ceremonyId, options } = await api<{ ceremonyId: string; options: CreationOptions }>(
    world.origin,
    'POST /v1/auth/passkeys/registration-options',
    { token },
  );
  const response = await softwareAuthenticator(world.origin).create(options);
  const added = await api<{ id: string }>(world.origin, 'POST /v1/auth/passkeys', {
    token,
    body: { ceremonyId, response },
  });
  return added.id;
}

async function currentSession(world: World, { accessToken: token }: Tokens): Promise<string> {
  const { items } = await api<{ items: { id: string }[] }>(world.origin, 'GET /v1/auth/sessions', { token });
  return items[0]?.id ?? '';
}

async function apiKey(world: World, { accessToken: token }: Tokens): Promise<string> {
  const made = await api<{ id: string }>(world.origin, 'POST /v1/auth/api-keys', {
    token,
    body: { name: 'An integration', scopes: ['orders.read'] },
  });
  return made.id;
}

/** An identity at the sandbox's provider, linked to the owner's account. */
async function identity({ origin }: World, { accessToken: token, user }: Tokens): Promise<string> {
  const { items } = await api<ProviderList>(origin, 'GET /v1/auth/federation');
  const path = `/v1/auth/federation/${items[0]?.id ?? ''}`;
  const browser = randomBytes(32).toString('base64url');
  const { location } = await api<{ location: string }>(origin, `POST ${path}/start`, {
    token,
    body: { browser, purpose: 'link' },
  });
  const { origin: provider, pathname, searchParams } = new URL(location);
  const back = await fetch(provider + pathname, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams([...searchParams, ['email', user.email], ['answer', 'allow']]),
  });
  const parameters = new URL(back.headers.get('location') ?? '').search.slice(1);
  const { identity: linked } = await api<{ identity: Identity }>(origin, `POST ${path}/callback`, {
    token,
    body: { browser, parameters },
  });
  return linked.id;
}

/** An organisation somebody acts for, with one of everything that lies under it. */
async function organisationOf(world: World, owner: Tokens): Promise<Belongings> {
  const { origin } = world;
  const token = owner.accessToken;
  const id = await newOrganisation(world, owner);
  const path = `/v1/auth/organisations/${id}`;
  const domain = `${id.slice(-12)}.example`;
  const [member, invited, key, , connection] = await Promise.all([
    joined(world, { id, owner }, 'member'),
    api<{ id: string }>(origin, `POST ${path}/invitations`, { token, body: { email: 'x@example.org' } }),
    api<{ id: string }>(origin, `POST ${path}/api-keys`, {
      token,
      body: { name: 'ERP', scopes: ['orders.read'] },
    }),
    api(origin, `POST ${path}/domains`, { token, body: { domain } }),
    api<{ id: string }>(origin, `POST ${path}/connections`, {
      token,
      body: {
        kind: 'oidc',
        name: 'Theirs',
        settings: { issuer: world.sandboxOrigin, clientId: 'theirs', emails: 'never' },
      },
    }),
  ]);
  return {
    '/v1/auth/organisations/{id}': id,
    '/v1/auth/organisations/{id}/members/{accountId}': member.user.id,
    '/v1/auth/organisations/{id}/invitations/{invitationId}': invited.id,
    '/v1/auth/organisations/{id}/api-keys/{keyId}': key.id,
    '/v1/auth/organisations/{id}/domains/{domain}': domain,
    '/v1/auth/organisations/{id}/connections/{connectionId}': connection.id,
  };
}

/** An application the owner lets sign in here. */
async function agreedApplication(world: World, owner: Tokens, admin: Tokens): Promise<string> {
  const redirectUri = 'https://app.example/callback';
  const { id } = await api<{ id: string }>(world.origin, 'POST /v1/oauth/clients', {
    token: admin.accessToken,
    body: {
      name: 'An application',
      authentication: 'none',
      grants: ['authorization_code'],
      scopes: ['openid'],
      redirectUris: [redirectUri],
      postLogoutRedirectUris: [],
    },
  });
  const query = new URLSearchParams({
    client_id: id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    state: 'state',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  });
  await api(world.origin, 'POST /v1/oauth/authorizations', {
    token: owner.accessToken,
    body: { query: query.toString(), decision: 'allow' },
  });
  return id;
}
