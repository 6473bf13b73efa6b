import { z } from 'zod';

/** Most units of one variant in one order, whatever a product says. */
export const ORDER_QUANTITY_MAX = 10_000;
const DAYS_MAX = 3_650;

const quantity = z.int().min(1).max(ORDER_QUANTITY_MAX);
/** How much one customer may buy within a period that ends now; `days` null: ever. */
export const customerLimitSchema = z
  .strictObject({ quantity: z.int().min(1).max(1_000_000), days: z.int().min(1).max(DAYS_MAX).nullable() })
  .meta({
    id: 'CustomerLimit',
    description: 'How many units one customer may buy in so many days; `days` null: ever',
  });
export type CustomerLimit = z.infer<typeof customerLimitSchema>;

const limits = {
  /** Units of one variant in one order, over all its lines. */
  quantityMin: quantity.default(1),
  quantityMultiple: quantity.default(1),
  perCustomer: z.union([customerLimitSchema, z.null()]).default(null),
};
/** Of a product; its most in one order is `quantityMax`. `perCustomer` counts all its variants together. */
export const productLimitsSchema = z.strictObject(limits).meta({ id: 'PurchaseLimits' });
export type ProductLimits = z.infer<typeof productLimitsSchema>;
/** Of a variant, in place of its product's, but for `perCustomer`, which counts beside the product's. */
export const variantLimitsSchema = z
  .strictObject({ ...limits, quantityMax: quantity })
  .meta({ id: 'VariantPurchaseLimits' });
export type VariantLimits = z.infer<typeof variantLimitsSchema>;

export const NO_LIMITS: ProductLimits = { quantityMin: 1, quantityMultiple: 1, perCustomer: null };
export const isUnlimited = ({ quantityMin, quantityMultiple, perCustomer }: ProductLimits): boolean =>
  quantityMin === 1 && quantityMultiple === 1 && perCustomer === null;

export interface OrderLimits {
  quantityMin: number;
  quantityMax: number;
  quantityMultiple: number;
}

/** Is there no quantity at all that fits? */
export const isImpossible = (each: OrderLimits): boolean => leastQuantity(each) > each.quantityMax;

/** The smallest quantity that can be ordered. */
export const leastQuantity = ({ quantityMin, quantityMultiple }: Omit<OrderLimits, 'quantityMax'>): number =>
  Math.ceil(quantityMin / quantityMultiple) * quantityMultiple;

export interface QuantityFault {
  code: 'too_many' | 'too_few' | 'not_a_multiple';
  detail: string;
}
/** What is wrong with that many units of a variant in one order; null: nothing. Pure. */
export function quantityFault(
  units: number,
  {
    quantityMin = 1,
    quantityMax,
    quantityMultiple = 1,
  }: { quantityMax: number; quantityMin?: number | undefined; quantityMultiple?: number | undefined },
): QuantityFault | null {
  if (units > quantityMax) return { code: 'too_many', detail: `at most ${quantityMax} in one order` };
  if (units < quantityMin) return { code: 'too_few', detail: `at least ${quantityMin} in one order` };
  if (units % quantityMultiple !== 0)
    return { code: 'not_a_multiple', detail: `only in multiples of ${quantityMultiple}` };
  return null;
}

/** What one customer may buy of a product or a variant; `scope` is its id. */
export const scopedLimitSchema = customerLimitSchema.extend({ scope: z.string().min(1).max(60) });

/** Words for a customer: `at most 2 a customer in 30 days`. */
export const customerLimitText = ({ quantity: most, days }: CustomerLimit): string =>
  `at most ${most} a customer${days === null ? '' : days === 1 ? ' a day' : ` in ${days} days`}`;

/** The limits in one order that count for a variant. */
export const orderLimitsOf = (
  product: { quantityMax: number; limits: ProductLimits },
  variant: { limits: VariantLimits | null } | undefined,
): OrderLimits => variant?.limits ?? { ...product.limits, quantityMax: product.quantityMax };

/** What a buyer should know of them before he chooses; nothing of what is usual. */
export function limitTexts(
  product: { limits: ProductLimits },
  variants: readonly { title: string; limits: VariantLimits | null }[],
): string[] {
  const texts = [
    ...orderTexts(product.limits),
    ...(product.limits.perCustomer === null ? [] : [customerLimitText(product.limits.perCustomer)]),
  ];
  const own = variants.flatMap(({ title, limits: each }) =>
    each === null
      ? []
      : [
          ...orderTexts(each),
          ...(each.perCustomer === null ? [] : [customerLimitText(each.perCustomer)]),
        ].map((text) => `${title}: ${text}`),
  );
  return [...texts, ...own];
}

const orderTexts = ({ quantityMin, quantityMultiple }: Omit<OrderLimits, 'quantityMax'>): string[] => [
  ...(quantityMin > 1 ? [`at least ${quantityMin} in one order`] : []),
  ...(quantityMultiple > 1 ? [`only in multiples of ${quantityMultiple}`] : []),
];
