import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as oauth from 'oauth4webapi';
import type { OidcSettings } from '#shared/contracts/http/federation.ts';
import type { TargetPolicy } from '#shared/domain/web-target.ts';
import { SECOND_MS, type Clock } from '#shared/time/time.ts';
import type { Asserted } from '../asserted.ts';
import type { Handshake } from '../handshake.ts';
import { CLOCK_SKEW_SECONDS, FRESH_SECONDS } from '../limits.ts';
import { ProviderFault, type ProviderFetch } from '../safe-fetch.ts';
import { clientProof } from './client-secret.ts';
import { providerDirectory, type KnownProvider } from './metadata.ts';
import { issuerOfTenant, oidcProfile, TENANT, type OidcProfile } from './profile.ts';

export interface OidcExchange {
  settings: OidcSettings;
  /** Client secret, or the key that makes it. */
  secret: string | null;
  redirectUri: string;
  handshake: Handshake;
  /** The person is to sign in there anew. */
  fresh: boolean;
}

/** Sign-in by any OpenID Connect provider: the code flow with PKCE, and nothing else. */
export interface OidcClient {
  /** Where the browser has to go. */
  begin(exchange: OidcExchange): Promise<URL>;
  /** What the provider's answer says. Throws what `refusalOf` reads when it does not count. */
  finish(exchange: OidcExchange, parameters: URLSearchParams): Promise<Asserted>;
  /** What the provider says of itself. */
  discover(settings: OidcSettings): Promise<KnownProvider>;
}

