import {
  isDeliverable,
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
  const byId = new Map(
    variants.filter(({ bundleId }) => bundleId === null).map((row) => [row.variantId, row]),
  );
  const resolved: ResolvedVariants = { variants: [], refused: [] };
  for (const item of items) {
    const prices = listed.get(item.variantId) ?? [];
    const parts = variants.filter(({ bundleId }) => bundleId === item.variantId);
    const outcome = purchasable(item, { row: byId.get(item.variantId), parts, listed: prices }, currency);
    if ('reason' in outcome) resolved.refused.push(outcome);
    else resolved.variants.push(outcome);
  }
  return ok(resolved);
}

interface Found {
  row: PurchasableRow | undefined;
  /** What a bundle is made of, in its order. */
  parts: readonly PurchasableRow[];
  listed: readonly ListedPrice[];
}
type BestPrice = NonNullable<ReturnType<typeof bestPrice>>;

function purchasable(
  { variantId, quantity }: { variantId: string; quantity: number },
  { row, parts, listed }: Found,
  currency: Currency,
): PurchasableVariant | Refusal {
  if (row === undefined) return { variantId, reason: 'unknown_variant' };
  const { amount, compareAt } = row;
  if (row.status !== 'published') return { variantId, reason: 'not_published' };
  const price = bestPrice(amount === null ? null : { amount, compareAt }, listed, quantity);
  if (price === null) return { variantId, reason: 'no_price_in_currency' };
  const sold = priced(row, price, currency);
  if (row.fulfilment.template !== 'bundle') return sold;
  const components = componentsOf(row.fulfilment.components.length, parts, currency);
  return typeof components === 'string' ? { variantId, reason: components } : { ...sold, components };
}

function priced(row: PurchasableRow, price: BestPrice, currency: Currency): PurchasableVariant {
  const {
    status: _status,
    amount: _amount,
    perCustomer: _product,
    variantPerCustomer: _variant,
    bundleId: _bundle,
    units: _units,
    ...variant
  } = row;
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

/** All of them, each at its own base price; or why the bundle cannot be bought. */
function componentsOf(
  count: number,
  rows: readonly PurchasableRow[],
  currency: Currency,
): NonNullable<PurchasableVariant['components']> | Refusal['reason'] {
  const isWhole = rows.length === count && rows.every(({ status }) => status === 'published');
  if (!isWhole) return 'not_published';
  const components: NonNullable<PurchasableVariant['components']> = [];
  for (const row of rows) {
    if (row.amount === null) return 'no_price_in_currency';
    const price = bestPrice({ amount: row.amount, compareAt: null }, [], 1);
    const variant = price === null ? null : priced(row, price, currency);
    if (variant === null || !isDeliverable(variant)) return 'not_published';
    components.push({ quantity: row.units ?? 1, variant });
  }
  return components;
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
