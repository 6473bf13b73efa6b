import type { LinePrice, Price } from '#shared/contracts/http/price.ts';
import { moneyText, type Money } from '#shared/money/money.ts';

/** `190000` parts per million as `19 %`. */
const percentText = (ratePpm: number): string => `${ratePpm / 10_000} %`;

/** How the total comes about, a row each; the lines themselves stand in their own table. */
export const PriceBreakdown = ({ price, lines }: { price: Price; lines: readonly LinePrice[] }) => {
  const { shipping } = price;
  const parts = shipping === null ? lines : [...lines, shipping];
  const isPlain =
    price.discountTotal.amount === 0 &&
    price.credits.length === 0 &&
    shipping === null &&
    price.taxTotal.amount === 0;
  return (
    <table class="sums">
      <tbody>
        {!isPlain && <Row label="Articles" amount={price.subtotal} />}
        {shipping !== null && <Row label={shipping.title} amount={shipping.amount} />}
        {price.promotions.map(({ code, title, amount }) => (
          <Row
            label={code === null ? title : `${title} (${code})`}
            amount={{ ...amount, amount: -amount.amount }}
          />
        ))}
        {price.notCounted.map(({ code, title, detail }) => (
          <tr class="soft">
            <td colspan={2}>
              {code === null ? title : `${title} (${code})`} {detail}
            </td>
          </tr>
        ))}
        {price.credits.map(({ title, amount }) => (
          <Row label={title} amount={{ ...amount, amount: -amount.amount }} />
        ))}
        {price.taxMode === 'exclusive' &&
          taxesOf(parts).map(({ label, amount }) => <Row label={label} amount={amount} />)}
        <tr>
          <th scope="row">Total</th>
          <td class="number">
            <strong>{moneyText(price.total)}</strong>
          </td>
        </tr>
        {price.taxMode === 'inclusive' &&
          taxesOf(parts).map(({ label, amount }) => (
            <tr class="soft">
              <th scope="row">Including {label}</th>
              <td class="number">{moneyText(amount)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
};

const Row = ({ label, amount }: { label: string; amount: Money }) => (
  <tr>
    <th scope="row">{label}</th>
    <td class="number">{moneyText(amount).replace('-', '−')}</td>
  </tr>
);

/** The taxes of all parts together, one of each name and rate. */
function taxesOf(parts: readonly Pick<LinePrice, 'taxes'>[]): { label: string; amount: Money }[] {
  const sums = new Map<string, Money>();
  for (const { name, ratePpm, amount } of parts.flatMap(({ taxes }) => taxes)) {
    const label = `${name} ${percentText(ratePpm)}`;
    const sum = sums.get(label)?.amount ?? 0;
    sums.set(label, { ...amount, amount: sum + amount.amount });
  }
  return [...sums].map(([label, amount]) => ({ label, amount }));
}

/** What one line costs: before its discounts where there are any, and why the unit price is not the list's. */
export const LineTotal = ({ price, quantity }: { price: LinePrice | null; quantity: number }) => {
  if (price === null) return <>–</>;
  const { compareAt, listPrice, unitPrice, priceSource } = price;
  const before = compareAt ?? (listPrice.amount > unitPrice.amount ? listPrice : null);
  return (
    <>
      {moneyText(price.subtotal)}
      {quantity > 1 && <div class="soft">{moneyText(unitPrice)} each</div>}
      {before !== null && before.amount > unitPrice.amount && (
        <div class="soft">
          <s>{moneyText(before)}</s> {priceSource.list === 'base' ? '' : priceSource.reason}
        </div>
      )}
      {price.discounts.map(({ title, amount }) => (
        <div class="soft">
          {title}: −{moneyText(amount)}
        </div>
      ))}
    </>
  );
};