export function oidcClient(world: {
  fetched: ProviderFetch;
  policy: TargetPolicy;
  clock: Clock;
}): OidcClient {
  const { fetched, policy, clock } = world;
  const directory = providerDirectory(fetched, policy, clock);
  const options = { [oauth.customFetch]: fetched, [oauth.allowInsecureRequests]: policy === 'any' } as const;
  const nowSeconds = (): number => Math.floor(clock.now() / SECOND_MS);

  return {
    discover: (settings) => directory.of(oidcProfile(settings)),

    async begin({ settings, redirectUri, handshake, fresh }) {
      const profile = oidcProfile(settings);
      const { server } = await directory.of(profile);
      const url = new URL(server.authorization_endpoint ?? '');
      const parameters = {
        response_type: 'code',
        client_id: profile.clientId,
        redirect_uri: redirectUri,
        scope: profile.scopes.join(' '),
        state: handshake.state,
        nonce: handshake.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(handshake.verifier),
        code_challenge_method: 'S256',
        ...(profile.responseMode === 'query' ? {} : { response_mode: profile.responseMode }),
        ...(fresh ? askedAnew(profile) : {}),
        ...(settings.preset === 'custom' && settings.secondFactor.length > 0
          ? { acr_values: settings.secondFactor.join(' ') }
          : {}),
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url;
    },

    async finish({ settings, secret, redirectUri, handshake, fresh }, parameters) {
      const profile = oidcProfile(settings);
      const { server, keys } = await directory.of(profile);
      const client: oauth.Client = {
        client_id: profile.clientId,
        [oauth.clockSkew]: nowSeconds() - Math.floor(Date.now() / SECOND_MS),
        [oauth.clockTolerance]: CLOCK_SKEW_SECONDS,
      };
      const answered = withTenantNamed(profile, server, parameters.get('iss'));
      const checked = oauth.validateAuthResponse(answered, client, parameters, handshake.state);
      const proof = await clientProof(profile, settings, secret, nowSeconds());
      const response = await oauth.authorizationCodeGrantRequest(
        answered,
        client,
        proof,
        checked,
        redirectUri,
        handshake.verifier,
        options,
      );
      const issuing = await ofTenant(profile, answered, response);
      const isTold = fresh && profile.reauthenticates;
      const tokens = await oauth.processAuthorizationCodeResponse(issuing, client, response, {
        expectedNonce: handshake.nonce,
        requireIdToken: true,
        ...(isTold ? { maxAge: FRESH_SECONDS } : {}),
      });
      // The library leaves it out by default, trusting the connection to the token endpoint alone.
      await oauth.validateApplicationLevelSignature(issuing, response, {
        ...options,
        [oauth.jwksCache]: keys,
      });
      if (profile.tenants !== null) signedForTenant(keys, tokens.id_token ?? '', issuing.issuer);
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      if (claims === undefined) throw new ProviderFault('id_token', 'the provider sent no ID token');
      const told =
        profile.mapping.email in claims || issuing.userinfo_endpoint === undefined
          ? claims
          : await userInfo(issuing, client, tokens.access_token, claims);
      return asserted(profile, claims, told);
    },
  };

  async function userInfo(
    server: oauth.AuthorizationServer,
    client: oauth.Client,
    accessToken: string,
    { sub }: oauth.IDToken,
  ): Promise<Record<string, unknown>> {
    const response = await oauth.userInfoRequest(server, client, accessToken, options);
    return oauth.processUserInfoResponse(server, client, sub, response);
  }
}

/** Where `max_age` means nothing, the most a provider knows to do. */
const askedAnew = ({ reauthenticates }: OidcProfile): Record<string, string> =>
  reauthenticates ? { prompt: 'login', max_age: String(FRESH_SECONDS) } : { prompt: 'select_account' };

/** With many tenants, `iss` of the response (RFC 9207) names one of them. */
function withTenantNamed(
  { tenants }: OidcProfile,
  server: oauth.AuthorizationServer,
  iss: string | null,
): oauth.AuthorizationServer {
  if (tenants === null || iss === null) return server;
  const [, tid] = /^https:\/\/[^/]+\/([^/]+)\/v2\.0$/.exec(iss) ?? [];
  const issuer = issuerOfTenant(server.issuer, tid, tenants);
  return issuer === null ? server : { ...server, issuer };
}

/** The same for its ID token, whose `tid` names the tenant: the issuer is then demanded to be exactly that one's. */
async function ofTenant(
  { tenants }: OidcProfile,
  server: oauth.AuthorizationServer,
  response: Response,
): Promise<oauth.AuthorizationServer> {
  if (tenants === null || !response.ok) return server;
  const body: unknown = await response.clone().json();
  const { id_token: idToken } = body as { id_token?: unknown };
  const tid = typeof idToken === 'string' ? decodeJwt(idToken)['tid'] : undefined;
  const issuer = issuerOfTenant(server.issuer, tid, tenants);
  if (issuer === null) throw new ProviderFault('tenant', 'the tenant is none that may sign in');
  return { ...server, issuer };
}

/**
 * Of many tenants' keys each says whose tokens it signs: a key of one tenant, or of personal accounts, signs for no other
 * (learn.microsoft.com/entra/identity-platform/access-tokens, "validate the signing key issuer").
 */
function signedForTenant({ jwks }: oauth.JWKSCacheInput, idToken: string, issuer: string): void {
  const { kid } = decodeProtectedHeader(idToken);
  const key = (jwks?.keys as { kid?: string; issuer?: unknown }[] | undefined)?.find(
    (each) => each.kid === kid,
  );
  const told = key?.issuer;
  if (told === undefined) return;
  const [, tid = ''] = /^https:\/\/[^/]+\/([^/]+)\/v2\.0$/.exec(issuer) ?? [];
  if (typeof told !== 'string' || told.replace(TENANT, tid) !== issuer) {
    throw new ProviderFault('key_issuer', 'the key that signed is another tenant’s');
  }
}

function asserted(profile: OidcProfile, claims: oauth.IDToken, told: Record<string, unknown>): Asserted {
  const { mapping } = profile;
  const email = told[mapping.email];
  const verified = told[mapping.emailVerified];
  const { acr, amr } = claims;
  return {
    issuer: claims.iss,
    subject: claims.sub,
    email: typeof email === 'string' ? email : null,
    // Apple has told it as text.
    emailVerified: verified === true || verified === 'true',
    classes: [acr, ...(Array.isArray(amr) ? amr : [])].filter((each) => typeof each === 'string'),
    authTime: typeof claims.auth_time === 'number' ? claims.auth_time * SECOND_MS : null,
  };
}
