/** What a person must look at; each with what they can do about it in docs/ledger.md. */
export const FINDING_CODES = {
  hold_does_not_add_up: 'Authorised is not captured + voided + open',
  hold_differs: 'The ledger holds another amount than the provider',
  received_differs: 'The charges of the payment do not make up what the provider says it received',
  figure_fell: 'A figure that only ever grows has become smaller',
  more_given_back_than_taken: 'More went back to the customer than was taken',
  dispute_in_other_currency: 'A dispute in another currency than its payment: the figures leave it out',
  missing_at_provider: 'A payment of ours that the provider does not know',
  amount_differs: 'The provider asks the customer for another amount than we do',
  rest_not_given_back: 'Money transferred beyond a payment could not be sent back',
  unmatched_refund: 'A refund of no payment we know',
  unmatched_dispute: 'A dispute about no payment we know',
  event_unheard: 'An event that reached no order',
  never_settled: 'Money agreed with the customer has not reached, or left, the balance for long',
} as const;
export type FindingCode = keyof typeof FINDING_CODES;

export interface NewFinding {
  code: FindingCode;
  /** What it is about: with the code it names the matter, which is raised once. */
  subject: string;
  paymentId: string | null;
  orderId: string | null;
  /** Figures and ids, for an operator. */
  detail: string;
}
export interface Finding extends NewFinding {
  id: string;
  state: 'open' | 'resolved';
  reconciliationId: string | null;
  foundAt: string;
  lastFoundAt: string;
  resolvedAt: string | null;
  /** Account of the person who closed it; null: it was no longer so. */
  resolvedBy: string | null;
  resolution: string | null;
}
export interface FindingPage {
  state: Finding['state'] | null;
  reconciliationId: string | null;
  /** Newest first: what comes after this position. */
  after: { foundAt: string; id: string } | null;
  limit: number;
}

export interface FindingStore {
  put(findings: readonly NewFinding[], reconciliationId: string | null, now: number): Promise<void>;
  /** Closes what is no longer so. */
  close(subjects: readonly string[], codes: readonly FindingCode[], now: number): Promise<void>;
  /** Closes those about events that reached their order after all. */
  closeHeard(now: number): Promise<void>;
  /** Subjects of the open ones of a code, in their order after one. */
  openAbout(code: FindingCode, after: string | null, limit: number): Promise<string[]>;
  list(page: FindingPage): Promise<Finding[]>;
  /** Null: no such finding. One that is closed stays as it was closed. */
  resolve(id: string, by: { by: string; reason: string }, now: number): Promise<Finding | null>;
}
