import { createHash } from 'node:crypto';
import { log } from '#shared/observability/log.ts';
import { BREACH_LOOKUP_TIMEOUT_MS } from '../limits.ts';

/** Whether a password is in a public collection of breached ones. */
export interface BreachedPasswords {
  /** False also when the service is away: the built-in list stands in for it then. */
  contains(password: string): Promise<boolean>;
}

export const noBreachService: BreachedPasswords = { contains: async () => false };

/**
 * k-anonymity range look-up (https://haveibeenpwned.com/API/v3#PwnedPasswords): five hex digits of the SHA-1 leave us,
 * the answer is padded so that its length tells nothing.
 */
export function breachRangeService(apiBase: string, call: typeof fetch): BreachedPasswords {
  return {
    async contains(password) {
      const digest = createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase();
      const suffix = digest.slice(5);
      try {
        const response = await call(`${apiBase}/range/${digest.slice(0, 5)}`, {
          headers: { 'add-padding': 'true' },
          redirect: 'manual',
          signal: AbortSignal.timeout(BREACH_LOOKUP_TIMEOUT_MS),
        });
        if (!response.ok) throw new Error(`answered ${response.status}`);
        const lines = (await response.text()).split('\n');
        return lines.some((line) => {
          const [candidate, count] = line.trim().split(':');
          return candidate === suffix && Number(count) > 0;
        });
      } catch (error) {
        log.warn('breach look-up unavailable', { error });
        return false;
      }
    },
  };
}
