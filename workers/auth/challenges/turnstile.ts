import { z } from 'zod';
import { PRESSURE_MAX } from '#objects/login-guard/policies.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { log } from '#shared/observability/log.ts';
import type { Clock } from '#shared/time/time.ts';
import { SITEVERIFY_TIMEOUT_MS, TURNSTILE_TOKEN_TTL_MS } from '../limits.ts';
import { FAILED, type Challenge, type Checked, type Spend } from './challenge.ts';

export interface TurnstileSettings {
  siteKey: string;
  secret: string;
  /** Of `POST {base}/siteverify`. */
  apiBase: string;
  /** Host of our pages: a token that was given on another one is refused. */
  hostname: string;
}

/** https://developers.cloudflare.com/turnstile/get-started/server-side-validation/ */
const answerSchema = z.object({
  success: z.boolean(),
  hostname: z.string().optional(),
  action: z.string().optional(),
  'error-codes': z.array(z.string()).default([]),
});
type Answer = z.infer<typeof answerSchema>;
/** The vendor says that it could not look, or that we are set up wrongly: the visitor is not at fault. */
const NOT_THE_VISITORS = new Set([
  'internal-error',
  'missing-input-secret',
  'invalid-input-secret',
  'bad-request',
]);

/**
 * Cloudflare Turnstile. The vendor takes a token once and for five minutes; that it was given on our host and for this very
 * action, and is used once here too, is checked by us. When it does not answer in time another kind is asked for.
 */
export function turnstile(
  settings: TurnstileSettings,
  spend: Spend,
  clock: Clock,
  call: typeof fetch,
): Challenge {
  const ask = async (token: string): Promise<Answer | null> => {
    try {
      const response = await call(`${settings.apiBase}/siteverify`, {
        method: 'POST',
        body: new URLSearchParams({ secret: settings.secret, response: token }),
        redirect: 'manual',
        signal: AbortSignal.timeout(SITEVERIFY_TIMEOUT_MS),
      });
      const answer = answerSchema.parse(await response.json());
      if (answer['error-codes'].some((code) => NOT_THE_VISITORS.has(code))) {
        throw new Error(`answered ${answer['error-codes'].join()}`);
      }
      return answer;
    } catch (error) {
      log.error('challenges cannot be checked by their vendor', { error });
      return null;
    }
  };
  return {
    demand: ({ action }) => ({ kind: 'turnstile', siteKey: settings.siteKey, action }),

    async check({ action }, token): Promise<Checked> {
      const answer = await ask(token);
      if (answer === null) return { outcome: 'unavailable' };
      const isRight = answer.success && answer.hostname === settings.hostname && answer.action === action;
      if (!isRight || !(await spend(sha256(token), clock.now() + TURNSTILE_TOKEN_TTL_MS))) return FAILED;
      return { outcome: 'passed', pressure: PRESSURE_MAX };
    },
  };
}
