import type { RestockStep } from './intents.ts';
import type { DeliverableVariant, PurchasableVariant } from '#shared/contracts/catalogue.ts';
import type { ChangeOrigin } from '#shared/contracts/instance-changes.ts';
import type { Delivery, PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { KeptVerification, PaymentDispute, TransferInstructions } from '#shared/contracts/payments.ts';
import type { Language } from '#shared/domain/locale.ts';
import { adviceText, type PaymentAdvice } from '#shared/domain/payment-advice.ts';
import type { FrozenPrice } from '#shared/domain/pricing/frozen.ts';
import type { PricedLine, PricedTotals } from '#shared/domain/pricing/priced.ts';
import type { OnDispute, SuspensionReason } from '#shared/domain/suspension.ts';
import type { Currency } from '#shared/money/money.ts';
import type { FraudRecord } from './fraud/record.ts';
import type { CardTakes } from './after-sale/sold-cards.ts';
import type { ExchangeOrigin, ReturnCase, SettledPart } from './after-sale/records.ts';

/** States of the machine; finer than the public ones, see `TABLE`. */
export type State =
  | 'pricing'
  | 'screening'
  | 'holding'
  | 'repricing'
  | 'holding_cards'
  | 'requesting_payment'
  | 'awaiting_payment'
  | 'closing'
  | 'vetting'
  | 'in_review'
  | 'authorised'
  | 'provisioning'
  | 'delivering'
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

/** Who did something. `id` is an account's; null for the system itself, and for the provider and the banks behind it. */
export interface Actor {
  kind: 'customer' | 'operator' | 'system' | 'provider';
  id: string | null;
}

export type LineState =
  | 'pending'
  | 'provisioning'
  | 'provisioned'
  | 'delivered'
  | 'failed'
  | 'undoing'
  | 'undone';

/** What is asked of the catalogue to price a line and not kept in it. */
type OnlyForPricing =
  | 'unitPrice'
  | 'listPrice'
  | 'compareAt'
  | 'priceSource'
  | 'taxClass'
  | 'collections'
  | 'quantityMax'
  | 'quantityMin'
  | 'quantityMultiple'
  | 'customisationSchema';

/** Names of one line outside of the order, minted before anybody is told of them. */
export interface LineIds {
  lineId: string;
  instanceId: string;
  workflowId: string;
}

/** Of one position that was asked for: of a bundle `lineId` is the position's own, and each component has a line. */
export interface PositionIds extends LineIds {
  parts?: (LineIds & { variantId: string })[];
}

/** A bundle as one position of the order; the lines it is made of name it. Their prices add up to its own. */
export interface Bundle extends Pick<
  PurchasableVariant,
  'productId' | 'productVersion' | 'variantId' | 'sku' | 'title' | 'variantTitle' | 'customerLimits'
> {
  id: string;
  quantity: number;
  price: Omit<PricedLine, 'parts'>;
}

/** A line as it was priced. A later change of the product or of any rule never reaches it. */
export interface Line extends Omit<DeliverableVariant, OnlyForPricing> {
  id: string;
  instanceId: string;
  workflowId: string;
  /** The bundle it is a part of. */
  bundleId?: string;
  quantity: number;
  /** Its share of the order's money is `price.total`. */
  price: PricedLine;
  customisation: Record<string, unknown>;
  /** `pending` means: provisioning was never asked for. */
  state: LineState;
  /** Its share is charged (or nothing is to pay): it may be handed over. */
  released: boolean;
  /** When it was handed over, epoch milliseconds. */
  deliveredAt: number | null;
  /** Taken from the customer after the sale, by choice: its money is a refund's matter, not the line's. */
  revoked: 'no' | 'asked' | 'done';
  /** Why it could not be delivered; what is taken back afterwards does not hide it. Absent: it did not fail. */
  failure?: string;
  /** What it changed was taken back with the order that made it: `told` until a person has looked into it. */
  withdrawn?: 'told' | 'accepted';
  /** Units that went back on the shelf after the sale. */
  restocked?: number;
  /** What a dispute does to it once it is delivered; absent in old orders: by its kind. */
  onDispute?: OnDispute;
  /** Why it is to be suspended whatever becomes of the payment. */
  held?: HeldFor[];
  /** Causes that suspend it no more because a person decided so, by name: see `causesOf`. */
  spared?: string[];
  /** Absent: nobody ever asked for anything else than that the customer can use it. */
  access?: Access;
  detail: string;
  /** What `detail` says once it is handed over, for other languages; absent where nobody told so. */
  told?: { code: string; params: Record<string, string> };
}

export type HeldFor = Extract<SuspensionReason, 'fraud_suspected' | 'by_operator'>;

/** Whether an instance is to be out of the customer's reach, and what was told of it; see suspension.ts. */
export interface Access {
  suspended: boolean;
  /** Why it is, or was when it was last. */
  reason: SuspensionReason;
  /** Increases with each wish of the order, so that the newest counts in whatever order they arrive; 0: it has none. */
  sequence: number;
  since: number;
  /** As the provisioner told last, which may have causes of its own; null: it has not told. */
  told: 'suspended' | 'resumed' | null;
  /** The newest wish it had heard by then. */
  heard: number;
  /** Of what it told last: older news changes nothing. */
  revision: number;
}

/** Refunded at the provider by hand, or lost in a dispute. `amount` in minor units: negative when it came back. */
export interface OutsideMove {
  kind: 'refund_outside' | 'chargeback';
  /** The dispute; empty for refunds, of which the provider tells the sum. */
  reference: string;
  /** When the order heard of it, epoch milliseconds. */
  at: number;
  amount: number;
}

/** `accepted`: a person has seen that it is lost. */
export interface Dispute extends PaymentDispute {
  accepted?: boolean;
  /** Staff were told that the time for evidence ends. */
  reminded?: boolean;
}

/** What the order wants of one `Stock` object. `wanted`: asked for or about to be, answer unknown. */
export interface StockClaim {
  sku: string;
  /** Which object was asked, a shard perhaps: it is the one to be asked ever after. Absent in old orders: the SKU. */
  object?: string;
  state: 'wanted' | 'held' | 'refused' | 'committed' | 'returned';
  lines: { lineId: string; quantity: number }[];
  /** Lines whose units went back before the others. */
  returnedLines: string[];
  /** Lines whose units are on backorder and not there yet: nothing of them is made before they are. */
  waiting?: string[];
  /** When those units should arrive, epoch milliseconds. */
  expectedAt?: number | null;
}

/** What the order wants of one `Promotion` object: only of promotions that are limited. `wanted`: answer unknown. */
export interface PromotionClaim {
  promotionId: string;
  /** The edit of the order that claimed this use; absent: it was claimed when the order was placed. */
  use?: string;
  title: string;
  /** Null: it counted by itself. */
  code: string | null;
  limitTotal: number | null;
  limitPerCustomer: number | null;
  state: 'wanted' | 'claimed' | 'refused' | 'returned';
  refusal: 'used_up' | 'used_up_by_customer' | null;
}

/** What the order wants of the customer's own `Buyer` object, because products are limited per customer. */
export interface Allowance {
  /** The edit of the order that claimed it; absent: it was claimed when the order was placed. */
  use?: string;
  items: { scope: string; limit: number; days: number | null; quantity: number; lineId: string }[];
  state: 'wanted' | 'claimed' | 'refused' | 'returned';
  /** What stood against it. */
  reached: { scope: string; left: number } | null;
}

/**
 * One payment of the order: what the provider last said, in minor units. authorised = captured + voided + open, where
 * `open` is still held on the customer's account (see `openAmount`).
 */
export interface Ledger {
  /** Which payment of the order it is: 1, then one more with each renewal. */
  attempt: number;
  /** What the customer is asked to pay with it. */
  amount: number;
  /** The provider may have been asked for a payment: set before the first attempt leaves. */
  asked: boolean;
  /** `where_possible`: a method that cannot hold funds is charged at once. */
  captureMode: 'manual' | 'where_possible';
  paymentId: string | null;
  clientSecret: string | null;
  status: 'none' | 'open' | 'processing' | 'authorised' | 'captured' | 'voided';
  authorised: number;
  captured: number;
  voided: number;
  refunded: number;
  /** Of these: made at the provider by hand, not asked for by the order. */
  refundedOutside: number;
  /** When the provider first told of the hold. */
  authorisedAt: number | null;
  /** When the hold on the customer's account lapses, epoch milliseconds; null when the provider does not tell. */
  captureBefore: number | null;
  /** Can be captured in several parts. Otherwise the first capture releases the rest. */
  multicapture: boolean;
  /** How it is paid, as the provider names it. */
  method: string | null;
  /** Refunds made outside the order that an operator has accepted as they are. */
  refundAccepted: number;
  /** Sums of the refunds that the provider lists one by one: of all, and of those that failed. Absent: none. */
  refundsListed?: number;
  refundsFailed?: number;
  /** The last refund made outside the order left nothing of it. */
  emptiedOutside?: boolean;
  /** When money went back past the order for good, and when some of it came back; see outside-moves.ts. */
  outsideMoves?: OutsideMove[];
  /** Oldest first; absent: none was ever told of. */
  disputes?: Dispute[];
  /** Why the last attempt failed, in English. */
  lastError: string | null;
  /** What `lastError` says while there is one, for other languages; absent where nobody told so. */
  advice?: PaymentAdvice;
  /** Where a bank transfer goes to, while one is waited for. */
  instructions?: TransferInstructions | null;
  /** The time to pay is the longer one, for a transfer. */
  awaitsTransfer?: boolean;
  /** The customer has to verify his account before it is debited, and does so since then, epoch milliseconds. */
  verification?: (KeptVerification & { since: number }) | null;
  /** When an account that had to be verified was, epoch milliseconds: what settles later settles from then on. */
  verifiedAt?: number;
  /** Key of the step that was asked for last, refunds aside; null once the provider has refused it. */
  asking: string | null;
  /** How often the provider refused the present step. */
  refusals: number;
  /** Part of the keys of its steps: the provider remembers its answer to a key, so what is asked anew has another one. */
  round: number;
  /** Key of the first capture that was asked for: any other one looks first how much is captured already. */
  firstCapture: string | null;
}

/** A gift card the order pays with: one more payment of it, whose provider is the shop. Of its code only the end is kept. */
export interface CardLedger extends Ledger {
  cardId: string;
  /** The last symbols of its code. */
  ending: string;
  /** Why it cannot be spent on this order; absent: nothing stands against it. */
  refusal?: string | undefined;
}

/** Money on its way back to the customer: one refund at the provider, whatever is lost or repeated. */
export interface Refund {
  /** Its reference at the provider, unique for ever. */
  id: string;
  paymentId: string;
  amount: number;
  /** `asked`: the provider may or may not know of it. `settled_by_hand`: a person gave it back past the provider. */
  state: 'asked' | 'pending' | 'made' | 'failed' | 'settled_by_hand';
  /** `granted`: by choice, although the goods stay delivered; it lowers what the order is worth. */
  cause: 'undone' | 'not_delivered' | 'granted';
  lineIds: string[];
  /** Of a granted one: what it settles of each line, and of the shipping. The sum is `amount`. */
  parts: SettledPart[];
  shipping: number;
  /** The return it pays for. */
  returnId: string | null;
  /** It failed and was asked for again as this one, or `replaced`: others have given back what it was for. */
  renewedAs: string | null;
  /** Key under which it was asked for last: refunds of one payment are asked for beside each other. */
  asking?: string;
  by: Actor;
  why: string;
  at: number;
  settledAt: number | null;
  /** What it takes off gift cards that it gives back the price of; absent: it takes nothing. */
  cards?: CardTakes;
}

/** Something a person wrote down about the order. */
export interface StaffNote {
  id: string;
  /** The customer reads it too. */
  visible: boolean;
  at: number;
  by: Actor;
  text: string;
}

/** What was told of the order, so that what happens once is told once. */
export interface Announcements {
  /** How many public events there were: the sequence of the last. */
  events: number;
  /** Types of events that happen once and did; `mail:refunded`: the end was mailed of with what went back. */
  once: string[];
  /** Lines whose delivery ahead of the rest was told by mail. */
  lines: string[];
}

/** How a person ended an order by hand. */
export interface Resolution {
  at: number;
  by: Actor;
  as: 'completed' | 'cancelled' | 'refunded';
  why: string;
  /** What did not fit and was accepted, see `differenceOf`. */
  difference: string;
}

/** The order: plain data, kept as JSON by its object. Times are epoch milliseconds, amounts minor units. */
export interface OrderDocument {
  schema: 2;
  id: string;
  /** Short number for people. */
  number: string;
  /** Whose it is: a person's, or an organisation's. */
  customerId: string;
  /** The person who placed it; absent in orders of older releases, which are the customer's own. */
  placedBy?: string;
  email: string | null;
  /** Increases with each change. */
  version: number;
  state: State;
  /** Where `needs_operator` came from and returns to. */
  resume: State | null;
  attention: Attention | null;
  /** Why it ended or is being undone. The first cause stays. */
  reason: Reason | null;
  /** Somebody was told of this order while it was still being placed: it may not vanish any more. */
  acknowledged: boolean;
  refusals: Refusal[];
  shortage: Shortage | null;
  request: PlaceOrder;
  /** What the customer was promised to pay; holds when the order was placed before it expired. */
  quote: FrozenPrice | null;
  /** Index-aligned with the lines of the request. */
  lineIds: PositionIds[];
  currency: Currency;
  /** Σ of the lines' `price.total` and of the shipping's. */
  total: number;
  /** How the total came about, beside each line's own price; null until priced. */
  pricing: PricedTotals | null;
  /** What is made, held and handed over, each by itself. */
  lines: Line[];
  /** Absent: none of them belongs to a bundle. */
  bundles?: Bundle[];
  /** All lines or none, or each as soon as it is made: the stricter of the customer's wish and the products' rules. */
  delivery: Delivery;
  /** What undoing spares; `released`: what the customer has, and what was paid for and is on its way to him. */
  keep: 'nothing' | 'delivered' | 'released';
  stock: StockClaim[];
  promotions: PromotionClaim[];
  /** Absent: nothing in it is limited per customer. */
  allowance?: Allowance;
  /** The live payment: the only one that is ever captured. */
  payment: Ledger;
  /** Asked for because the authorisation of the live one is about to lapse. */
  renewal: Ledger | null;
  /** Replaced or not needed any more: nothing of them may stay open. */
  formerPayments: Ledger[];
  /** Gift cards it pays with, in the order they were named: charged before any other payment, and given back to last. Absent: none. */
  giftCards?: CardLedger[];
  refunds: Refund[];
  returns: ReturnCase[];
  /** It replaces goods of another order. */
  exchangeOf: ExchangeOrigin | null;
  /** It changes or renews an instance: its one line makes nothing new. Absent in orders of older releases. */
  changeOf?: ChangeOrigin | null;
  /** Collected beyond what was delivered, or less, and settled with the customer by a person; never in silence. */
  settledByHand: number;
  resolution: Resolution | null;
  notes: StaffNote[];
  /** Units on their way to the shelf: asked for until the stock has them. */
  restocking?: RestockStep[];
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
  /** What is known of its risk; absent in orders that are older than that. */
  fraud?: FraudRecord;
  /** Whose person was taken out of it, and when; absent: nobody's. What names them does not come back. */
  erased?: { part: 'customer' | 'contact'; at: number };
  /** Automatic promotions whose last use others had before the order could claim one. */
  passedOver?: string[];
  announced: Announcements;
  createdAt: number;
  updatedAt: number;
}

/** Why the last attempt to pay failed, as far as can be in that language; null: it did not. */
export const declineIn = ({ lastError, advice }: Ledger, language: Language): string | null =>
  lastError === null || advice === undefined ? lastError : adviceText(advice, language);

/** What the customer pays for one line, tax included. */
export const shareOf = (line: Line): number => line.price.total;

/** The customer's bank has the money, until it is decided or for good. */
export const isTaken = ({ state }: Dispute): boolean => state === 'open' || state === 'lost';

/** Held on the customer's account and not yet captured or given back. */
export const openAmount = (ledger: Ledger): number => ledger.authorised - ledger.captured - ledger.voided;

/** Nothing is payable yet, nobody has been charged. */
export const PLACING_STATES: ReadonlySet<State> = new Set<State>([
  'pricing',
  'screening',
  'holding',
  'repricing',
  'holding_cards',
  'requesting_payment',
]);

/** Lines whose units are not there yet. */
export const waitingLines = (document: OrderDocument): string[] =>
  document.stock.flatMap((claim) => claim.waiting ?? []);

/** The state whose rules apply: under `needs_operator` that of the step it stopped in. */
export const effectiveState = (document: OrderDocument): State =>
  document.state === 'needs_operator' ? (document.resume ?? document.state) : document.state;
