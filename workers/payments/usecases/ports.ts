import type { RefusalReason } from '#objects/webhook-refusals/face.ts';
import type { Result } from '#shared/domain/result.ts';
import type { z } from 'zod';
import type {
  CapturePaymentInput,
  ChangePaymentInput,
  CreatePaymentInput,
  listPaymentsInputSchema,
  PaymentError,
  PaymentPage,
  PaymentSnapshot,
  PaymentStepInput,
  RefundPaymentInput,
} from '#shared/contracts/payments.ts';
import type { PaymentEventMessage } from '#shared/contracts/messages.ts';
import type { Clock } from '#shared/time/time.ts';
import type { FactsQueue } from '#shared/queues/payment-facts.ts';

/**
 * A payment to open. `account`: the customer as the provider knows him, if it keeps anything of him. `returnUrl`: where he
 * comes back to from a page of his bank or wallet.
 */
export type NewPayment = CreatePaymentInput & { account?: string | null; returnUrl?: string };

/** What a payment is known by whatever its key and id are. */
export type PaymentName = Pick<NewPayment, 'orderId' | 'attempt' | 'askedAt' | 'account'>;

/**
 * A payment provider. One adapter a provider; every method is safe to repeat with the same idempotency key, however late:
 * what the provider forgets after a day is looked up by what was left with the payment.
 */
