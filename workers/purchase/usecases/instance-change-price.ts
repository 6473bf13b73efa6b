import type { CallContext } from '#shared/contracts/call.ts';
import { payableLimits } from '#shared/domain/payment-methods.ts';
import type { PricedOrder } from '#shared/domain/pricing/priced.ts';
import { changeOfPlan, type Cover, renewal } from '#shared/domain/pricing/proration.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { moneyText } from '#shared/money/money.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import type { Asked } from './quote-instance-change.ts';

/** Amounts in minor units, as prices are shown. */
export interface Priced {
  priced: PricedOrder;
  cost: number;
  unused: number;
  /** What is paid for once it is done. */
  covers: Cover[];
  days: number | null;
}

/**
 * The difference for the time that is left. What is less than any payment can be is not asked for; what would be given back
 * is refused: another plan that costs less begins with the next term.
 */
export async function priceOfPlan(
  ports: Pick<Ports, 'pricing'>,
  call: CallContext,
  { instance, order, paid, variant, list, termMs, destination, now }: Asked,
): Promise<Result<Priced, PurchaseError>> {
  const [listed] = list.lines;
  const { termDays, endsAt } = instance;
  const { cost, unused, covers, beginsAnew } = changeOfPlan(
    paid.covers,
    { termMs: termDays === null ? null : termDays * DAY_MS, endsAt },
    { amount: (listed?.unitPrice ?? 0) * instance.quantity, termMs },
    now,
  );
  if (cost < unused) return fail({ code: 'not_now', detail: CHEAPER[endsAt === null ? 'owned' : 'term'] });
  const { currency } = order;
  const until = covers[0]?.to ?? null;
  const reason = [
    `${moneyText({ amount: cost, currency })}${until === null ? '' : ` until ${rfc3339(until).slice(0, 10)}`}`,
    `less ${moneyText({ amount: unused, currency })} paid for and not used`,
  ].join(', ');
  const priceAt = (amount: number) =>
    ports.pricing.price(call, {
      currency,
      lines: [{ variantId: variant.variantId, quantity: 1 }],
      codes: [],
      shippingMethodId: null,
      destination,
      customerId: order.customerId,
      orderId: null,
      instead: { amount, reason },
    });
  let { priced } = await priceAt(cost - unused);
  if (priced.ok && priced.value.total > 0 && priced.value.total < payableLimits(currency).min)
    ({ priced } = await priceAt(0));
  if (!priced.ok) return fail({ code: 'refused', refusals: priced.error, replayed: false });
  const days = beginsAnew && termMs !== null ? termMs / DAY_MS : null;
  return ok({ priced: priced.value, cost, unused, covers, days });
}

const CHEAPER = {
  term: 'It costs less than what is paid for: choose it for the next term, with a renewal.',
  owned: 'It costs less than what was paid for, for good.',
} as const;

/** A further term of a plan, at its price of today. */
export function priceOfRenewal({
  instance: { endsAt },
  paid,
  list,
  termMs,
  now,
}: Asked): Result<Priced, PurchaseError> {
  if (endsAt === null || termMs === null)
    return fail({ code: 'not_now', detail: 'It has no term that could be renewed.' });
  if (endsAt - now > termMs)
    return fail({ code: 'not_now', detail: 'It is renewed for more than a term ahead already.' });
  const [line] = list.lines;
  const given = line?.discounts.reduce((sum, { amount }) => sum + amount, 0) ?? 0;
  const cost = (line?.subtotal ?? 0) - given;
  const { covers } = renewal(paid.covers, { endsAt, amount: cost, termMs }, now);
  return ok({ priced: list, cost, unused: 0, covers, days: termMs / DAY_MS });
}
