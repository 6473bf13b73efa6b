import type { Stripe } from 'stripe';
import type { AnyDocument, Documents, StripeStore } from '../storage.ts';
import { noSuch } from '../errors.ts';

/**
 * `settle`: end of a delayed payment; `expire`: of a hold (both by payment); `refund`: of a refund under way; `book`: money
 * captured asynchronously reaches the balance; `aftermath`: what a test card brings after its capture (both by charge);
 * `unverified`: the time to verify an account ends (by payment or set-up).
 */
export type LaterAction = 'settle' | 'expire' | 'refund' | 'book' | 'aftermath' | 'unverified';
/** What events are about. */
export type EventObject = Exclude<AnyDocument, Stripe.Event | Stripe.BalanceTransaction>;

/** What an operation may use. Everything is synchronous: an operation is one transaction of the account. */
export interface OperationContext {
  store: StripeStore;
  /** Unix seconds. */
  now: number;
  /** Keeps an event with a snapshot of the object and has it delivered; `previous` for events that tell what changed. */
  emit(type: Stripe.Event.Type, object: EventObject, previous?: object): void;
  /** What comes by itself after a time. */
  later(what: LaterAction, id: string, afterMs: number): void;
  /** Pages of the sandbox: where the customer passes the challenge of a payment or set-up, and where he pays. */
  challengeUrl(intent: { id: string; client_secret: string | null }): string;
  /** Where he tells what small deposits came. */
  verifyUrl(intent: { id: string; client_secret: string | null }): string;
  /** Where events go. */
  shopOrigin: string;
  payUrl(intent: { id: string; client_secret: string | null }): string;
}

/** Names in refusals of objects that are not there. */
const PARAMS = {
  payment_intent: 'intent',
  charge: 'charge',
  customer: 'customer',
  event: 'id',
  dispute: 'dispute',
  balance_transaction: 'id',
  review: 'review',
  payment_method: 'payment_method',
  setup_intent: 'intent',
} as const;

export function need<Kind extends keyof typeof PARAMS>(
  context: OperationContext,
  kind: Kind,
  id: string,
): Documents[Kind] {
  const document = context.store.get(kind, id);
  if (document === null || 'deleted' in document) throw noSuch(kind, id, PARAMS[kind]);
  return document;
}

/** What was captured of a charge and has not gone back. A released part of the hold was never taken. */
export function refundable(charge: Stripe.Charge, capturable: number): number {
  const released = charge.amount - charge.amount_captured - capturable;
  return charge.amount_captured - (charge.amount_refunded - released);
}

export const idOf = (reference: string | { id: string } | null | undefined): string =>
  typeof reference === 'string' ? reference : (reference?.id ?? '');

/** The charge of the latest attempt that took money or holds it. */
export function chargeOf(context: OperationContext, intent: Stripe.PaymentIntent): Stripe.Charge | null {
  return typeof intent.latest_charge === 'string' ? context.store.get('charge', intent.latest_charge) : null;
}
