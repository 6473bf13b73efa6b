import { fail, ok } from '#shared/domain/result.ts';
import { type Clock, systemClock } from '#shared/time/time.ts';
import type { WebhookVerifier } from '../usecases/ports.ts';
import { readEvent } from './stripe-events.ts';
import { isLiveKey } from './stripe-mode.ts';
import { isSigned, readSignatureHeader, signingSecrets } from './stripe-signature.ts';

export interface StripeWebhookOptions {
  /** One signing secret, or several while one is rotated (`signingSecrets`). */
  secrets: string;
  /** The key of this deployment tells its mode. */
  secretKey: string;
}

/** Webhooks of Stripe. Never throws for what a sender may send. */
export function stripeWebhooks(options: StripeWebhookOptions, clock: Clock = systemClock): WebhookVerifier {
  const secrets = signingSecrets(options.secrets);
  const isLive = isLiveKey(options.secretKey);
  return {
    plausible(signature) {
      const header = readSignatureHeader(signature, clock.now());
      if (header === null) return null;
      return async (body) => {
        if (!(await isSigned(header, body, secrets))) return fail({ code: 'invalid_signature' });
        const event = readEvent(new TextDecoder().decode(body), { isLive });
        return event === null ? fail({ code: 'malformed' }) : ok(event);
      };
    },
  };
}
