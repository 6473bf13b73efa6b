import type { Clock } from '#shared/time/time.ts';
import type { DisputeFact, RefundFact } from '../../ledger/facts.ts';
import type { FindingStore } from '../findings/ports.ts';
import type { LedgerPorts } from '../ledger/ports.ts';
import type { EventPorts, PaymentGateway, ProviderEvent } from '../ports.ts';

/** Half-open, epoch milliseconds. */
export interface Period {
  from: number;
  to: number;
}

/** One page of what a provider lists, newest first; `next` is where the following one begins. */
export interface Listed<Item> {
  items: Item[];
  next: string | null;
}
export interface ListedPayment {
  paymentId: string;
  /** The order it names; null: it is not one of ours. */
  orderId: string | null;
  attempt: number;
  /** Upper case. */
  currency: string;
  amount: number;
  captured: number;
  open: number;
}
/** A refund or a dispute. `state`: as the ledger has it. */
export interface ListedPart {
  id: string;
  paymentId: string | null;
  state: RefundFact['state'] | DisputeFact['state'];
  amount: number;
  /** Upper case. */
  currency: string;
}

/** What a provider has of a period, page by page. Throws when it cannot be asked. */
export interface PeriodSource {
  /** The provider, as rows and events name it. */
  provider: string;
  /** Kept for 30 days; those of the other mode and those nobody waits for are left out. */
  events(period: Period, after: string | null): Promise<Listed<ProviderEvent>>;
  payments(period: Period, after: string | null): Promise<Listed<ListedPayment>>;
  refunds(period: Period, after: string | null): Promise<Listed<ListedPart>>;
  disputes(period: Period, after: string | null): Promise<Listed<ListedPart>>;
}

/** In this order; each looks at the whole period, a page at a time; `unsettled` and `rests` at all there is. */
export const PHASES = [
  'events',
  'payments',
  'refunds',
  'disputes',
  'ours',
  'unsettled',
  'rests',
  'inbox',
] as const;
export type Phase = (typeof PHASES)[number];

/** What a reconciliation did so far. */
export interface Counts {
  events: number;
  /** Events whose webhook never came, put into the inbox as if it had. */
  eventsRepaired: number;
  payments: number;
  /** Payments at the provider that name an order of ours and were in no registry. */
  paymentsRegistered: number;
  refunds: number;
  disputes: number;
  ours: number;
  /** Payments whose ledger lagged behind: booked anew, and their orders woken. */
  paymentsBooked: number;
  findings: number;
}
export const NO_COUNTS: Counts = {
  events: 0,
  eventsRepaired: 0,
  payments: 0,
  paymentsRegistered: 0,
  refunds: 0,
  disputes: 0,
  ours: 0,
  paymentsBooked: 0,
  findings: 0,
};

export interface Reconciliation {
  id: string;
  /** Names a scheduled one; null: asked for by a person. */
  slot: string | null;
  askedBy: string | null;
  from: string;
  to: string;
  state: 'running' | 'done' | 'failed';
  phase: Phase;
  cursor: string | null;
  counts: Counts;
  failures: number;
  error: string | null;
  startedAt: string;
  finishedAt: string | null;
}
export interface ReconciliationPage {
  /** Newest first: what comes after this position. */
  after: { startedAt: string; id: string } | null;
  limit: number;
}
export interface NewReconciliation {
  slot: string | null;
  askedBy: string | null;
  period: Period;
}

export interface ReconciliationStore {
  /** Null: one of this slot is there already. */
  start(input: NewReconciliation, now: number): Promise<Reconciliation | null>;
  find(id: string): Promise<Reconciliation | null>;
  list(page: ReconciliationPage): Promise<Reconciliation[]>;
  /** The oldest that was started before `startedBefore`, is unfinished, and that nobody has worked on since `restedSince`. */
  waiting(startedBefore: number, restedSince: number): Promise<string | null>;
  /** Takes one over; null while somebody works on it or on another one, or when it is finished. */
  own(id: string, owner: string, now: number): Promise<Reconciliation | null>;
  /** Saves where it stands and keeps it for a while longer; false: it was lost to somebody else. */
  save(run: Reconciliation, owner: string, now: number): Promise<boolean>;
  /** Lets it go for others to continue. */
  release(id: string, owner: string, now: number): Promise<void>;
}

/** Ours, to be held against what the provider lists. */
export interface OurPayments {
  /** Which of these events are not in the inbox. */
  missingEvents(eventIds: readonly string[]): Promise<Set<string>>;
  /** What we have of these payments, by id; notes that the provider listed them. */
  listed(paymentIds: readonly string[], now: number): Promise<Map<string, OurPayment>>;
  /** Payments opened in the period which the provider has not listed since `since`, by id. */
  unlisted(period: Period, since: number, after: string | null, limit: number): Promise<OurPayment[]>;
  /** Of these refunds, those the ledger has booked as they are now. */
  bookedRefunds(refunds: readonly BookedPart[]): Promise<Set<string>>;
  /** Of these disputes, those that are known as they are now. */
  bookedDisputes(disputes: readonly BookedPart[]): Promise<Set<string>>;
  /** Payments with money on its way since before `since`, by id. */
  unsettled(
    since: number,
    after: string | null,
    limit: number,
  ): Promise<(OurPayment & { unsettled: number; since: string })[]>;
  /** Events of the period that reached no order; not those the provider is still to be asked about. */
  unheard(
    period: Period,
    after: string | null,
    limit: number,
  ): Promise<
    {
      eventId: string;
      type: string;
      state: string;
      orderId: string | null;
      paymentId: string | null;
      detail: string | null;
    }[]
  >;
}
export interface BookedPart {
  id: string;
  paymentId: string;
  state: ListedPart['state'];
}
export interface OurPayment {
  paymentId: string;
  orderId: string | null;
  currency: string;
  /** Null: it is not in the registry. */
  amount: number | null;
  /** As booked; null: not booked yet. */
  captured: number | null;
  open: number | null;
}

export interface ReconcilePorts extends EventPorts, LedgerPorts {
  runs: ReconciliationStore;
  ours: OurPayments;
  period: PeriodSource;
  findings: FindingStore;
  /** Whose look at a payment gives back what was transferred beyond it. */
  gateway: Pick<PaymentGateway, 'get'>;
  clock: Clock;
}
