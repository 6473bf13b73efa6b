import type { PurchasableVariant } from '#shared/contracts/catalogue.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { PricedLine, PricedTotals } from '#shared/domain/pricing/priced.ts';
import type { Currency } from '#shared/money/money.ts';

/** States of the machine; finer than the public ones, see `TABLE`. */
export type State =
  | 'pricing'
  | 'holding'
  | 'requesting_payment'
  | 'awaiting_payment'
  | 'closing'
  | 'authorised'
  | 'provisioning'
  | 'capturing'
  | 'activating'
  | 'completed'
  | 'undoing_lines'
  | 'returning_money'
  | 'returning_stock'
  | 'cancelled'
  | 'refunded'
  | 'needs_operator'
  | 'rejected';

export interface Reason {
  code: string;
  /** In words the customer can read. */
  text: string;
}
/** Why a person must look. `detail` is technical and for operators only. */
export interface Attention extends Reason {
  detail: string;
}

/** A field of the placed body that makes the order impossible; `pointer` is RFC 6901 within that body. */
export interface Refusal {
  pointer: string;
  detail: string;
}
export interface Shortage {
  sku: string;
  /** Index of the first line that does not fit. */
  lineIndex: number;
  available: number;
}

export type LineState =
  | 'pending'
  | 'provisioning'
  | 'provisioned'
  | 'delivered'
  | 'failed'
  | 'undoing'
  | 'undone';

/** A line as it was priced. A later change of the product or of any rule never reaches it. */
export interface Line extends Omit<PurchasableVariant, 'unitPrice' | 'quantityMax' | 'customisationSchema'> {
  id: string;
  instanceId: string;
  workflowId: string;
  quantity: number;
  /** Its share of the order's money is `price.total`. */
  price: PricedLine;
  customisation: Record<string, unknown>;
  /** `pending` means: provisioning was never asked for. */
  state: LineState;
  detail: string;
}

/** What the order wants of one `Stock` object. `wanted`: asked for or about to be, answer unknown. */
export interface StockClaim {
  sku: string;
  state: 'wanted' | 'held' | 'refused' | 'committed' | 'returned';
  lines: { lineId: string; quantity: number }[];
}

/**
 * What the provider last said, in minor units. authorised = captured + voided + open, where `open` is still held on the
 * customer's account (see `openAmount`).
 */
export interface Ledger {
  /** The provider may have been asked for a payment: set before the first attempt leaves. */
  asked: boolean;
  paymentId: string | null;
  clientSecret: string | null;
  status: 'none' | 'open' | 'processing' | 'authorised' | 'captured' | 'voided';
  authorised: number;
  captured: number;
  voided: number;
  refunded: number;
  /** Refunds made outside the order that an operator has accepted as they are. */
  refundAccepted: number;
  lastError: string | null;
  /** Which way back was asked for and has not been answered yet. */
  returning: 'none' | 'void' | 'refund';
  /** Key of the step that was asked for last; null once the provider has refused it, or the order went on. */
  asking: string | null;
  /** How often the provider refused the present step. */
  refusals: number;
}

/** The order: plain data, kept as JSON by its object. Times are epoch milliseconds, amounts minor units. */
export interface OrderDocument {
  schema: 1;
  id: string;
  /** Short number for people. */
  number: string;
  customerId: string;
  email: string | null;
  /** Increases with each change. */
  version: number;
  state: State;
  /** Where `needs_operator` came from and returns to. */
  resume: State | null;
  attention: Attention | null;
  /** Why it ended or is being undone. The first cause stays. */
  reason: Reason | null;
  /** The client was told of this order while it was still being placed: it may not vanish any more. */
  acknowledged: boolean;
  refusals: Refusal[];
  shortage: Shortage | null;
  request: PlaceOrder;
  lineIds: { lineId: string; instanceId: string; workflowId: string }[];
  currency: Currency;
  /** Σ of the lines' `price.total` and of the shipping's. */
  total: number;
  /** How the total came about, beside each line's own price; null until priced. */
  pricing: PricedTotals | null;
  lines: Line[];
  stock: StockClaim[];
  payment: Ledger;
  /** End of the time to pay. */
  dueAt: number;
  /** End of the time to try again, granted once, after a payment under way failed too late; null: not granted yet. */
  retryUntil: number | null;
  /** Until when the stock was last asked to be held; null: not asked yet. */
  holdsUntil: number | null;
  /** When the present state was entered. */
  stageSince: number;
  /** Distinguishes repeats of the same step in effect keys. */
  rounds: number;
  createdAt: number;
  updatedAt: number;
}

export interface Placement {
  id: string;
  number: string;
  customerId: string;
  request: PlaceOrder;
  lineIds: OrderDocument['lineIds'];
  at: number;
}

export function newDocument(placement: Placement): OrderDocument {
  return {
    schema: 1,
    id: placement.id,
    number: placement.number,
    customerId: placement.customerId,
    email: null,
    version: 1,
    state: 'pricing',
    resume: null,
    attention: null,
    reason: null,
    acknowledged: false,
    refusals: [],
    shortage: null,
    request: placement.request,
    lineIds: placement.lineIds,
    currency: placement.request.currency,
    total: 0,
    pricing: null,
    lines: [],
    stock: [],
    payment: {
      asked: false,
      paymentId: null,
      clientSecret: null,
      status: 'none',
      authorised: 0,
      captured: 0,
      voided: 0,
      refunded: 0,
      refundAccepted: 0,
      lastError: null,
      returning: 'none',
      asking: null,
      refusals: 0,
    },
    dueAt: placement.at + placement.request.paymentWindowSeconds * 1000,
    retryUntil: null,
    holdsUntil: null,
    stageSince: placement.at,
    rounds: 0,
    createdAt: placement.at,
    updatedAt: placement.at,
  };
}

/** Held on the customer's account and not yet captured or given back. */
export const openAmount = (ledger: Ledger): number => ledger.authorised - ledger.captured - ledger.voided;

/** Nothing is payable yet, nobody has been charged. */
export const PLACING_STATES: ReadonlySet<State> = new Set<State>([
  'pricing',
  'holding',
  'requesting_payment',
]);

/** The state whose rules apply: under `needs_operator` that of the step it stopped in. */
export const effectiveState = (document: OrderDocument): State =>
  document.state === 'needs_operator' ? (document.resume ?? document.state) : document.state;
