import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type KoaContextWithOIDC } from 'oidc-provider';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Issuer of a real OpenID Connect provider. */
    oidcIssuer: string;
  }
}

/** Where it sends people back to is told by each test: connections are made there. */
const CLIENT = { client_id: 'tradepost', client_secret: 'a secret of the provider' };

/** Starts identity providers made by others beside the tests, over HTTP. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = createServer();
  const origin = await listening(server);
  const provider = new Provider(origin, {
    clients: [
      { ...CLIENT, redirect_uris: ['https://shop.test/unused'], grant_types: ['authorization_code'] },
    ],
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@people.test`, email_verified: !id.startsWith('unproven') }),
    }),
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
    acrValues: ['urn:people:two-factors'],
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    cookies: { keys: ['of a test'] },
    ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 60, Session: 60, Grant: 60 },
  });
  // Connections are made by the tests, so that their addresses are not known before.
  provider.Client.prototype.redirectUriAllowed = (uri: string) =>
    /^https:\/\/shop\.test\/sign-in\/callback\/idp_[0-9a-f]{32}$/.test(uri);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return void answer(request, response);
    void signInAs(provider, request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  project.provide('oidcIssuer', origin);
  return () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
}

/** Whoever `login_hint` names signs in and agrees to everything; `nobody` says no. */
async function signInAs(
  provider: Provider,
  request: KoaContextWithOIDC['req'],
  response: KoaContextWithOIDC['res'],
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const accountId = String(params['login_hint']);
  if (accountId === 'nobody') {
    await provider.interactionFinished(request, response, { error: 'access_denied' });
    return;
  }
  const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  await provider.interactionFinished(request, response, {
    login: { accountId, acr: 'urn:people:two-factors', amr: ['pwd', 'otp'] },
    consent: { grantId: await grant.save() },
  });
}

const listening = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
