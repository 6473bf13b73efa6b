import { createLocalJWKSet } from 'jose';
import type { IssuedKeys } from '#shared/contracts/auth.ts';
import { log } from '#shared/observability/log.ts';
import type { Clock } from '#shared/time/time.ts';

/** How old what auth told may be; longer while auth is away. */
export const KEYS_FRESH_MS = 10_000;
const KEYS_KEPT_MS = 300_000;

/** What a verifier knows of auth: the keys tokens are signed with, and whose tokens count no more. */
export interface KnownKeys {
  keys: ReturnType<typeof createLocalJWKSet>;
  /** Account, client, organisation or `EVERYBODY` → second of the epoch before which its tokens were issued that are refused. */
  revoked: ReadonlyMap<string, number>;
}

/** For whom a token was issued (account, client, organisation, who acts as the account), and when, seconds since the epoch. */
export interface Issue {
  subjects: readonly string[];
  at: number;
}
/** Subject of a revocation that every token is matched by. */
export const EVERYBODY = '*';
export const isRevoked = (revoked: KnownKeys['revoked'], { subjects, at }: Issue): boolean =>
  [EVERYBODY, ...subjects].some((subject) => at < (revoked.get(subject) ?? 0));

/**
 * Keeps what auth tells for ten seconds, so that verifying costs no network but one call in ten seconds and isolate, and a
 * revocation reaches everybody within them. While auth is away the last word stands, for five minutes at most.
 */
export function keySet(load: () => Promise<IssuedKeys>, clock: Clock): () => Promise<KnownKeys> {
  let known: (KnownKeys & { at: number }) | null = null;
  let triedAt = -Infinity;
  let loading: Promise<void> | null = null;

  async function renew(): Promise<void> {
    triedAt = clock.now();
    const { keys, revoked = [] } = await load();
    known = {
      keys: createLocalJWKSet({ keys }),
      revoked: new Map(revoked.map(({ subject, before }) => [subject, before])),
      at: clock.now(),
    };
  }

  return async () => {
    const now = clock.now();
    if (known !== null && now - Math.max(known.at, triedAt) <= KEYS_FRESH_MS) return known;
    const last = known;
    try {
      await (loading ??= renew().finally(() => (loading = null)));
    } catch (error) {
      if (last === null || now - last.at > KEYS_KEPT_MS) throw error;
      log.warn('auth told no keys: the last ones stand', { error });
    }
    if (known === null) throw new Error('auth told no keys');
    return known;
  };
}
