import { Hono, type Context } from 'hono';
import type { Cart, Quote } from '#shared/contracts/http/carts.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { SavedMethod } from '#shared/contracts/http/payment-methods.ts';
import { moneyText } from '#shared/money/money.ts';
import { api, type Answer, errorAt, type Refusal } from '../api.ts';
import { changeCart, presentCart } from '../cart.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { codeError, useCode } from './cart.tsx';
import { Changes, Codes, LineName, problemTexts } from './cart-parts.tsx';
import { codesOf, endingsOf, GiftCardCodes, giftCardErrors } from './checkout-gift-cards.tsx';
import { keptMethods, PayWith } from './checkout-paying.tsx';
import { Details, detailsOf } from './checkout-details.tsx';
import { page } from './layout.tsx';
import { Notice, RefusalNotice, Time } from './parts.tsx';
import { LineTotal, PriceBreakdown } from './price.tsx';

/** How often, and how far apart, an order that another submit of the same form is placing is asked for again. */
const IN_FLIGHT_RETRIES_MAX = 5;
const IN_FLIGHT_WAIT_MS = 400;

/** A form of this page that did not do. */
interface Sent {
  which: 'details' | 'code' | 'order';
  form: Record<string, string>;
  refusal: Refusal;
}

export const checkout = new Hono<PageEnv>()
  .use('/checkout', signedIn)
  .use('/checkout/*', signedIn)
  .get('/checkout', (c) => show(c))
  .post('/checkout/details', async (c) => {
    const form = await formOf(c);
    const answer = await changeCart(c, { method: 'PATCH', path: '', body: detailsOf(form) });
    if (answer === null || answer.ok) return c.redirect('/checkout', 303);
    return show(c, { which: 'details', form, refusal: answer.error });
  })
  .post('/checkout/codes', async (c) => {
    const form = await formOf(c);
    const answer = await useCode(c, form);
    if (answer === null || answer.ok) return c.redirect('/checkout', 303);
    return show(c, { which: 'code', form, refusal: answer.error });
  })
  .post('/checkout', async (c) => {
    const form = await formOf(c);
    const answer = await placed(c, form);
    const orderId = answer.ok ? answer.value.id : orderedAlready(answer.error);
    if (orderId !== null) {
      c.get('cart').forget();
      return c.redirect(`/orders/${orderId}`, 303);
    }
    return answer.ok ? c.redirect('/orders', 303) : show(c, { which: 'order', form, refusal: answer.error });
  });

/**
 * Orders what the quote was made for. The quote is the key, with what it is paid with: as long as the form is the same, so
 * is the order, be it sent twice or tried again after an unknown outcome; a changed or refused cart gets another quote.
 */
async function placed(c: Context<PageEnv>, form: Record<string, string>): Promise<Answer<Order>> {
  const { cartId = '', quoteId = '', paymentMethodId = '' } = form;
  const codes = codesOf(form);
  const paidWith = [paymentMethodId, endingsOf(codes)].filter((each) => each !== '');
  const key = encodeURIComponent([quoteId, ...paidWith].join(':'));
  for (let attempt = 0; ; attempt += 1) {
    const answer = await api<Order>(c, {
      method: 'POST',
      path: `/v1/carts/${encodeURIComponent(cartId)}/checkout`,
      body: {
        quoteId,
        ...(paymentMethodId === '' ? {} : { paymentMethodId }),
        ...(codes.length === 0 ? {} : { giftCards: codes.map((code) => ({ code })) }),
      },
      headers: { 'idempotency-key': `checkout:${key}` },
    });
    if (answer.ok || !isInFlight(answer.error) || attempt === IN_FLIGHT_RETRIES_MAX) return answer;
    await scheduler.wait(IN_FLIGHT_WAIT_MS);
  }
}

const isOutcomeUnknown = (refusal: Refusal): boolean =>
  refusal.status >= 500 || refusal.status === 429 || isInFlight(refusal);

const isInFlight = (refusal: Refusal): boolean => refusal.type === '/problems/request-in-flight';

/** The order this cart became, by another tab perhaps. */
const orderedAlready = ({ type, orderId }: Refusal): string | null =>
  type === '/problems/cart-closed' && orderId !== undefined ? orderId : null;

async function show(c: Context<PageEnv>, sent?: Sent) {
  const cart = await presentCart(c);
  if (cart === null || cart.lines.length === 0) return c.redirect('/cart', 303);
  // As long as nobody knows whether it was ordered, only the same order may be asked for.
  const again = sent?.which === 'order' && isOutcomeUnknown(sent.refusal) ? sent.form : null;
  const [quote, kept] = again === null ? await Promise.all([quoted(c, cart), keptMethods(c)]) : [null, []];
  const refusal = sent?.refusal ?? null;
  return page(c, {
    title: 'Check out',
    status: refusal === null ? 200 : refusal.status < 500 ? 422 : 503,
    children: (
      <>
        <h1>Check out</h1>
        {sent?.which === 'order' && <OrderRefused cart={cart} refusal={sent.refusal} />}
        {sent?.which === 'details' && <RefusalNotice refusal={sent.refusal} />}
        <Changes changes={quote?.ok === true ? quote.value.changes : cart.changes} />
        <Lines cart={cart} refusal={sent?.which === 'order' ? sent.refusal : null} />
        <div class="split">
          <div>
            <Details
              cart={cart}
              form={sent?.which === 'details' ? sent.form : {}}
              refusal={sent?.which === 'details' ? sent.refusal : null}
            />
            <h2>Code</h2>
            <Codes
              cart={cart}
              action="/checkout/codes"
              error={sent?.which === 'code' ? codeError(sent.refusal) : undefined}
              typed={sent?.which === 'code' ? (sent.form['code'] ?? '') : ''}
            />
          </div>
          {again === null ? (
            <Pay cart={cart} quote={quote} kept={kept} sent={sent} />
          ) : (
            <TryAgain form={again} isRefused={refusal?.status === 429} />
          )}
        </div>
      </>
    ),
  });
}

