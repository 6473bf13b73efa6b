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

/**
 * A payment provider. One adapter a provider; every method is safe to repeat with the same idempotency key, however late:
 * what the provider forgets after a day is looked up by what was left with the payment.
 */
export interface PaymentGateway {
  create(input: CreatePaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  get(paymentId: string): Promise<Result<PaymentSnapshot, PaymentError>>;
  list(input: z.output<typeof listPaymentsInputSchema>): Promise<Result<PaymentPage, PaymentError>>;
  capture(input: CapturePaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  change(input: ChangePaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  cancel(input: PaymentStepInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  refund(input: RefundPaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
}

/** What a provider told us, verified and read. */
export interface ProviderEvent {
  eventId: string;
  provider: 'stripe';
  type: string;
  /** Whom it concerns; null when it is about no order of ours. */
  about: { orderId: string; paymentId: string } | null;
  /** False for types no order waits for. */
  wakesOrder: boolean;
  /** Milliseconds since the epoch. */
  occurredAt: number;
  /** JSON as kept: without client secrets. */
  body: string;
}
export type WebhookError = { code: 'invalid_signature' | 'malformed' };

export interface WebhookVerifier {
  /** `body` is the raw body, exactly as received. */
  verify(body: string, signature: string | null): Promise<Result<ProviderEvent, WebhookError>>;
}

export type EventState = 'received' | 'enqueued' | 'ignored';
export interface StoredEvent {
  eventId: string;
  provider: string;
  type: string;
  state: EventState;
  orderId: string | null;
  paymentId: string | null;
  requestId: string;
  occurredAt: string;
  receivedAt: string;
  enqueuedAt: string | null;
}
export interface EventPage {
  state: EventState | null;
  orderId: string | null;
  /** Newest first: what comes after this position. */
  after: { receivedAt: string; eventId: string } | null;
  limit: number;
}

export interface Inbox {
  /** False when the event was there before. */
  store(event: ProviderEvent, state: EventState, requestId: string, now: number): Promise<boolean>;
  markEnqueued(eventIds: readonly string[], now: number): Promise<void>;
  find(eventId: string): Promise<StoredEvent | null>;
  list(page: EventPage): Promise<StoredEvent[]>;
  /** Stored before `before` and never sent to the queue, oldest first. */
  notEnqueued(before: number, limit: number): Promise<StoredEvent[]>;
  /** Deletes settled events received before `before`, at most `limit`; how many went. */
  forget(before: number, limit: number): Promise<number>;
}

export interface EventQueue {
  send(messages: readonly PaymentEventMessage[]): Promise<void>;
}

export interface EventPorts {
  inbox: Inbox;
  queue: EventQueue;
  clock: Clock;
}
