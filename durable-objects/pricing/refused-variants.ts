import type { ResolvedVariants } from '#shared/contracts/catalogue.ts';
import type { PriceRefusal } from '#shared/domain/pricing/price.ts';
import type { PriceRequest } from './face.ts';

const REFUSED_TEXT = {
  unknown_variant: () => 'is not a variant we know',
  not_published: () => 'cannot be bought at the moment',
  no_price_in_currency: (currency: string) => `has no price in ${currency}`,
} as const;

/** The lines whose variant cannot be bought. */
export function refusedVariants(
  { variants, refused }: ResolvedVariants,
  request: Pick<PriceRequest, 'lines' | 'currency'>,
): PriceRefusal[] {
  const known = new Set(variants.map(({ variantId }) => variantId));
  const reasons = new Map(refused.map(({ variantId, reason }) => [variantId, reason]));
  return request.lines.flatMap(({ variantId }, index) => {
    if (known.has(variantId)) return [];
    const detail = REFUSED_TEXT[reasons.get(variantId) ?? 'unknown_variant'](request.currency);
    return [{ pointer: `/lines/${index}/variantId`, detail }];
  });
}