/** A cart is ordered once, also by a form without the codes: whoever may try none any more pays otherwise (`isRefused`). */
const TryAgain = ({ form, isRefused }: { form: Record<string, string>; isRefused: boolean }) => {
  const withCodes = codesOf(form).length > 0;
  return (
    <div class="panel">
      <form method="post" action="/checkout">
        <SameOrder form={form} />
        <p>Nobody knows yet whether your order went through. Trying again cannot order twice.</p>
        {withCodes && <GiftCardCodes required />}
        <button type="submit">Try again</button>
      </form>
      {withCodes && isRefused && (
        <form method="post" action="/checkout">
          <SameOrder form={form} />
          <p>Or pay for it without gift cards, and keep them for another time.</p>
          <button type="submit">Order without gift cards</button>
        </form>
      )}
    </div>
  );
};

const SameOrder = ({ form }: { form: Record<string, string> }) => (
  <>
    <input type="hidden" name="cartId" value={form['cartId']} />
    <input type="hidden" name="quoteId" value={form['quoteId']} />
    <input type="hidden" name="paymentMethodId" value={form['paymentMethodId'] ?? ''} />
  </>
);

/** Null: something is to be said or chosen first, see the cart's problems. */
async function quoted(c: Context<PageEnv>, cart: Cart): Promise<Answer<Quote> | null> {
  if (cart.problems.some(({ code }) => code !== 'out_of_stock')) return null;
  return api<Quote>(c, { method: 'POST', path: `/v1/carts/${cart.id}/quote` });
}

const Lines = ({ cart, refusal }: { cart: Cart; refusal: Refusal | null }) => {
  const texts = problemTexts(cart, refusal === null ? cart.problems : refusal.errors);
  return (
    <div class="scroll">
      <table>
        <tbody>
          {cart.lines.map((line) => (
            <tr>
              <td>
                {line.quantity} × <LineName line={line} problems={texts.get(line.id) ?? []} />
              </td>
              <td class="number">
                <LineTotal price={line.price} quantity={line.quantity} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const methodError = (refusal: Refusal): string | undefined => {
  const error = errorAt(refusal, '/paymentMethodId');
  return error === undefined ? undefined : `The payment method ${error}.`;
};

const cardsRefused = (refusal: Refusal): string | undefined =>
  giftCardErrors(refusal).length === 0 ? undefined : 'Please look at the codes of the gift cards.';

/** What stands at a line is told there. */
const OrderRefused = ({ cart, refusal }: { cart: Cart; refusal: Refusal }) => {
  const ofAll = problemTexts(
    cart,
    refusal.errors.filter(({ pointer }) => pointer === '/lines'),
  ).get('');
  return (
    <Notice kind="bad">
      <strong>{refusal.title}.</strong>{' '}
      {refusal.type === '/problems/quote-expired'
        ? 'The prices below are those of now. Please look at them and order again.'
        : (ofAll?.join(' ') ?? methodError(refusal) ?? cardsRefused(refusal) ?? refusal.detail)}
    </Notice>
  );
};

const Pay = (props: {
  cart: Cart;
  quote: Answer<Quote> | null;
  kept: readonly SavedMethod[];
  sent: Sent | undefined;
}) => {
  const { cart, quote, kept, sent } = props;
  const ordered = sent?.which === 'order' ? sent : null;
  const price = quote?.ok === true ? quote.value.price : cart.price;
  const lines = cart.lines.flatMap((line) => (line.price === null ? [] : [line.price]));
  const missing = problemTexts(cart, cart.problems).get('') ?? [];
  return (
    <div class="panel">
      <h2>What it costs</h2>
      {price !== null && (
        <PriceBreakdown
          price={price}
          lines={quote?.ok === true ? quote.value.lines.map((line) => line.price) : lines}
        />
      )}
      {missing.length > 0 && (
        <Notice>
          {missing.map((text) => (
            <p>{text}</p>
          ))}
        </Notice>
      )}
      {quote?.ok === false && <RefusalNotice refusal={{ ...quote.error, errors: [] }} />}
      {quote?.ok === true && (
        <form method="post" action="/checkout">
          <input type="hidden" name="cartId" value={cart.id} />
          <input type="hidden" name="quoteId" value={quote.value.id} />
          <GiftCardCodes
            typed={ordered?.form['giftCards'] ?? ''}
            errors={ordered === null ? [] : giftCardErrors(ordered.refusal)}
          />
          <PayWith kept={kept} total={quote.value.price.total} />
          <button type="submit">Order and pay {moneyText(quote.value.price.total)}</button>
          <p class="soft">
            This price holds until <Time at={quote.value.expiresAt} />.
          </p>
        </form>
      )}
      <p>
        <a href="/cart">Change the cart</a>
      </p>
    </div>
  );
};
