import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import samlp from 'samlp';
import { Provider, type KoaContextWithOIDC } from 'oidc-provider';
import type { TestProject } from 'vitest/node';
import { signingPair } from './self-signed.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Issuer of a real OpenID Connect provider. */
    oidcIssuer: string;
    /** Origin of a real SAML identity provider. */
    samlIdp: string;
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
  const saml = await samlProvider(origin);
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/saml/') === true) return saml(request, response);
    if (request.url?.startsWith('/interaction/') !== true) return void answer(request, response);
    void signInAs(provider, request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  project.provide('oidcIssuer', origin);
  project.provide('samlIdp', `${origin}/saml`);
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

/**
 * `samlp`, made for Express: `/saml/sso` signs in whoever `person` names and signs what `sign` says, `/saml/metadata` tells
 * of it.
 */
async function samlProvider(
  origin: string,
): Promise<(request: IncomingMessage, response: ServerResponse) => void> {
  const { privateKey: key, certificate: cert } = await signingPair('saml.people.test');
  const issuer = `${origin}/saml`;
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', origin);
    const query = Object.fromEntries(searchParams);
    const express = Object.assign(request, {
      query,
      get: (name: string) => request.headers[name.toLowerCase()],
      originalUrl: request.url,
      protocol: 'http',
    });
    const sent = Object.assign(response, {
      set: (name: string, value: string) => response.setHeader(name, value),
      send: (body: string) => response.end(body),
    });
    const failed = (error: unknown): void => {
      response.statusCode = 500;
      response.end(String(error));
    };
    if (pathname === '/saml/metadata') {
      const options = { issuer, cert, redirectEndpointPath: '/saml/sso', postEndpointPath: '/saml/sso' };
      samlp.metadata(options)(express, sent, failed);
      return;
    }
    if (pathname !== '/saml/sso') {
      response.statusCode = 404;
      response.end();
      return;
    }
    const person = query['person'] ?? '';
    samlp.auth({
      issuer,
      cert,
      key,
      signAssertion: query['sign'] !== 'response',
      signResponse: query['sign'] !== 'assertion',
      recipient: query['consumer'],
      destination: query['consumer'],
      lifetimeInSeconds: 60,
      authnContextClassRef: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
      getUserFromRequest: () => ({
        id: person,
        emails: [{ value: `${person}@people.test` }],
        displayName: person,
        name: { givenName: person, familyName: person },
      }),
      getPostURL: (_: unknown, __: unknown, ___: unknown, done: (error: null, url: string) => void) =>
        done(null, query['consumer'] ?? ''),
    })(express, sent, failed);
  };
}

const listening = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
