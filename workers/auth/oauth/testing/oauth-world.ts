import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import type { z } from 'zod';
import {
  authorizationStepSchema,
  newClientSchema,
  type AuthorizationStep,
  type clientInputSchema,
} from '#shared/contracts/http/oauth.ts';
import { authWorld, parsed } from '../../testing/harness.ts';

export const ORIGIN = 'https://shop.test';
export const REDIRECT = 'https://app.test/callback';

type Input = z.input<typeof clientInputSchema>;
export type Account = Awaited<ReturnType<ReturnType<typeof authWorld>['newAccount']>>;

/** The auth worker with an administrator who registers clients, and a fetch that real clients reach it by. */
export function oauthWorld(world = authWorld()) {
  let administrator: Promise<{ tokens: { accessToken: string } }> | null = null;

  const fetchFrom = async (url: string, init: object = {}): Promise<Response> => {
    const ctx = createExecutionContext();
    const request = new Request(url, init);
    if (!request.headers.has('x-client-ip')) request.headers.set('x-client-ip', '198.51.100.77');
    const response = await world.app.fetch(request, world.env, ctx);
    await waitOnExecutionContext(ctx);
    return response;
  };

  async function register(input: Partial<Input> = {}) {
    administrator ??= world.newAdministrator();
    const body: Input = {
      name: 'Team wiki',
      authentication: 'client_secret',
      grants: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'email', 'roles', 'offline_access', 'orders.read', 'products.write'],
      redirectUris: [REDIRECT],
      ...input,
    };
    const token = (await administrator).tokens.accessToken;
    const made = await parsed(await world.call('/v1/oauth/clients', { body, token }), newClientSchema);
    return { ...made, secret: made.secret ?? '' };
  }

  /** openid-client, set up by discovery, with the way the client proves itself. */
  const configured = (
    registered: { id: string; secret: string },
    authentication?: oidc.ClientAuth,
    metadata: Partial<oidc.ClientMetadata> = {},
  ): Promise<oidc.Configuration> =>
    oidc.discovery(
      new URL(ORIGIN),
      registered.id,
      metadata,
      authentication ?? oidc.ClientSecretPost(registered.secret),
      { [oidc.customFetch]: fetchFrom },
    );

  const step = async (
    query: string,
    token?: string,
    decision?: 'allow' | 'deny',
  ): Promise<AuthorizationStep> =>
    parsed(
      await world.call('/v1/oauth/authorizations', {
        body: { query, ...(decision === undefined ? {} : { decision }) },
        ...(token === undefined ? {} : { token }),
      }),
      authorizationStepSchema,
    );

  /** Does what the pages do for a signed-in customer who agrees to everything; the address they end up at. */
  async function agree(url: URL, token: string): Promise<URL> {
    const first = await step(url.search.slice(1), token);
    const last = first.action === 'consent' ? await step(url.search.slice(1), token, 'allow') : first;
    if (last.action !== 'redirect') throw new Error(`not sent back: ${JSON.stringify(last)}`);
    return new URL(last.location);
  }

  /** A whole sign-in of an application, by openid-client. */
  async function applicationSignIn(
    config: oidc.Configuration,
    token: string,
    options: {
      parameters?: Record<string, string>;
      checks?: oidc.AuthorizationCodeGrantChecks;
      dpop?: oidc.DPoPHandle;
    } = {},
  ) {
    const verifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT,
      scope: 'openid email offline_access orders.read',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: 'state-1',
      nonce: 'nonce-1',
      ...options.parameters,
    });
    const callback = await agree(url, token);
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: 'state-1',
      expectedNonce: 'nonce-1',
      ...options.checks,
    };
    const tokens = await oidc.authorizationCodeGrant(
      config,
      callback,
      checks,
      undefined,
      options.dpop === undefined ? undefined : { DPoP: options.dpop },
    );
    return { tokens, callback, verifier };
  }

  const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetchFrom(ORIGIN + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    });

  /** Whether every worker refuses an access token within ten seconds, by what auth tells of revocations. */
  async function isRefusedEverywhere(token: string): Promise<boolean> {
    const { sid, iat } = decodeJwt<{ sid: string }>(token);
    return world.ports().revocations.include([sid], iat ?? 0);
  }

  return {
    ...world,
    isRefusedEverywhere,
    fetchFrom,
    register,
    configured,
    step,
    agree,
    applicationSignIn,
    form,
  };
}

/** Body of a refusal by a protocol endpoint. */
export const refusalOf = async (response: Response) => ({
  status: response.status,
  ...(await response.json<{ error?: string }>()),
});
