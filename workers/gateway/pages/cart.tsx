import { Hono, type Context } from 'hono';
import type { Cart, CartLine } from '#shared/contracts/http/carts.ts';
import { CURRENCY_DECIMALS, currencySchema } from '#shared/money/money.ts';
import { errorAt, type Answer, type Refusal } from '../api.ts';
import { changeCart, presentCart } from '../cart.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { Changes, Codes, LineName, problemTexts } from './cart-parts.tsx';
import { page } from './layout.tsx';
import { Notice, Option, RefusalNotice } from './parts.tsx';
import { LineTotal, PriceBreakdown } from './price.tsx';

/** A form that did not do: what came back, and what was typed. */
interface Sent {
  refusal: Refusal;
  code?: string;
}

export const cart = new Hono<PageEnv>()
  .get('/cart', async (c) => show(c, await presentCart(c)))
  .post('/cart', async (c) => {
    const form = await formOf(c);
    const lineId = encodeURIComponent(form['remove'] ?? form['line'] ?? '');
    const quantity = form['remove'] === undefined ? Number(form['quantity']) : 0;
    if (lineId === '' || !Number.isInteger(quantity)) return c.redirect('/cart', 303);
    const path = `/lines/${lineId}`;
    return done(
      c,
      quantity < 1
        ? await changeCart(c, { method: 'DELETE', path })
        : await changeCart(c, { method: 'PATCH', path, body: { quantity } }),
    );
  })
  .post('/cart/currency', async (c) => {
    const wanted = currencySchema.safeParse((await formOf(c))['currency']);
    if (!wanted.success) return c.redirect('/cart', 303);
    return done(c, await changeCart(c, { method: 'PATCH', path: '', body: { currency: wanted.data } }));
  })
  .post('/cart/codes', async (c) => {
    const form = await formOf(c);
    return done(c, await useCode(c, form), form['code']);
  });

/** Adds the code that was typed, or takes out the one whose button was pressed. Null: there is nothing to do. */
export async function useCode(
  c: Context<PageEnv>,
  form: Record<string, string>,
): Promise<Answer<Cart> | null> {
  const unwanted = form['removeCode'];
  if (unwanted !== undefined) {
    return changeCart(c, { method: 'DELETE', path: `/codes/${encodeURIComponent(unwanted)}` });
  }
  const code = (form['code'] ?? '').trim();
  return code === '' ? null : changeCart(c, { method: 'POST', path: '/codes', body: { code } });
}

async function done(c: Context<PageEnv>, answer: Answer<Cart> | null, code?: string) {
  if (answer === null || answer.ok) return c.redirect('/cart', 303);
  return show(c, await presentCart(c), { refusal: answer.error, ...(code === undefined ? {} : { code }) });
}

function show(c: Context<PageEnv>, found: Cart | null, sent?: Sent) {
  return page(c, {
    title: 'Cart',
    status: sent === undefined ? 200 : sent.refusal.status < 500 ? 422 : 503,
    children: (
      <>
        <h1>Cart</h1>
        {sent !== undefined && sent.code === undefined && (
          <RefusalNotice refusal={withDetail(sent.refusal)} />
        )}
        {found === null || found.lines.length === 0 ? (
          <p>
            Your cart is empty. <a href="/">Go to the shop</a>
          </p>
        ) : (
          <Filled cart={found} sent={sent} />
        )}
      </>
    ),
  });
}

/** Its fields are no fields of this page. */
const withDetail = (refusal: Refusal): Refusal => ({
  ...refusal,
  detail: refusal.errors.map(({ detail }) => `It ${detail}.`).join(' ') || refusal.detail,
  errors: [],
});

const Filled = ({ cart, sent }: { cart: Cart; sent: Sent | undefined }) => {
  const texts = problemTexts(
    cart,
    cart.problems.filter(({ code }) => code !== 'address_needed'),
  );
  return (
    <>
      {cart.state === 'ordering' && <Notice>This cart is being ordered.</Notice>}
      <Changes changes={cart.changes} />
      {texts.get('')?.map((text) => (
        <Notice kind="bad">{text}</Notice>
      ))}
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
            {cart.lines.map((line) => (
              <LineRow line={line} problems={texts.get(line.id) ?? []} />
            ))}
          </tbody>
        </table>
      </div>
      <div class="split">
        <div>
          <Codes
            cart={cart}
            action="/cart/codes"
            error={sent?.code === undefined ? undefined : codeError(sent.refusal)}
            typed={sent?.code ?? ''}
          />
          <CurrencyForm currency={cart.currency} />
        </div>
        {cart.price !== null && (
          <div class="panel">
            <PriceBreakdown
              price={cart.price}
              lines={cart.lines.flatMap(({ price }) => (price === null ? [] : [price]))}
            />
            <p>
              <a class="button" href="/checkout">
                Check out
              </a>
            </p>
          </div>
        )}
      </div>
    </>
  );
};

/** What the API says of a code, at its field. */
export const codeError = (refusal: Refusal): string =>
  errorAt(refusal, '/code') ?? (refusal.detail || refusal.title);

const LineRow = ({ line, problems }: { line: CartLine; problems: readonly string[] }) => (
  <tr>
    <td>
      <LineName line={line} problems={problems} />
    </td>
    <td>
      <form method="post" action="/cart" class="row">
        <input type="hidden" name="line" value={line.id} />
        <input
          class="small"
          type="number"
          name="quantity"
          min="0"
          max={line.quantityMax ?? undefined}
          value={line.quantity}
          aria-label={`Quantity of ${line.title}`}
        />
        <button type="submit" class="plain">
          Change
        </button>
        <button type="submit" class="link" name="remove" value={line.id}>
          Remove<span class="hidden"> {line.title}</span>
        </button>
      </form>
    </td>
    <td class="number">
      <LineTotal price={line.price} quantity={line.quantity} />
    </td>
  </tr>
);

const CurrencyForm = ({ currency }: { currency: Cart['currency'] }) => (
  <form method="post" action="/cart/currency" class="row">
    <label for="currency">Currency</label>
    <select id="currency" name="currency" class="small">
      {Object.keys(CURRENCY_DECIMALS).map((code) => (
        <Option value={code} label={code} chosen={currency} />
      ))}
    </select>
    <button type="submit" class="plain">
      Change
    </button>
  </form>
);
