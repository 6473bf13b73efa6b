import type { Env } from '../env.ts';
import type { TurnstileSettings } from './turnstile.ts';

/** The vendor's keys for tests, which anybody passes (https://developers.cloudflare.com/turnstile/troubleshooting/testing/). */
export const isTurnstileTestKey = (key: string): boolean => /^[123]x0{10,}/.test(key);

type Settings = Pick<Env, 'PUBLIC_ORIGIN' | 'TURNSTILE_SITE' | 'TURNSTILE_API_BASE' | 'TURNSTILE_SECRET_KEY'>;

/** Null where the vendor is not used. Throws where it is and could not protect anything. */
export function turnstileSettings(env: Settings): TurnstileSettings | null {
  if (env.TURNSTILE_SITE === '') return null;
  const { protocol, hostname } = new URL(env.PUBLIC_ORIGIN);
  const secret = env.TURNSTILE_SECRET_KEY ?? '';
  if (secret === '') throw new Error('TURNSTILE_SITE is set and TURNSTILE_SECRET_KEY is not');
  if (protocol === 'https:' && (isTurnstileTestKey(secret) || isTurnstileTestKey(env.TURNSTILE_SITE))) {
    throw new Error('the keys of Turnstile are those for tests, which let everybody pass');
  }
  return { siteKey: env.TURNSTILE_SITE, secret, apiBase: env.TURNSTILE_API_BASE, hostname };
}
