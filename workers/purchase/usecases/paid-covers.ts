import type { Order } from '#shared/contracts/http/orders.ts';
import type { InstanceForSale } from '#shared/contracts/instance-changes.ts';
import { type Cover, shareOfTime } from '#shared/domain/pricing/proration.ts';
import { DAY_MS } from '#shared/time/time.ts';

type Line = Order['lines'][number];
type TaxMode = NonNullable<Order['price']>['taxMode'];

/** What was paid for which time of an instance, by the order that paid for it as it is; null: it cannot be told. */
export function paidCovers(
  instance: Pick<InstanceForSale, 'startedAt' | 'endsAt' | 'termDays' | 'paidBy'>,
  order: Order,
): { covers: Cover[]; taxMode: TaxMode } | null {
  const line = order.lines.find(({ id }) => id === instance.paidBy.lineId);
  if (line === undefined || order.price === null) return null;
  const { taxMode } = order.price;
  const covers =
    order.changeOf === null
      ? [firstCover(instance, worthOf(line, taxMode))]
      : withoutRefunded(order.changeOf.covers.map(coverOf), line.refunded.amount.amount);
  return { covers, taxMode };
}

const coverOf = ({ from, to, amount }: NonNullable<Order['changeOf']>['covers'][number]): Cover => ({
  from: Date.parse(from),
  to: to === null ? null : Date.parse(to),
  amount: amount.amount,
});

function firstCover(
  { startedAt, endsAt, termDays }: Pick<InstanceForSale, 'startedAt' | 'endsAt' | 'termDays'>,
  amount: number,
): Cover {
  const to = termDays === null ? endsAt : startedAt + termDays * DAY_MS;
  return { from: startedAt, to, amount };
}

/** What the customer paid for the line and did not get back, as prices are shown: with its tax or without. */
function worthOf({ price, refunded }: Line, taxMode: TaxMode): number {
  const given = price.discounts.reduce((sum, { amount }) => sum + amount.amount, 0);
  const shown = price.subtotal.amount - given;
  const added = price.taxes
    .filter(({ included }) => !included)
    .reduce((sum, { amount }) => sum + amount.amount, 0);
  const whole = shown + added;
  const left = Math.max(whole - refunded.amount.amount, 0);
  return taxMode === 'inclusive' ? left : shareOfTime(shown, left, whole);
}

/** What was given back of a change or renewal was paid for its latest time. */
function withoutRefunded(covers: readonly Cover[], refunded: number): Cover[] {
  let owed = refunded;
  return covers
    .toReversed()
    .map((cover) => {
      const taken = Math.min(cover.amount, owed);
      owed -= taken;
      return { ...cover, amount: cover.amount - taken };
    })
    .toReversed();
}
