import {
  type PurchasableVariant,
  type ResolvedVariants,
  type ResolveVariantsInput,
  resolveVariantsInputSchema,
} from '#shared/contracts/catalogue.ts';
import { bestPrice, type ListedPrice } from '#shared/domain/pricing/price-lists.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Currency, Money } from '#shared/money/money.ts';
import type { Ports } from '../ports.ts';
import type { PurchasableRow } from '../queries/purchasable.ts';

type Refusal = ResolvedVariants['refused'][number];

/** What an order may buy and at which price, in the order asked for, from the truth in one round trip. */
export async function resolveVariants(
  ports: Pick<Ports, 'catalogue' | 'clock'>,
  input: ResolveVariantsInput,
): Promise<Result<ResolvedVariants, never>> {
  const { items, currency, groups } = resolveVariantsInputSchema.parse(input);
  const nowMs = ports.clock.now();
  const { variants, listed } = await ports.catalogue.purchasable({ items, currency, groups, nowMs });
  const byId = new Map(variants.map((row) => [row.variantId, row]));
  const resolved: ResolvedVariants = { variants: [], refused: [] };
  for (const item of items) {
    const prices = listed.get(item.variantId) ?? [];
    const outcome = purchasable(item, byId.get(item.variantId), prices, currency);
    if ('reason' in outcome) resolved.refused.push(outcome);
    else resolved.variants.push(outcome);
  }
  return ok(resolved);
}

function purchasable(
  { variantId, quantity }: { variantId: string; quantity: number },
  row: PurchasableRow | undefined,
  listed: readonly ListedPrice[],
  currency: Currency,
): PurchasableVariant | Refusal {
  if (row === undefined) return { variantId, reason: 'unknown_variant' };
  const { status, amount, compareAt, perCustomer: _product, variantPerCustomer: _variant, ...variant } = row;
  if (status !== 'published') return { variantId, reason: 'not_published' };
  const price = bestPrice(amount === null ? null : { amount, compareAt }, listed, quantity);
  if (price === null) return { variantId, reason: 'no_price_in_currency' };
  const money = (minorUnits: number): Money => ({ amount: minorUnits, currency });
  return {
    ...variant,
    listPrice: money(price.listPrice),
    compareAt: price.compareAt === null ? null : money(price.compareAt),
    unitPrice: money(price.unitPrice),
    priceSource: price.priceSource,
    ...limitedBy(row),
  };
}

/** The product's counts all its variants together, the variant's itself alone. */
function limitedBy({
  productId,
  variantId,
  perCustomer,
  variantPerCustomer,
}: PurchasableRow): Pick<PurchasableVariant, 'customerLimits'> {
  const limits = [
    ...(perCustomer === null ? [] : [{ ...perCustomer, scope: productId }]),
    ...(variantPerCustomer === null ? [] : [{ ...variantPerCustomer, scope: variantId }]),
  ];
  return limits.length === 0 ? {} : { customerLimits: limits };
}
