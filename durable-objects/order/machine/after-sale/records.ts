import type { FrozenPrice } from '#shared/domain/pricing/frozen.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { Actor } from '../document.ts';

/** `renewedAs` of a refund that failed and is not asked for again: others give back what it was to, or nothing does. */
export const REPLACED = 'replaced';

/** What a refund or an exchange settles of one line. Minor units; `tax` is the tax within `amount`. */
export interface SettledPart {
  lineId: string;
  /** Units settled; 0: money alone. */
  quantity: number;
  amount: number;
  tax: number;
  /** Of the units' price, kept by decision: it is no remainder for the last unit to take. */
  withheld: number;
}

/**
 * `requested` → `approved` → `received` → `refunded` or `exchanged`; `rejected` and `withdrawn` end it before that. An
 * exchange that cannot be sent, or whose order ends without it, falls back to where it was.
 */
export type ReturnState =
  | 'requested'
  | 'approved'
  | 'received'
  | 'refunded'
  | 'exchanging'
  | 'exchanged'
  | 'rejected'
  | 'withdrawn';

/** Goods on their way back. */
export interface ReturnCase {
  /** `ret_…`. */
  id: string;
  state: ReturnState;
  /** What the customer wants for it. */
  wish: 'refund' | 'exchange';
  lines: { lineId: string; quantity: number; reason: string }[];
  /** Oldest first: every step with who, when and why. */
  steps: { state: ReturnState; at: number; by: Actor; why: string }[];
  /** Units put back on the shelf when they arrived. */
  restocked: { lineId: string; quantity: number }[];
  refundId: string | null;
  exchange: Exchange | null;
  /** Units that were settled without any money: they were worth nothing, or it was given back another way. */
  closed?: SettledPart[];
}

/** The order that sends the replacement, and what of this order pays for it. */
export interface Exchange {
  orderId: string;
  parts: SettledPart[];
  /** What is given back of the units' price once that order is placed, and under which name; nobody else may until then. */
  rest?: SettledPart[];
  refundId?: string;
  /** Null once it is placed: that order knows them. */
  request: PlaceOrder | null;
  quote: FrozenPrice | null;
}

/** Where an order placed as an exchange comes from. */
export interface ExchangeOrigin {
  orderId: string;
  returnId: string;
}
