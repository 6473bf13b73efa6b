import {
  type PurchasableVariant,
  type ResolvedVariants,
  type ResolveVariantsInput,
  resolveVariantsInputSchema,
} from '#shared/contracts/catalogue.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Currency } from '#shared/money/money.ts';
import type { Ports } from '../ports.ts';
import type { PurchasableRow } from '../queries/purchasable.ts';

type Refusal = ResolvedVariants['refused'][number];

/** What an order may buy, in the order asked for, from the truth in one round trip. */
export async function resolveVariants(
  ports: Pick<Ports, 'catalogue'>,
  input: ResolveVariantsInput,
): Promise<Result<ResolvedVariants, never>> {
  const { variantIds, currency } = resolveVariantsInputSchema.parse(input);
  const rows = await ports.catalogue.purchasable(variantIds, currency);
  const byId = new Map(rows.map((row) => [row.variantId, row]));
  const resolved: ResolvedVariants = { variants: [], refused: [] };
  for (const variantId of variantIds) {
    const outcome = purchasable(variantId, byId.get(variantId), currency);
    if ('reason' in outcome) resolved.refused.push(outcome);
    else resolved.variants.push(outcome);
  }
  return ok(resolved);
}

function purchasable(
  variantId: string,
  row: PurchasableRow | undefined,
  currency: Currency,
): PurchasableVariant | Refusal {
  if (row === undefined) return { variantId, reason: 'unknown_variant' };
  const { status, amount, ...variant } = row;
  if (status !== 'published') return { variantId, reason: 'not_published' };
  if (amount === null) return { variantId, reason: 'no_price_in_currency' };
  return { ...variant, unitPrice: { amount, currency } };
}
