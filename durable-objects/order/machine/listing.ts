import { positionsOf } from './bundles.ts';
import type {
  FulfilmentState,
  OrderState,
  OrderSummary,
  PaymentStatus,
} from '#shared/contracts/http/orders.ts';
import type { Currency } from '#shared/money/money.ts';
import type { OrderDocument, State } from './document.ts';
import { attentionOf } from './money-attention.ts';
import { fulfilmentOf, isTakenBack } from './lines.ts';
import { paymentStatusOf } from './money.ts';
import { isAccessOpen } from './suspension.ts';
import { specOf } from './table.ts';
import { type TaxLine, taxLinesOf } from './tax-lines.ts';
import { publicReason } from './view.ts';

/** What lists show and search of an order, beside its identity. A change of it is worth a write there. */
export interface Listing {
  state: OrderState;
  reason: OrderSummary['reason'];
  attention: OrderSummary['attention'];
  paymentStatus: PaymentStatus;
  fulfilment: FulfilmentState;
  currency: Currency;
  /** Minor units. */
  total: number;
  lineCount: number;
  firstTitle: string;
  /** What was ordered, each SKU once. */
  items: { sku: string; productId: string }[];
  taxLines: TaxLine[];
  /** Nothing is left to do for it by itself. */
  settled: 'no' | 'waits_for_person' | 'ended';
  dueAt: number;
}

/** A person is asked; nothing happens by itself but that time passes. */
const WAITING: ReadonlySet<State> = new Set<State>(['needs_operator', 'in_review']);

/** Null while the order does not exist for anybody: until it is priced, unless the client was told of it before. */
export function listingOf(document: OrderDocument): Listing | null {
  const { public: state } = specOf(document.state);
  if (state === null || (document.state === 'pricing' && !document.acknowledged)) return null;
  const positions = positionsOf(document);
  const items = new Map(
    [...document.lines, ...(document.bundles ?? [])].map(({ sku, productId }) => [
      `${sku} ${productId}`,
      { sku, productId },
    ]),
  );
  return {
    state,
    reason: publicReason(document, { as: 'customer' }),
    attention: attentionOf(document),
    paymentStatus: paymentStatusOf(document),
    fulfilment: fulfilmentOf(document),
    currency: document.currency,
    total: document.total,
    lineCount: Math.max(positions.length, document.request.lines.length),
    firstTitle: positions[0]?.bundle?.title ?? document.lines[0]?.title ?? '',
    items: [...items.values()],
    taxLines: taxLinesOf(document),
    settled: settledOf(document),
    dueAt: document.dueAt,
  };
}

/** An order that ended and waits for an instance to be suspended, resumed or taken back is looked after soon. */
function settledOf(document: OrderDocument): Listing['settled'] {
  if (WAITING.has(document.state)) return 'waits_for_person';
  return specOf(document.state).terminal === true &&
    !isAccessOpen(document) &&
    !document.lines.some(isTakenBack)
    ? 'ended'
    : 'no';
}
