import { isTurnstileTestKey } from '../../workers/auth/challenges/turnstile-settings.ts';
import type { Finding } from './finding.ts';

/** What can be said of the challenge vendor's keys by looking at them. Both empty: puzzles of our own are asked for. */
export function turnstileKeys(keys: { site: string; secret: string; isProduction: boolean }): Finding[] {
  const { site, secret, isProduction } = keys;
  if (site === '' && secret === '') return [];
  if (site === '' || secret === '') {
    return [
      {
        level: 'fault',
        what: `${site === '' ? 'TURNSTILE_SITE' : 'TURNSTILE_SECRET_KEY'} is not set, and the other one is: nobody could sign in.`,
        advice: 'Set both, from the same widget, or none.',
      },
    ];
  }
  if (isProduction && (isTurnstileTestKey(site) || isTurnstileTestKey(secret))) {
    return [
      {
        level: 'fault',
        what: 'The keys of Turnstile are those for tests, which let everybody pass.',
        advice: 'Take site key and secret of a widget of your own: Cloudflare dashboard, Turnstile.',
      },
    ];
  }
  return [{ level: 'ok', what: 'Challenges go through Turnstile.' }];
}
