import type { Result } from '#shared/domain/result.ts';
import type { PaymentError } from '#shared/contracts/payments.ts';
import type { FactsQueue } from '#shared/queues/payment-facts.ts';
import type { Clock } from '#shared/time/time.ts';
import type { LedgerTransaction } from '../../ledger/accounts.ts';
import type { Breach, Check, Figures } from '../../ledger/check.ts';
import type { DisputeFact, PaymentFacts } from '../../ledger/facts.ts';

/** Asks the provider what it has on record about the money of one payment. */
export interface FactsSource {
  facts(paymentId: string): Promise<Result<PaymentFacts, PaymentError>>;
}

/** What is booked of one payment. */
export interface Booked {
  /** When somebody last asked for it to be booked; null: nobody waits. */
  askedAt: string | null;
  /** Epoch milliseconds; null: never booked. */
  observedAt: number | null;
  /** Mark of the last write: the next one must name it. */
  writtenBy: string | null;
  transactions: LedgerTransaction[];
}

export interface Booking {
  facts: PaymentFacts;
  missing: readonly LedgerTransaction[];
  check: Check;
  /** What it is based on. */
  before: Booked;
  now: number;
}

/** The ledger of one payment as it is shown. */
export interface PaymentLedger {
  paymentId: string;
  provider: string;
  orderId: string | null;
  currency: string;
  openedAt: string;
  observedAt: string;
  figures: Figures;
  unsettled: number;
  breaches: Breach[];
  transactions: LedgerTransaction[];
}
export interface LedgerPage {
  orderId: string | null;
  paymentId: string | null;
  /** Exclusive. */
  after: string | null;
  limit: number;
}

export interface LedgerStore {
  /** Promises to book these, at most 100. */
  ask(paymentIds: readonly string[], now: number): Promise<void>;
  read(paymentId: string): Promise<Booked>;
  /** All or nothing; false when another write came between, and nothing was written. */
  write(booking: Booking): Promise<boolean>;
  /** The payment cannot be booked: the promise is dropped and an operator is told. */
  giveUp(paymentId: string, askedAt: string, detail: string, now: number): Promise<void>;
  /** Promises older than `before` that nobody kept, each put off so that the next sweep leaves it alone for a while. */
  takeDue(before: number, limit: number): Promise<string[]>;
  list(page: LedgerPage): Promise<PaymentLedger[]>;
}

/** A dispute as it is listed. Times are RFC 3339 UTC. */
export interface ListedDispute {
  disputeId: string;
  paymentId: string;
  orderId: string | null;
  /** The dispute's own. */
  currency: string;
  /** Minor units of `currency`. */
  amount: number;
  state: DisputeFact['state'];
  reason: string;
  openedAt: string;
  /** Until when evidence can be handed in; null: none is awaited. */
  dueBy: string | null;
}
export interface DisputeList {
  /** The next deadline first; those without one last. `after` is exclusive. */
  list(page: {
    state: ListedDispute['state'] | null;
    after: Pick<ListedDispute, 'dueBy' | 'disputeId'> | null;
    limit: number;
  }): Promise<ListedDispute[]>;
}

export interface LedgerPorts {
  ledger: LedgerStore;
  factsQueue: FactsQueue;
  source: FactsSource;
  clock: Clock;
}
