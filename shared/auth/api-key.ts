import { sha256 } from '#shared/crypto/bytes.ts';

/** `tpk_`, eight digits that name the key to its owner, and 256 random bits. Scanners for leaked secrets know the prefix. */
export const API_KEY = /^tpk_[0-9a-f]{8}_[\w-]{43}$/;
/** How long a key that was revoked may still count in an isolate that used it just before. */
export const API_KEY_CACHE_SECONDS = 60;
/** How long a key that is none is not asked about again. */
const UNKNOWN_KEY_MS = 10_000;
const KEYS_KEPT_MAX = 1_000;

/** Access tokens of keys, kept in this isolate by the key's hash: a key in use costs one call to auth a minute. */
export function apiKeyTokens(exchange: (key: string) => Promise<string | null>) {
  const kept = new Map<string, { token: string | null; until: number }>();
  return {
    async tokenOf(key: string, now: number): Promise<string | null> {
      const name = sha256(key);
      const known = kept.get(name);
      if (known !== undefined && known.until > now) return known.token;
      const token = await exchange(key);
      if (kept.size >= KEYS_KEPT_MAX) kept.clear();
      kept.set(name, {
        token,
        until: now + (token === null ? UNKNOWN_KEY_MS : API_KEY_CACHE_SECONDS * 1_000),
      });
      return token;
    },

    /** Lets go of the token that is kept for a key; false: none is. */
    forget(key: string): boolean {
      const name = sha256(key);
      return typeof kept.get(name)?.token === 'string' && kept.delete(name);
    },
  };
}
