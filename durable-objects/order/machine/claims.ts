import type { PricedTotals } from '#shared/domain/pricing/priced.ts';
import { stockObjectOf } from '../../stock/name.ts';
import type { Line, OrderDocument, PromotionClaim, StockClaim } from './document.ts';

/** What these lines want of each SKU's stock. */
export function claimsOf({ id }: Pick<OrderDocument, 'id'>, lines: readonly Line[]): StockClaim[] {
  const claims = new Map<string, StockClaim>();
  for (const line of lines.filter((candidate) => candidate.stockTracked)) {
    const claim = claims.get(line.sku) ?? {
      sku: line.sku,
      object: stockObjectOf(line.sku, line.stockShards ?? 1, id),
      state: 'wanted' as const,
      lines: [],
      returnedLines: [],
    };
    claim.lines.push({ lineId: line.id, quantity: line.quantity });
    claims.set(line.sku, claim);
  }
  return [...claims.values()];
}

/** The promotions of a price whose uses are counted. */
export const promotionClaims = ({ promotions }: Pick<PricedTotals, 'promotions'>): PromotionClaim[] =>
  promotions
    .filter(({ limitTotal, limitPerCustomer }) => limitTotal !== null || limitPerCustomer !== null)
    .map(({ promotionId, title, code, limitTotal, limitPerCustomer }) => ({
      promotionId,
      title,
      code,
      limitTotal,
      limitPerCustomer,
      state: 'wanted',
      refusal: null,
    }));
