import { plainLine } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import type { Ledger, Line, OrderDocument, State } from './document.ts';
import { newLedger } from './new-document.ts';

/** A document as it was kept: by this release, or by an older one without what came later; a line had a bare `unitPrice`. */
export type KeptDocument = Omit<
  OrderDocument,
  'schema' | 'lines' | 'pricing' | 'quote' | 'announced' | 'promotions'
> & {
  promotions?: OrderDocument['promotions'];
  schema: 1 | 2;
  announced?: OrderDocument['announced'];
  quote?: OrderDocument['quote'];
  pricing?: OrderDocument['pricing'];
  lines: KeptLine[];
};
type KeptLine = Omit<Line, 'price' | 'released' | 'deliveredAt' | 'revoked'> & {
  price?: Line['price'];
  unitPrice?: number;
  released?: boolean;
};

/** States in which the lines had been released for handing over before `released` was written down. */
const RELEASED_STATES: ReadonlySet<State> = new Set<State>(['activating', 'completed']);

/** A document as this release knows it, whichever release kept it. Pure; a present document comes back as it is. */
export function upgradeDocument(kept: KeptDocument): OrderDocument {
  return kept.schema === 2 ? (kept as OrderDocument) : fromFirst(kept);
}

/** Version 1 knew one payment, one delivery of all lines and no refund but of everything. */
function fromFirst(kept: KeptDocument): OrderDocument {
  const state = kept.state === 'needs_operator' ? (kept.resume ?? kept.state) : kept.state;
  const lines = kept.lines.map(({ unitPrice = 0, price, ...line }) => ({
    ...line,
    price: price ?? plainLine(unitPrice, line.quantity),
    deliveredAt: line.state === 'delivered' ? kept.updatedAt : null,
    revoked: 'no' as const,
    released: RELEASED_STATES.has(state) || line.state === 'delivered',
  }));
  return {
    ...kept,
    schema: 2,
    request: { ...kept.request, codes: [], delivery: 'together', locale: 'en' },
    lines,
    pricing: kept.pricing ?? pricingOf(kept, lines),
    quote: null,
    delivery: 'together',
    keep: 'nothing',
    stock: kept.stock.map((claim) => ({ ...claim, returnedLines: [] })),
    promotions: [],
    payment: ledgerOf(kept.payment, kept.total),
    renewal: null,
    formerPayments: [],
    refunds: [],
    returns: [],
    exchangeOf: null,
    settledByHand: 0,
    resolution: null,
    notes: [],
    announced: kept.announced ?? { events: 0, once: ['order.placed'], lines: [] },
  };
}

function pricingOf(kept: KeptDocument, lines: readonly Line[]): OrderDocument['pricing'] {
  if (lines.length === 0) return null;
  return totalsOf(
    {
      currency: kept.currency,
      taxMode: 'inclusive',
      destination: { country: kept.request.shippingAddress?.country ?? 'DE', region: null },
      promotions: [],
    },
    lines.map((line) => line.price),
    null,
  );
}

/** What had been refunded was asked for without a record of it, and is accepted as it is; steps under way are asked anew. */
const ledgerOf = (kept: Partial<Ledger>, amount: number): Ledger => ({
  ...newLedger(1, amount),
  ...kept,
  captureMode: 'manual',
  refundedOutside: kept.refunded ?? 0,
  asking: null,
  round: kept.asking === null ? 0 : 1,
  firstCapture: kept.asking ?? null,
});