export interface PaymentGateway {
  /**
   * Opens a payment; a kept method is charged with it. When that is declined, or the customer is wanted, the payment is
   * open all the same and waits for him.
   */
  create(input: NewPayment): Promise<Result<PaymentSnapshot, PaymentError>>;
  /** `thorough`: also what only a search of its own finds, such as a warning of the card's issuer or a transfer that came for nothing. */
  get(paymentId: string, look?: { thorough: boolean }): Promise<Result<PaymentSnapshot, PaymentError>>;
  /** The payment opened for this order and attempt, however short a while ago; null when there is none. */
  find(input: PaymentName): Promise<Result<PaymentSnapshot | null, PaymentError>>;
  list(input: z.output<typeof listPaymentsInputSchema>): Promise<Result<PaymentPage, PaymentError>>;
  capture(input: CapturePaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  change(input: ChangePaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  cancel(input: PaymentStepInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  refund(input: RefundPaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
}

/** Told what becomes of money that was transferred beyond a payment and belongs to none. */
export interface RestWatch {
  /** It could not be sent back: a person has to. */
  stuck(rest: { paymentId: string; orderId: string | null; detail: string }): Promise<void>;
  /** There is none, or no more. */
  gone(paymentId: string): Promise<void>;
}

/** One payment of ours, as the registry keeps it. `amount` is in minor units of `currency`. */
export interface RegisteredPayment {
  paymentId: string;
  provider: string;
  orderId: string;
  customerId: string | null;
  attempt: number;
  currency: string;
  amount: number;
  /** The newest attempt to pay that we heard of. */
  chargeId: string | null;
}

/** Which payments there are and whose they are, also for what the provider says without our metadata. */
export interface PaymentRegistry {
  /** Writes a payment down, or what is newer about it. Safe to repeat; a charge once known is never forgotten. */
  record(payment: RegisteredPayment, now: number): Promise<void>;
}

/** What a provider told us, verified and read. */
export interface ProviderEvent {
  eventId: string;
  provider: string;
  type: string;
  /** What it says it concerns. `orderId` is from our metadata, which much of what a provider tells does not carry. */
  about: { orderId: string | null; paymentId: string | null; chargeId: string | null };
  /** The customer at the provider whom it tells of. */
  account: string | null;
  /** The payment itself, where the event shows it with our metadata. */
  payment: RegisteredPayment | null;
  /** False for types no order waits for. */
  wakesOrder: boolean;
  flags: readonly EventFlag[];
  /** Milliseconds since the epoch. */
  occurredAt: number;
  /** SHA-256 of the raw body, hexadecimal; null when it came by another way than the webhook. */
  bodyDigest: string | null;
  /** JSON as kept: without client secrets. */
  body: string;
}
/**
 * other_mode: a test event at a live deployment or the reverse, never sent on; other_api_version: sent in another version
 * than the one this code reads, sent on all the same since the order looks at the payment itself.
 */
export const EVENT_FLAGS = ['other_mode', 'other_api_version'] as const;
export type EventFlag = (typeof EVENT_FLAGS)[number];
export type WebhookError = { code: RefusalReason };

export interface WebhookVerifier {
  /**
   * Judges the signature header alone, so that nobody has us read a body for nothing; null: no body could fit it. Else
   * what verifies the raw body, exactly as received, and reads it.
   */
  plausible(
    signature: string | null,
  ): ((body: Uint8Array) => Promise<Result<ProviderEvent, WebhookError>>) | null;
}

/**
 * received: not yet sent on; enqueued: sent; handled: its receiver has taken it in; failed: its receiver gave it up;
 * ignored: nobody waits for it; unmatched: it concerns no payment we know.
 */
export const EVENT_STATES = ['received', 'enqueued', 'handled', 'failed', 'ignored', 'unmatched'] as const;
export type EventState = (typeof EVENT_STATES)[number];
export interface StoredEvent {
  eventId: string;
  provider: string;
  type: string;
  state: EventState;
  orderId: string | null;
  paymentId: string | null;
  chargeId: string | null;
  requestId: string;
  occurredAt: string;
  receivedAt: string;
  enqueuedAt: string | null;
  settledAt: string | null;
  /** How often it was sent on. */
  attempts: number;
  flags: EventFlag[];
  /** What became of it, for an operator; null where the state says all. */
  detail: string | null;
}
/** Which events; null: any. Times are RFC 3339 UTC, of when they were received: from one up to, and without, another. */
export interface EventFilter {
  state: EventState | null;
  type: string | null;
  orderId: string | null;
  paymentId: string | null;
  from: string | null;
  to: string | null;
}
export interface EventPage extends EventFilter {
  /** Newest first: what comes after this position. */
  after: { receivedAt: string; eventId: string } | null;
  limit: number;
}

export interface Stored {
  /** False when an event of this id was there before. */
  fresh: boolean;
  /** As kept: with the order the registry knows. */
  event: StoredEvent;
  /** Whether what was there before had this very body. */
  sameBody: boolean;
}

export interface Inbox {
  /** Keeps an event and, in the same step, matches it with the registry and mends that with what the event shows. */
  store(event: ProviderEvent, requestId: string, now: number): Promise<Stored>;
  /** `sentAt`: just before they were sent, so that what their receiver told of them since stands. */
  markEnqueued(eventIds: readonly string[], sentAt: number): Promise<void>;
  /** What became of events that were sent on. Safe to repeat; a late message changes nothing that is handled. */
  settle(
    eventIds: readonly string[],
    outcome: { state: 'handled' | 'failed'; detail: string | null },
    now: number,
  ): Promise<void>;
  /** Sent before `before`, and nothing heard of since; oldest first. */
  unanswered(before: number, limit: number): Promise<StoredEvent[]>;
  /** Of no known payment, received before `before` and never asked the provider about; oldest first. */
  notLookedUp(before: number, limit: number): Promise<StoredEvent[]>;
  /** The provider knew the payment: event and registry say so, and the event is to be sent on. */
  matched(eventId: string, payment: RegisteredPayment, now: number): Promise<void>;
  /** The provider knew no order for it either. `ignored`: and nobody need know. */
  leave(
    eventId: string,
    outcome: { state: 'unmatched' | 'ignored'; detail: string },
    now: number,
  ): Promise<void>;
  /** With the body as it is kept. */
  read(eventId: string): Promise<{ event: StoredEvent; body: string } | null>;
  find(eventId: string): Promise<StoredEvent | null>;
  list(page: EventPage): Promise<StoredEvent[]>;
  /** Stored before `before` and never sent to the queue, oldest first. */
  notEnqueued(before: number, limit: number): Promise<StoredEvent[]>;
  /** Deletes settled events received before `before`, at most `limit`; how many went. */
  forget(before: number, limit: number): Promise<number>;
}

/** Asks the provider whose an event is that names no order of ours. */
export interface EventOwnerSource {
  /**
   * `elsewhere`: of a payment that no order of ours asked for, since something else uses the account too. Null: the
   * provider knows no payment for it. Throws where asking again may help.
   */
  ownerOf(
    event: Pick<StoredEvent, 'eventId' | 'type' | 'paymentId' | 'chargeId'>,
  ): Promise<RegisteredPayment | 'elsewhere' | null>;
}

export interface EventQueue {
  send(messages: readonly PaymentEventMessage[]): Promise<void>;
}

export interface EventPorts {
  factsQueue: FactsQueue;
  inbox: Inbox;
  registry: PaymentRegistry;
  queue: EventQueue;
  clock: Clock;
}
