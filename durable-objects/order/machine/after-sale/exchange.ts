import { wholeOf } from '#shared/domain/pricing/bundle.ts';
import type { OrderDocument } from '../document.ts';
import { leftOf } from './settlement.ts';
import { allocate } from '#shared/domain/pricing/allocate.ts';
import type {
  AppliedPromotion,
  PricedDiscount,
  PricedLine,
  PricedOrder,
  PricedPart,
} from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';

/**
 * The price of a replacement when what came back pays `credit` of it (minor units): a discount on each line, in proportion.
 * It is sent for nothing. Tax follows the discount; the parts add up as always.
 */
export function exchangePrice(
  priced: PricedOrder,
  { credit, promotionId, title }: { credit: number; promotionId: string; title: string },
): { priced: PricedOrder; used: number } {
  const totals = priced.lines.map((line) => line.total);
  const used = Math.min(
    credit,
    totals.reduce((sum, total) => sum + total, 0),
  );
  const shares = allocate(used, totals);
  const lines = priced.lines.map((line, index) => lowered(line, shares[index] ?? 0, { promotionId, title }));
  const promotions = priced.promotions.flatMap((applied) => {
    const given = priced.lines.flatMap(({ discounts }) => discounts).filter(isOf(applied));
    const amount = given.reduce((sum, discount) => sum + discount.amount, 0);
    return amount === 0 ? [] : [{ ...applied, amount }];
  });
  return { priced: { ...totalsOf({ ...priced, promotions }, lines, null), lines }, used };
}

/** What a promotion takes off the shipping it does not give: a replacement is sent for nothing. */
const isOf =
  ({ promotionId }: AppliedPromotion) =>
  (discount: PricedDiscount): boolean =>
    discount.promotionId === promotionId;

function lowered(
  line: PricedLine,
  share: number,
  { promotionId, title }: { promotionId: string; title: string },
): PricedLine {
  if (share === 0) return line;
  if (line.parts !== undefined) return loweredBundle(line, line.parts, share, { promotionId, title });
  const total = line.total - share;
  const before = line.taxes.map((tax) => tax.amount);
  const all = before.reduce((sum, amount) => sum + amount, 0);
  // Rounded once and then divided: taxes rounded each could fall by more than the credit.
  const left = allocate(Math.floor((all * total) / line.total), before);
  const taxes = line.taxes.map((tax, index) => ({ ...tax, amount: left[index] ?? 0 }));
  const added = (of: PricedLine['taxes']): number =>
    of.reduce((sum, tax) => sum + (tax.included ? 0 : tax.amount), 0);
  // What is added as tax is not part of the discount: subtotal − discounts + added taxes = total.
  const amount = share - (added(line.taxes) - added(taxes));
  return { ...line, discounts: [...line.discounts, { promotionId, title, amount }], taxes, total };
}

/** Each part of a bundle bears its share. */
function loweredBundle(
  line: PricedLine,
  parts: readonly PricedPart[],
  share: number,
  credit: { promotionId: string; title: string },
): PricedLine {
  const shares = allocate(
    share,
    parts.map((part) => part.total),
  );
  const after = parts.map((part, index) => ({ ...part, ...lowered(part, shares[index] ?? 0, credit) }));
  const given = after.flatMap(({ discounts }) =>
    discounts.filter((one) => one.promotionId === credit.promotionId),
  );
  const amount = given.reduce((sum, discount) => sum + discount.amount, 0);
  return wholeOf({ ...line, discounts: [...line.discounts, { ...credit, amount }] }, after);
}

/**
 * An order that replaces goods of another one and of which nothing stays with the customer: it ended without delivery, or
 * all that it sent was given back. What came back paid for it, so that is settled where it was paid: at the other order.
 */
export function isExchangeOver(document: OrderDocument): boolean {
  const { exchangeOf, state, lines, returns } = document;
  if (exchangeOf === null) return false;
  if (state === 'cancelled' || state === 'refunded' || state === 'rejected') return true;
  return (
    state === 'completed' &&
    returns.every((found) => found.state !== 'exchanging') &&
    lines.every((line) => leftOf(document, line).quantity === 0)
  );
}
