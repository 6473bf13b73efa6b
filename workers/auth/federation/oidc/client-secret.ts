import { importPKCS8, SignJWT } from 'jose';
import type * as oauth from 'oauth4webapi';
import { ClientSecretBasic, ClientSecretPost, None } from 'oauth4webapi';
import type { OidcSettings } from '#shared/contracts/http/federation.ts';
import { APPLE_SECRET_TTL_SECONDS } from '../limits.ts';
import { ProviderFault } from '../safe-fetch.ts';
import type { OidcProfile } from './profile.ts';

const APPLE_AUDIENCE = 'https://appleid.apple.com';

/** How we prove who we are at the token endpoint. `nowSeconds`: epoch. */
export async function clientProof(
  profile: OidcProfile,
  settings: OidcSettings,
  secret: string | null,
  nowSeconds: number,
): Promise<oauth.ClientAuth> {
  if (profile.clientAuthentication === 'none') return None();
  if (secret === null) throw new ProviderFault('settings', 'the connection has no secret');
  switch (profile.clientAuthentication) {
    case 'client_secret_basic':
      return ClientSecretBasic(secret);
    case 'client_secret_post':
      return ClientSecretPost(secret);
    case 'apple':
      return ClientSecretPost(await appleSecret(settings, secret, nowSeconds));
  }
}

/**
 * Apple's client secret is a JWT that we sign (developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret):
 * ES256, `kid` the key's id, `iss` the team, `sub` the client, `aud` Apple.
 */
export async function appleSecret(
  { apple, clientId }: Pick<OidcSettings, 'apple' | 'clientId'>,
  privateKey: string,
  nowSeconds: number,
): Promise<string> {
  if (apple === undefined) throw new ProviderFault('settings', 'the team and key ids are missing');
  const key = await importPKCS8(privateKey, 'ES256').catch(() => {
    throw new ProviderFault('settings', 'the secret is no private key in PKCS #8');
  });
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: apple.keyId })
    .setIssuer(apple.teamId)
    .setSubject(clientId)
    .setAudience(APPLE_AUDIENCE)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + APPLE_SECRET_TTL_SECONDS)
    .sign(key);
}
