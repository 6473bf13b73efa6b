import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';

const REFRESH_TOKEN = /^tpr_([\w-]{43})\.([\w-]{43})$/;

/**
 * A refresh token is `tpr_<family>.<secret>`, 256 random bits each. The family stays for the session's life, the secret
 * changes at each use. Whoever sends a known family with a secret that is not the current one holds a used token.
 */
export interface RefreshToken {
  text: string;
  family: string;
  familyHash: string;
  secretHash: string;
}

const refreshToken = (family: string, secret: string): RefreshToken => ({
  text: `tpr_${family}.${secret}`,
  family,
  familyHash: sha256(family),
  secretHash: sha256(secret),
});

export const newRefreshToken = (): RefreshToken => refreshToken(randomSecret(), randomSecret());
export const successorOf = (token: RefreshToken): RefreshToken => refreshToken(token.family, randomSecret());

export function parseRefreshToken(text: string): RefreshToken | null {
  const [, family, secret] = REFRESH_TOKEN.exec(text) ?? [];
  return family === undefined || secret === undefined ? null : refreshToken(family, secret);
}
