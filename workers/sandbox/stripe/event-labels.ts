import type { EventObject } from './operations/context.ts';
import type { StripeStore } from './storage.ts';

/** What an event is about, for whoever lists events or sets a fault switch. */

/** The payment an object belongs to; its own id when it belongs to none. */
export function intentIdOf(object: EventObject): string {
  if (object.object === 'payment_intent') return object.id;
  return 'payment_intent' in object && typeof object.payment_intent === 'string'
    ? object.payment_intent
    : object.id;
}

/** What a fault switch may name: metadata, customer and payment method. */
export function labelsOfPayment(store: StripeStore, object: EventObject, intentId: string): string[] {
  const about = store.get('payment_intent', intentId) ?? object;
  const metadata = 'metadata' in about ? (about.metadata ?? {}) : {};
  const names = [
    'customer' in about ? about.customer : null,
    'payment_method' in about ? about.payment_method : null,
  ];
  return [...Object.values(metadata), ...names].filter((label) => typeof label === 'string');
}
