import { Stripe } from 'stripe';
import { z } from 'zod';
import { fail, ok } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { ProviderEvent, WebhookVerifier } from '../usecases/ports.ts';

/** Oldest accepted signature, in seconds (https://docs.stripe.com/webhooks/signature). */
const TOLERANCE_SECONDS = 300;

/** Types after which an order should look at its payment; everything else is kept and left alone. */
const WAKING_TYPES: ReadonlySet<string> = new Set<Stripe.Event.Type>([
  'payment_intent.requires_action',
  'payment_intent.processing',
  'payment_intent.payment_failed',
  'payment_intent.amount_capturable_updated',
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'charge.refunded',
  'refund.updated',
  'refund.failed',
]);

const eventSchema = z.looseObject({
  id: z.string().regex(/^evt_\w{1,250}$/),
  type: z.string().min(1).max(200),
  created: z.int().min(0).max(9_999_999_999),
  data: z.looseObject({ object: z.looseObject({}) }),
});
const paymentIdSchema = z.string().regex(/^pi_\w{1,250}$/);
const intentSchema = z.looseObject({
  object: z.literal('payment_intent'),
  id: paymentIdSchema,
  metadata: z.looseObject({ order_id: idSchema('order') }),
});
const partSchema = z.looseObject({
  payment_intent: paymentIdSchema,
  metadata: z.looseObject({ order_id: idSchema('order') }),
});

/** Verifies the signature over the raw body, then reads what concerns us. Never throws for what a sender may send. */
export function stripeWebhooks(secret: string): WebhookVerifier {
  const crypto = Stripe.createSubtleCryptoProvider();
  return {
    async verify(body, signature) {
      let verified: unknown;
      try {
        verified = await Stripe.webhooks.constructEventAsync(
          body,
          signature ?? '',
          secret,
          TOLERANCE_SECONDS,
          crypto,
        );
      } catch (error) {
        const forged = error instanceof Stripe.errors.StripeSignatureVerificationError;
        return fail({ code: forged ? 'invalid_signature' : 'malformed' });
      }
      const event = eventSchema.safeParse(verified);
      return event.success ? ok(toEvent(event.data)) : fail({ code: 'malformed' });
    },
  };
}

function toEvent(event: z.infer<typeof eventSchema>): ProviderEvent {
  return {
    eventId: event.id,
    provider: 'stripe',
    type: event.type,
    about: about(event.data.object),
    wakesOrder: WAKING_TYPES.has(event.type),
    occurredAt: event.created * 1000,
    body: JSON.stringify(event, withoutSecrets),
  };
}

function about(object: unknown): ProviderEvent['about'] {
  const intent = intentSchema.safeParse(object);
  if (intent.success) return { orderId: intent.data.metadata.order_id, paymentId: intent.data.id };
  const part = partSchema.safeParse(object);
  if (part.success) return { orderId: part.data.metadata.order_id, paymentId: part.data.payment_intent };
  return null;
}

/** Whoever has a client secret can act on the payment: it is not kept. */
const withoutSecrets = (name: string, value: unknown): unknown =>
  name === 'client_secret' ? undefined : value;
