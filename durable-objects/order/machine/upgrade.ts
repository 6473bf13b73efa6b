import { plainLine } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import type { Line, OrderDocument } from './document.ts';

/** What an older release may have kept: members that came later are missing, a line has a bare `unitPrice`. */
type Stored = Omit<OrderDocument, 'lines' | 'pricing'> & {
  pricing?: OrderDocument['pricing'];
  lines: (Omit<Line, 'price'> & { price?: Line['price']; unitPrice?: number })[];
};

/** A document as this release knows it, whichever release kept it. Pure; a present document comes back as it is. */
export function upgradeDocument(stored: Stored): OrderDocument {
  if (stored.pricing !== undefined) return stored as OrderDocument;
  const lines = stored.lines.map(({ unitPrice = 0, price, ...line }) => ({
    ...line,
    price: price ?? plainLine(unitPrice, line.quantity),
  }));
  const pricing = totalsOf(
    {
      currency: stored.currency,
      taxMode: 'inclusive',
      destination: { country: stored.request.shippingAddress?.country ?? 'DE', region: null },
      promotions: [],
    },
    lines.map((line) => line.price),
    null,
  );
  return { ...stored, lines, pricing: lines.length === 0 ? null : pricing };
}
