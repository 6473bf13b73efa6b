import { Hono } from 'hono';
import { currencySchema, moneyText, type Currency } from '#shared/money/money.ts';
import { setQuantity } from '../cart.ts';
import { readCart, writeCart } from '../cart-cookie.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { pricedCart, type PricedCart, type PricedLine } from '../priced-cart.ts';
import { page } from './layout.tsx';
import { Customisation, Notice, Option } from './parts.tsx';

export const cart = new Hono<PageEnv>()
  .get('/cart', async (c) => {
    const priced = await pricedCart(c, readCart(c));
    return page(c, {
      title: 'Cart',
      children: (
        <>
          <h1>Cart</h1>
          {priced.lines.length === 0 ? (
            <p>
              Your cart is empty. <a href="/">Go to the shop</a>
            </p>
          ) : (
            <Filled priced={priced} />
          )}
        </>
      ),
    });
  })
  .post('/cart', async (c) => {
    const form = await formOf(c);
    const quantity = form['remove'] === undefined ? Number(form['quantity']) : 0;
    const line = Number(form['remove'] ?? form['line']);
    if (Number.isInteger(line) && Number.isInteger(quantity))
      writeCart(c, setQuantity(readCart(c), line, quantity));
    return c.redirect('/cart', 303);
  })
  .post('/cart/currency', async (c) => {
    const wanted = currencySchema.safeParse((await formOf(c))['currency']);
    if (wanted.success) writeCart(c, { ...readCart(c), currency: wanted.data });
    return c.redirect('/cart', 303);
  });

const Filled = ({ priced }: { priced: PricedCart }) => (
  <>
    {priced.total === null && (
      <Notice kind="bad">
        Some lines cannot be bought in {priced.currency}. Remove them or choose another currency.
      </Notice>
    )}
    <CurrencyForm currency={priced.currency} currencies={priced.currencies} />
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Product</th>
            <th scope="col">Quantity</th>
            <th scope="col" class="number">
              Price
            </th>
          </tr>
        </thead>
        <tbody>
          {priced.lines.map((line) => (
            <LineRow line={line} />
          ))}
        </tbody>
      </table>
    </div>
    {priced.total !== null && (
      <p class="row">
        <strong>Total {moneyText(priced.total)}</strong>
        <a class="button" href="/checkout">
          Check out
        </a>
      </p>
    )}
  </>
);

const LineRow = ({ line }: { line: PricedLine }) => (
  <tr>
    <td>
      <a href={`/products/${encodeURIComponent(line.handle)}`}>{line.product?.title ?? line.handle}</a>
      <div class="soft">{line.variant?.title ?? 'No longer offered'}</div>
      <Customisation values={line.customisation} schema={line.product?.customisationSchema} />
    </td>
    <td>
      <form method="post" action="/cart" class="row">
        <input type="hidden" name="line" value={line.index} />
        <input
          class="small"
          type="number"
          name="quantity"
          min="0"
          max={line.product?.quantityMax}
          value={line.quantity}
          aria-label={`Quantity of ${line.product?.title ?? line.handle}`}
        />
        <button type="submit" class="plain">
          Change
        </button>
        <button type="submit" class="link" name="remove" value={line.index}>
          Remove
        </button>
      </form>
    </td>
    <td class="number">{line.total === null ? '–' : moneyText(line.total)}</td>
  </tr>
);

const CurrencyForm = ({ currency, currencies }: { currency: Currency; currencies: Currency[] }) => {
  if (currencies.length < 2 && currencies.includes(currency)) return null;
  return (
    <form method="post" action="/cart/currency" class="row">
      <label for="currency">Currency</label>
      <select id="currency" name="currency" class="small">
        {currencies.map((code) => (
          <Option value={code} label={code} chosen={currency} />
        ))}
      </select>
      <button type="submit" class="plain">
        Change
      </button>
    </form>
  );
};
