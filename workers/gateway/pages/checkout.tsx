import { Hono, type Context } from 'hono';
import type { Order } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';
import { api, errorAt, type Answer, type Refusal } from '../api.ts';
import { decodeCart, encodeCart, orderBody, type Cart } from '../cart.ts';
import { forgetCart, readCart } from '../cart-cookie.ts';
import { asLabel, customLabels } from '../customisation.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { pricedCart, type PricedCart, type PricedLine } from '../priced-cart.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Customisation, Field, RefusalNotice } from './parts.tsx';

/** How often, and how far apart, an order that another submit of the same form is placing is asked for again. */
const IN_FLIGHT_RETRIES_MAX = 5;
const IN_FLIGHT_WAIT_MS = 400;

const ADDRESS_FIELDS = [
  { name: 'name', label: 'Name', autocomplete: 'name' },
  { name: 'line1', label: 'Street and number', autocomplete: 'address-line1' },
  { name: 'line2', label: 'Further address line (optional)', autocomplete: 'address-line2' },
  { name: 'postalCode', label: 'Postal code', autocomplete: 'postal-code' },
  { name: 'city', label: 'Town', autocomplete: 'address-level2' },
  { name: 'country', label: 'Country (two letters, such as DE)', autocomplete: 'country' },
] as const;

export const checkout = new Hono<PageEnv>()
  .use('/checkout', signedIn)
  .get('/checkout', (c) => show(c, { cart: readCart(c), key: crypto.randomUUID() }))
  .post('/checkout', async (c) => {
    const form = await formOf(c);
    // The form carries what it showed, so that a second submit of it is the same request, whatever the cart is by then.
    const cart = decodeCart(form['cart']);
    const key = form['key'] ?? crypto.randomUUID();
    const answer = await placed(c, key, orderBody(cart, addressOf(form)));
    if (answer.ok) {
      forgetCart(c);
      return c.redirect(`/orders/${answer.value.id}`, 303);
    }
    // Where the outcome is unknown, the same key makes sure that trying again cannot order twice.
    const outcomeKnown =
      answer.error.status < 500 && answer.error.status !== 429 && !isInFlight(answer.error);
    const nextKey = outcomeKnown ? crypto.randomUUID() : key;
    return show(c, { cart, key: nextKey, form, refusal: answer.error });
  });

async function placed(c: Context<PageEnv>, key: string, body: unknown): Promise<Answer<Order>> {
  for (let attempt = 0; ; attempt += 1) {
    const headers = { 'idempotency-key': key };
    const answer = await api<Order>(c, { method: 'POST', path: '/v1/orders', body, headers });
    if (answer.ok || !isInFlight(answer.error) || attempt === IN_FLIGHT_RETRIES_MAX) return answer;
    await scheduler.wait(IN_FLIGHT_WAIT_MS);
  }
}

const isInFlight = (refusal: Refusal): boolean => refusal.type === '/problems/request-in-flight';

/** The address fields when the form had them. */
function addressOf(form: Record<string, string>): Record<string, string> | undefined {
  if (form['address.name'] === undefined) return undefined;
  return Object.fromEntries(
    ADDRESS_FIELDS.map(({ name }) => {
      const text = (form[`address.${name}`] ?? '').trim();
      return [name, name === 'country' ? text.toUpperCase() : text];
    }),
  );
}

async function show(
  c: Context<PageEnv>,
  state: { cart: Cart; key: string; form?: Record<string, string>; refusal?: Refusal },
) {
  if (state.cart.lines.length === 0) return c.redirect('/cart', 303);
  const priced = await pricedCart(c, state.cart);
  const refusal = state.refusal ?? null;
  return page(c, {
    title: 'Check out',
    status: refusal === null ? 200 : refusal.status < 500 ? 422 : 503,
    children: (
      <>
        <h1>Check out</h1>
        <RefusalNotice refusal={refusal} />
        <Lines priced={priced} refusal={refusal} />
        <form method="post" action="/checkout" class="narrow">
          <input type="hidden" name="key" value={state.key} />
          <input type="hidden" name="cart" value={encodeCart(state.cart) ?? ''} />
          {priced.needsAddress && <Address form={state.form ?? {}} refusal={refusal} />}
          <button type="submit">Order and pay</button> <a href="/cart">Change the cart</a>
        </form>
      </>
    ),
  });
}

const Lines = ({ priced, refusal }: { priced: PricedCart; refusal: Refusal | null }) => (
  <div class="scroll">
    <table>
      <tbody>
        {priced.lines.map((line) => (
          <tr>
            <td>
              {line.quantity} × {line.product?.title ?? line.handle}
              <div class="soft">{line.variant?.title}</div>
              <Customisation values={line.customisation} schema={line.product?.customisationSchema} />
              {lineErrors(refusal, line).map((text) => (
                <p class="error">{text}</p>
              ))}
            </td>
            <td class="number">{line.total === null ? '–' : moneyText(line.total)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">Total</th>
          <td class="number">
            <strong>{priced.total === null ? '–' : moneyText(priced.total)}</strong>
          </td>
        </tr>
      </tbody>
    </table>
  </div>
);

function lineErrors(refusal: Refusal | null, { index, product }: PricedLine): string[] {
  const prefix = `/lines/${index}`;
  const labels = customLabels(product?.customisationSchema ?? null);
  return (refusal?.errors ?? [])
    .filter(({ pointer }) => pointer === prefix || pointer.startsWith(`${prefix}/`))
    .map(({ pointer, detail }) => {
      const [field = '', name = '', ...inside] = pointer.slice(prefix.length + 1).split('/');
      const words =
        field === 'customisation' && name !== '' ? [labels.get(name) ?? asLabel(name)] : [field, name];
      return `${[...words, ...inside].join(' ').trim()}: ${detail}`;
    });
}

const Address = ({ form, refusal }: { form: Record<string, string>; refusal: Refusal | null }) => (
  <>
    <h2>Where the parcel goes</h2>
    {ADDRESS_FIELDS.map(({ name, label, autocomplete }) => (
      <Field
        name={`address.${name}`}
        label={label}
        autocomplete={`shipping ${autocomplete}`}
        value={form[`address.${name}`] ?? ''}
        error={errorAt(refusal, `/shippingAddress/${name}`)}
        required={name !== 'line2'}
        maxlength={name === 'country' ? 2 : undefined}
      />
    ))}
  </>
);
