import type { FrozenPrice } from '#shared/domain/pricing/frozen.ts';
import type { SoldGiftCard } from '#shared/contracts/gift-cards.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { PricedTotals } from '#shared/domain/pricing/priced.ts';
import type { Actor, Bundle, Line, OrderDocument, Refusal } from '../document.ts';
import type { RefundWish } from './settlement.ts';

/** Who asks, and why: every change after the sale says so. */
interface Asked {
  by: Actor;
  why: string;
}
/** Units of a line of which something besides the money is to be done. */
export interface Units {
  lineId: string;
  quantity: number;
  /** Of units that go back on the shelf: where; absent: where they were taken from. */
  location?: string | undefined;
}

export type AccessDecision = 'suspend' | 'restore' | 'revoke';

/** Wishes after the sale. Checked by `checkAfterSale` first; ids are minted by the shell. `at` is epoch milliseconds. */
export type AfterSaleCommand =
  | ({
      type: 'refund.requested';
      refundId: string;
      wish: RefundWish;
      /** Lines whose instances are taken back; all units of them must be given back. */
      revoke: string[];
      /** Units put back on the shelf. */
      restock: Units[];
      /** The gift cards the order brought; null or absent: they are left as they are, whatever goes back. */
      cards?: SoldGiftCard[] | null;
    } & Asked)
  | { type: 'note.added'; noteId: string; by: Actor; text: string; visible: boolean }
  | ({
      type: 'return.requested';
      returnId: string;
      wish: 'refund' | 'exchange';
      lines: (Units & { reason: string })[];
    } & Asked)
  /** Of an order delivered as ready: lines that are not made yet. */
  | ({ type: 'lines.cancelled'; lineIds: string[] } & Asked)
  /** What the customer may use of what was delivered; `revoke`: it is taken back for good, and no money with it. */
  | ({ type: 'access.decided'; decision: AccessDecision; lineIds: string[] } & Asked)
  | ({ type: 'return.approved'; returnId: string } & Asked)
  | ({ type: 'return.rejected'; returnId: string } & Asked)
  | ({ type: 'return.withdrawn'; returnId: string } & Asked)
  | ({ type: 'return.received'; returnId: string; restock: Units[] } & Asked)
  | ({
      type: 'return.refunded';
      returnId: string;
      refundId: string;
      /** What is given back; null: the price paid for the units. */
      amount: number | null;
      shipping: boolean;
    } & Asked)
  | ({
      type: 'return.exchanged';
      returnId: string;
      /** Minted for the order that sends the replacement. */
      orderId: string;
      request: PlaceOrder;
      quote: FrozenPrice;
      /** What the returned units pay of it; the rest of their price is given back. */
      used: number;
      /** Names that refund, when there is one. */
      refundId: string;
    } & Asked);

/** What no longer belongs to the order of one SKU's stock, and which object to give it back to. */
export interface RemovedUnits {
  sku: string;
  object: string;
  lineIds: string[];
}
/** A change before the payment: prices are known, added units held, a higher amount asked for already. */
export type EditEvent = {
  type: 'order.edited';
  /** Names the uses of promotions that were claimed for it. */
  editId: string;
  request: PlaceOrder;
  lineIds: OrderDocument['lineIds'];
  lines: Line[];
  /** Absent: none of the lines belongs to one. */
  bundles?: Bundle[];
  pricing: PricedTotals;
  removed: RemovedUnits[];
  /** SKUs of which lines stay with fewer units. */
  reduced: string[];
  /** Names what the order had claimed of the customer's allowance and has no more; absent: nothing. */
  formerAllowance?: string;
} & Asked;

/** What came of them. */
export type AfterSaleFact =
  | { type: 'exchange.placed'; returnId: string; orderId: string }
  | { type: 'exchange.refused'; returnId: string; orderId: string; detail: string }
  /** The order of the replacement ended without it, or everything it sent came back. */
  | { type: 'exchange.ended'; returnId: string; orderId: string; why?: string | undefined }
  | { type: 'stock.restocked'; reference: string }
  /** The gift cards answered what a refund takes off them, when it was asked for the `round`th time. */
  | { type: 'cards.taken' | 'cards.spent'; refundId: string; round: number };

export type AfterSaleEvent = AfterSaleCommand | EditEvent | AfterSaleFact;

export type AfterSaleError =
  | { code: 'not_found' }
  | { code: 'not_allowed'; detail: string }
  | { code: 'refused'; refusals: Refusal[] };
