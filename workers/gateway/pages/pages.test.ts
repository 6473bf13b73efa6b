import { mayKeep } from './pay.tsx';
import { describe, expect, test } from 'vitest';
import { PROBLEMS } from '#shared/http/problems.ts';
import { ask, cookiesOf, SIGNED_IN, submit } from '../testing/browser.ts';
import { HOSTILE } from '../testing/fakes.ts';
import { FAILED_ORDER_ID, INSTANCE_ID, LAMP_VARIANT_ID, ORDER_ID, VARIANT_ID } from '../testing/ids.ts';

const html = async (path: string, cookie = SIGNED_IN): Promise<string> =>
  (await ask(path, { headers: { cookie } })).text();

const EDITOR = { variantId: VARIANT_ID, quantity: '1', currency: 'EUR', 'custom.registeredTo': 'Ann' };

/** Cookies of a visitor who put this in; signed in with `cookie`. */
async function filled(
  fields: Record<string, string> = {},
  { cookie = '', product = 'editor' } = {},
): Promise<string> {
  const added = await submit(`/products/${product}`, { ...EDITOR, ...fields }, { cookie });
  expect(added.status).toBe(303);
  return cookiesOf(added);
}
const found = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';

const PAGES = [
  '/',
  '/?q=editor&kind=licence&currency=USD&priceMin=1&priceMax=20&available=true&sort=price',
  '/products/editor',
  '/products/lamp',
  '/collections/tools',
  '/sign-up',
  '/verify-email?token=abc',
  '/sign-in',
  '/sign-in/company',
  '/step-up',
  '/sign-out',
  '/forgot-password',
  '/reset-password?token=abc',
  '/organisations',
  '/organisations/org_1',
  '/organisations/org_1/keys',
  '/organisations/org_1/sign-in',
  '/invitation?token=abc',
  '/cart',
  '/checkout',
  '/orders',
  `/orders/${ORDER_ID}`,
  `/orders/${FAILED_ORDER_ID}`,
  `/orders/${ORDER_ID}/fragment`,
  '/operate',
  '/operate/disputes',
  '/operate/guessing',
  '/operate/data-requests',
  '/operate/data-requests/usr_1',
  '/operate/provisioning',
  '/operate/provisioning/tasks/task_1',
  `/operate/${ORDER_ID}`,
  '/owned',
  `/owned/${INSTANCE_ID}`,
  `/owned/${INSTANCE_ID}/plans`,
  '/account',
  '/account/data',
  '/account/delete',
  '/account/payment-methods',
  '/account/applications',
  '/account/api-keys/new',
  '/operate/view-as',
  '/oauth/authorize?client_id=cli_1',
  '/oauth/logout',
  '/device?user_code=BCDF-GHJK',
  '/docs',
  '/problems/out-of-stock',
];

describe('the page where an order is paid', () => {
  test('may load from Stripe, show Stripe and talk to Stripe as deployed, and nothing else', async () => {
    const { headers } = await ask(`/orders/${ORDER_ID}/pay`, { headers: { cookie: SIGNED_IN } });
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self' https://js.stripe.com https://*.js.stripe.com; style-src 'self'; img-src 'self'; connect-src https://api.stripe.com; frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('permissions-policy')).toContain(
      'payment=(self "https://js.stripe.com" "https://*.js.stripe.com")',
    );
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin-allow-popups');
  });

  test('adding a method is under the same policy, and not offered either where there is no publishable key', async () => {
    const { status, headers } = await ask('/account/payment-methods/add', { headers: { cookie: SIGNED_IN } });
    expect([status, headers.get('location')]).toEqual([303, '/account/payment-methods']);
    expect(headers.get('content-security-policy')).toContain('https://api.stripe.com');
    const list = await ask('/account/payment-methods', { headers: { cookie: SIGNED_IN } });
    expect(await list.text()).not.toContain('/account/payment-methods/add');
  });

  test('is not offered where there is no publishable key', async () => {
    const response = await ask(`/orders/${ORDER_ID}/pay`, { headers: { cookie: SIGNED_IN } });
    expect([response.status, response.headers.get('location')]).toEqual([303, `/orders/${ORDER_ID}`]);
  });

  test.each(['/', '/account', `/orders/${ORDER_ID}`, `/orders/${ORDER_ID}/pay/x`])(
    '%s is not it: no provider, no payment handler',
    async (path) => {
      const { headers } = await ask(path, { headers: { cookie: SIGNED_IN } });
      expect(headers.get('content-security-policy')).not.toContain('stripe');
      expect(headers.get('permissions-policy')).toMatch(/, payment=\(\)$/);
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    },
  );
});

test('an order that waits for a bank transfer says where to send how much, with which reference', async () => {
  const body = await html(`/orders/${ORDER_ID}`);
  expect(body).toContain('DE02120300000000202051');
  expect(body).toContain('19.90 EUR');
  expect(body).toMatch(/reference[^<]*<code>TRANSFER1<\/code>/);
});

describe('every page', () => {
  test.each(PAGES)(
    '%s answers under a policy without inline scripts, and loads nothing from elsewhere',
    async (path) => {
      const response = await ask(path, { headers: { cookie: `${SIGNED_IN}; ${await filled()}` } });
      expect(response.status).toBe(200);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(response.headers.get('referrer-policy')).toBe('same-origin');
      const text = await response.text();
      expect(text).not.toMatch(/<script(?! type="application\/ld\+json">)(?![^>]* src="\/assets\/)/);
      expect(text).not.toMatch(/<(link|img|script)[^>]*(src|href)="(https?:)?\/\//);
      expect(text).not.toMatch(/ (style|on\w+)="/);
    },
  );

  test.each(PAGES)('%s writes hostile texts of customers and partners as text', async (path) => {
    const response = await ask(path, { headers: { cookie: `${SIGNED_IN}; ${await filled()}` } });
    const text = await response.text();
    expect(text).not.toContain(HOSTILE);
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img src=x');
    expect(text).not.toContain('href="javascript:');
  });

  test.each(PAGES.filter((path) => !/^\/(docs|problems)/.test(path)))(
    '%s is kept by no cache: it was made for one browser',
    async (path) => {
      const response = await ask(path, { headers: { cookie: `${SIGNED_IN}; ${await filled()}` } });
      expect(response.headers.get('cache-control')).toBe('private, no-store');
    },
  );

  test('what a visitor typed comes back as text', async () => {
    const query = encodeURIComponent(HOSTILE);
    for (const path of [`/?q=${query}&priceMin=${query}&kind=${query}`, `/verify-email?token=${query}`]) {
      const text = await html(path);
      expect(text).not.toContain(HOSTILE);
      expect(text).toContain('&lt;script&gt;');
    }
    const form = await (await submit('/products/editor', { 'custom.registeredTo': HOSTILE })).text();
    expect(form).not.toContain(HOSTILE);
    expect(form).toContain('&lt;script&gt;');
  });

  test('styles and scripts may be kept for good, since their address changes with them', async () => {
    const files = [...(await html('/sign-in')).matchAll(/"(\/assets\/[^"]+)"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(files.length).toBe(3);
    for (const path of files) {
      const response = await ask(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
    expect((await ask('/assets/site.000000000000.css')).status).toBe(404);
  });

  test('an address without a page is told as a page, with the request id', async () => {
    const response = await ask('/nothing/here', { headers: { 'x-request-id': 'request-1' } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('request-1');
  });
});

describe('cart', () => {
  test('a product goes into the cart with its customisation, more of it becomes one line, and it can be removed', async () => {
    const fields = { ...EDITOR, quantity: '2', currency: 'USD' };
    const added = await submit('/products/editor', fields);
    expect(added.status).toBe(303);
    expect(added.headers.get('location')).toBe('/cart');
    const cookie = cookiesOf(added);
    const again = await submit('/products/editor', fields, { cookie });
    expect(cookiesOf(again)).toContain('cart-shown=4.USD');
    const page = await html('/cart', cookie);
    expect(page).toContain('value="4"');
    expect(page).toContain('79.60 USD');
    const line = found(page, /name="line" value="(line_\w+)"/);
    expect((await submit('/cart', { line, quantity: '3' }, { cookie })).status).toBe(303);
    expect(await html('/cart', cookie)).toContain('value="3"');
    await submit('/cart', { remove: line }, { cookie });
    expect(await html('/cart', cookie)).toContain('Your cart is empty');
  });

  test('the browser keeps the cart’s id and right alone, where no script reads it', async () => {
    const added = await submit('/products/editor', EDITOR);
    const cookie = added.headers.getSetCookie().find((each) => each.startsWith('__Host-cart='));
    expect(cookie).toMatch(/^__Host-cart=cart_[0-9a-f]{32}\.[\w-]{43};/);
    expect(cookie).toMatch(/HttpOnly.*SameSite=Lax/);
  });

  test('a guest’s cart is the customer’s from the first look after signing in, and its right is gone', async () => {
    const guest = await filled();
    const response = await ask('/cart', { headers: { cookie: `${SIGNED_IN}; ${guest}` } });
    expect(await response.text()).toContain('Registered for');
    expect(response.headers.getSetCookie().join()).toMatch(/__Host-cart=cart_[0-9a-f]{32};/);
    expect(await html('/cart', guest), 'for who has the right only').toContain('Your cart is empty');
  });

  test('a cart that was ordered makes place for a new one', async () => {
    const cookie = await filled({}, { cookie: SIGNED_IN });
    const quoteId = found(await html('/checkout', `${SIGNED_IN}; ${cookie}`), /name="quoteId" value="(\w+)"/);
    const cartId = found(cookie, /(cart_\w+)/);
    await submit('/checkout', { cartId, quoteId }, { cookie: SIGNED_IN });
    const next = await filled({}, { cookie: `${SIGNED_IN}; ${cookie}` });
    expect(next).toMatch(/__Host-cart=cart_/);
    expect(next).not.toContain(cartId);
  });

  test('a form that does not fit the product’s schema is told at the field, and what was typed stays', async () => {
    const response = await submit('/products/editor', {
      variantId: VARIANT_ID,
      quantity: '11',
      'custom.registeredTo': 'x'.repeat(21),
      'custom.edition': 'forged',
      'custom.seats': '9',
    });
    expect(response.status).toBe(422);
    const text = await response.text();
    for (const message of [
      'At most 20 characters.',
      'Choose one of the listed values.',
      'At most 5.',
      'Between 1 and 10.',
    ])
      expect(text).toContain(message);
    expect(text).toContain('x'.repeat(21));
    expect(text).toContain('aria-invalid="true"');
  });

  test('what only the shop can refuse is told at the same field', async () => {
    const response = await submit('/products/editor', { ...EDITOR, 'custom.registeredTo': 'nobody' });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain('This is no name.');
  });

  test('a code is used, refused with the reason, and taken out', async () => {
    const cookie = await filled();
    const refused = await submit('/cart/codes', { code: 'NOPE' }, { cookie });
    expect(refused.status).toBe(422);
    const text = await refused.text();
    expect(text).toContain('This code is not a code that counts now.');
    expect(text).toContain('value="NOPE"');
    await submit('/cart/codes', { code: 'TEN' }, { cookie });
    expect(await html('/cart', cookie)).toContain('>TEN<');
    await submit('/cart/codes', { removeCode: 'TEN' }, { cookie });
    expect(await html('/cart', cookie)).not.toContain('>TEN<');
  });

  test('what changed since the visitor saw it is told', async () => {
    expect(await html('/cart', await filled({ 'custom.registeredTo': 'changed' }))).toContain(
      'This has changed',
    );
  });

  test('a cookie nobody could have written counts as an empty cart', async () => {
    for (const forged of ['', 'e30', '!!', `cart_${'0'.repeat(32)}.${'x'.repeat(43)}`, 'x'.repeat(3_000)]) {
      expect(await html('/cart', `__Host-cart=${forged}`)).toContain('Your cart is empty');
    }
  });
});

describe('checkout', () => {
  const cartOf = (cookie: string) => found(cookie, /(cart_\w{32})/);

  test('asks to sign in first and comes back', async () => {
    const response = await ask('/checkout', { headers: { cookie: await filled() } });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/sign-in?returnTo=%2Fcheckout');
  });

  test('the form orders the quote it showed, so that sending it twice makes one order', async () => {
    const cookie = `${SIGNED_IN}; ${await filled()}`;
    const text = await html('/checkout', cookie);
    const quoteId = found(text, /name="quoteId" value="(quo_\w+)"/);
    const cartId = found(text, /name="cartId" value="(cart_\w+)"/);
    expect(quoteId).not.toBe('');
    expect(text).toContain('Order and pay 19.90 EUR');
    const answers = await Promise.all(
      [cookie, SIGNED_IN].map((each) => submit('/checkout', { cartId, quoteId }, { cookie: each })),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toBe(`/orders/${ORDER_ID}`);
    }
    expect(answers[0]?.headers.getSetCookie().join()).toMatch(/__Host-cart=;/);
  });

  test('what is kept is offered to pay with, and told when it is gone; what cannot be a key breaks nothing', async () => {
    const guest = await filled();
    const cookie = `${SIGNED_IN}; ${guest}`;
    const text = await html('/checkout', cookie);
    expect(text).toContain('<legend>Pay with</legend>');
    expect(text).toMatch(/<input type="radio" name="paymentMethodId" value="pm_1"/);
    expect(text).toMatch(/value="" checked/);
    const quoteId = found(text, /name="quoteId" value="(quo_\w+)"/);
    const order = (paymentMethodId: string) =>
      submit('/checkout', { cartId: cartOf(guest), quoteId, paymentMethodId }, { cookie });
    const refused = await order('pm_gone');
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('The payment method is none of yours.');
    expect((await order('\r\npm')).status).toBe(303);
  });

  test('out of stock is told at the line, with a fresh quote for the next attempt', async () => {
    const guest = await filled({ quantity: '6' });
    const cookie = `${SIGNED_IN}; ${guest}`;
    await html('/checkout', cookie);
    const response = await submit('/checkout', { cartId: cartOf(guest), quoteId: 'quo_1' }, { cookie });
    expect(response.status).toBe(422);
    const text = await response.text();
    expect(text).toContain('only 3 left');
    expect(text).not.toContain('value="quo_1"');
  });

  test('a customisation is called by its title where the product is known, and readably where only the order is', async () => {
    const guest = await filled({ quantity: '3' });
    const cookie = `${SIGNED_IN}; ${guest}`;
    for (const path of ['/cart', '/checkout']) {
      const text = await html(path, cookie);
      expect(text).toContain('<dt>Registered for</dt>');
      expect(text).not.toContain('registeredTo');
    }
    expect(await html(`/orders/${ORDER_ID}`)).toContain('<dt>Registered to</dt>');
    const refused = await submit('/checkout', { cartId: cartOf(guest), quoteId: 'quo_3' }, { cookie });
    expect(await refused.text()).toContain('Registered for: is required');
  });

  test('after an unknown outcome the same order stays, so that trying again cannot order twice', async () => {
    const guest = await filled({ quantity: '4' });
    const cookie = `${SIGNED_IN}; ${guest}`;
    await html('/checkout', cookie);
    const response = await submit('/checkout', { cartId: cartOf(guest), quoteId: 'quo_2' }, { cookie });
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(text).toContain('value="quo_2"');
    expect(text).toContain('Try again');
  });

  test('a parcel asks for an address first, and shows the API’s message at its field', async () => {
    const guest = await filled({ variantId: LAMP_VARIANT_ID }, { product: 'lamp' });
    const cookie = `${SIGNED_IN}; ${guest}`;
    const text = await html('/checkout', cookie);
    expect(text).toContain('name="address.city"');
    expect(text).not.toContain('name="quoteId"');
    const fields = { 'address.name': 'Ann', 'address.city': '' };
    const refused = await (await submit('/checkout/details', fields, { cookie })).text();
    expect(refused).toContain('id="f-address.city-error"');
    expect(refused).toContain('is needed');
    await submit('/checkout/details', { ...fields, 'address.city': 'Bonn' }, { cookie });
    expect(await html('/checkout', cookie)).toContain('name="quoteId"');
  });
});

test('what a colleague pays an organisation’s order with is not offered to be kept: it would be its buyer’s', () => {
  const order = { organisationId: null, placedBy: 'usr_1' };
  expect(mayKeep(order, 'usr_1')).toBe(true);
  const ofAcme = { ...order, organisationId: 'org_1' };
  expect(['usr_1', 'usr_2', null].map((person) => mayKeep(ofAcme, person))).toEqual([true, false, false]);
});

describe('orders', () => {
  test('an order that is not finished is followed: by script, and by reload where scripts are off', async () => {
    const text = await html(`/orders/${ORDER_ID}`);
    expect(text).toContain(`data-follow="/orders/${ORDER_ID}"`);
    expect(text).toContain('data-sequence="1"');
    expect(text).toContain('<noscript><meta http-equiv="refresh" content="3"/></noscript>');
    expect(text).toContain('pi_1_secret_2');
  });

  test('a finished one is not, and says why it failed', async () => {
    const text = await html(`/orders/${FAILED_ORDER_ID}`);
    expect(text).not.toContain('data-follow');
    expect(text).not.toContain('http-equiv');
    expect(text).toContain('&lt;script&gt;');
  });

  test('an unchanged order costs the follower no page', async () => {
    const response = await ask(`/orders/${ORDER_ID}/fragment?version=7`, { headers: { cookie: SIGNED_IN } });
    expect(response.status).toBe(204);
  });

  test('its events come through as they happen, from where the browser was, and for its customer alone', async () => {
    const path = `/orders/${ORDER_ID}/events?after=4`;
    const response = await ask(path, { headers: { cookie: SIGNED_IN, 'last-event-id': '9' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toContain('no-store');
    const chunks = response.body as unknown as AsyncIterable<Uint8Array>;
    for await (const chunk of chunks) {
      expect(new TextDecoder().decode(chunk)).toContain('data: {"last":"9"}');
      break;
    }
    expect((await ask(path)).status).toBe(303);
  });

  test('shows what it cost, what was given back, what is on its way back, and only notes for the customer', async () => {
    const text = await html(`/orders/${ORDER_ID}`);
    for (const part of ['Money given back', 'Please send it back', 'Given back: 1', 'Part of this order'])
      expect(text).toContain(part);
    expect(text).not.toContain('between us');
  });

  test('something is asked to be sent back, with a reason', async () => {
    const path = `/orders/${ORDER_ID}/returns`;
    const fields = { 'quantity.line_1': '1', reason: 'broken', wish: 'refund' };
    expect((await submit(path, fields, { cookie: SIGNED_IN })).status).toBe(303);
    const none = await submit(path, { ...fields, 'quantity.line_1': '0' }, { cookie: SIGNED_IN });
    expect(none.status).toBe(409);
  });

  test('an unpaid order is changed as it was shown, line by line or in its address', async () => {
    const text = await html(`/orders/${ORDER_ID}`);
    expect(text).toContain('name="quantity.line_1"');
    const path = `/orders/${ORDER_ID}/edit`;
    const seen = { version: '7', 'quantity.line_1': '2' };
    expect((await submit(path, seen, { cookie: SIGNED_IN })).status).toBe(303);
    const stale = await submit(path, { ...seen, version: '6' }, { cookie: SIGNED_IN });
    expect(stale.status).toBe(409);
  });

  test('an order of somebody else is not there', async () => {
    const response = await ask(`/orders/ord_${'9'.repeat(32)}`, { headers: { cookie: SIGNED_IN } });
    expect(response.status).toBe(404);
  });

  test('a cancellation that comes too late is told on the order’s page', async () => {
    const response = await submit(`/orders/${ORDER_ID}/cancel`, { reason: 'no' }, { cookie: SIGNED_IN });
    expect(response.status).toBe(409);
    expect(await response.text()).toContain('because');
  });
});

describe('operators', () => {
  const page = `/operate/${ORDER_ID}`;

  test('see what needs them with its cause, and can try it again from the list', async () => {
    const text = await html('/operate');
    expect(text).toContain('payment_capture_failed');
    const retried = await submit(`${page}/retry`, {}, { cookie: SIGNED_IN });
    expect([retried.status, retried.headers.get('location')]).toEqual([303, page]);
  });

  test('try many again that wait for one cause, or end them, and see what became of each', async () => {
    expect(await html('/operate')).toContain('action="/operate/all"');
    const all = async (fields: Record<string, string>) =>
      (await submit('/operate/all', { attention: 'any', key: 'k', ...fields }, { cookie: SIGNED_IN })).text();
    const retried = await all({ do: 'retry' });
    expect(retried).toContain(`href="${page}"`);
    expect(retried).toContain('name="cursor" value="more"');
    expect(await all({ do: 'cancelled', reason: 'r' })).toContain('refused');
  });

  test('end an order by hand only after what would not fit was shown and seen', async () => {
    const text = await html(page);
    expect(text).toContain('Collected and kept 0.00 EUR, worth 19.90 EUR');
    expect(text).toContain('name="confirm" value="kept:0"');
    const unseen = await submit(`${page}/resolve`, { as: 'completed', reason: 'r' }, { cookie: SIGNED_IN });
    expect(unseen.status).toBe(422);
    const fields = { as: 'completed', reason: 'r', confirm: 'kept:0' };
    expect((await submit(`${page}/resolve`, fields, { cookie: SIGNED_IN })).status).toBe(303);
  });

  test('decide about a return, and put what came back on the shelf', async () => {
    const text = await html(page);
    expect(text).toContain(`${page}/returns/ret_1/receive`);
    expect(text).not.toContain(`${page}/returns/ret_1/approve`);
    const steps = {
      receive: { 'restock.line_1': '1' },
      refund: { shipping: 'yes' },
      exchange: {},
      reject: { reason: 'no' },
    };
    for (const [step, fields] of Object.entries(steps)) {
      const sent = await submit(`${page}/returns/ret_1/${step}`, fields, { cookie: SIGNED_IN });
      expect([step, sent.status]).toEqual([step, 303]);
    }
    expect((await submit(`${page}/returns/ret_1/other`, {}, { cookie: SIGNED_IN })).status).toBe(404);
  });

  test('see disputes and what they suspend, and decide what becomes of it', async () => {
    const text = await html(page);
    expect(text).toContain('not decided');
    expect(text).toContain(`action="${page}/access"`);
    const fields = { decision: 'restore', reason: 'r' };
    expect((await submit(`${page}/access`, fields, { cookie: SIGNED_IN })).status).toBe(303);
    expect(await html('/operate')).toContain('href="/operate?paymentStatus=disputed"');
    expect(text).toContain('2100 minor units of BRL');
    const listed = await html('/operate/disputes');
    expect(listed).toContain(`href="${page}"`);
    expect(listed).toMatch(/19\.90 EUR, not decided: .*evidence until/s);
  });

  test('see why an order is suspicious, and approve or refuse it', async () => {
    const text = await html(page);
    expect(text).toContain('7 by card within 1 h');
    expect(text).toContain(`action="${page}/review"`);
    const approved = await submit(
      `${page}/review`,
      { decision: 'approve', reason: 'Called the customer' },
      { cookie: SIGNED_IN },
    );
    expect([approved.status, approved.headers.get('location')]).toEqual([303, page]);
    const late = await submit(`${page}/review`, { decision: 'refuse', reason: 'r' }, { cookie: SIGNED_IN });
    expect([late.status, await late.text()]).toEqual([422, expect.stringContaining('because')]);
  });

  test('are told when undoing comes too late', async () => {
    const response = await submit(`${page}/undo`, { reason: 'r' }, { cookie: SIGNED_IN });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain('because');
  });

  test('only staff are shown the way there', async () => {
    const link = '<a href="/operate">';
    const claims = (roles: string[]) => btoa(JSON.stringify({ roles })).replaceAll('=', '');
    const as = (role: string) => `__Host-access=a.${claims([role])}.c; __Host-refresh=refresh-1`;
    expect(await html('/orders', as('operator'))).toContain(link);
    expect(await html('/orders', as('customer'))).not.toContain(link);
  });
});

describe('a link from a mail', () => {
  test.each([
    ['/reset-password', '/forgot-password'],
    ['/verify-email', '/sign-up'],
  ])(
    '%s without its token leads to where a new one is asked for: there is nothing to fill in',
    async (path, again) => {
      for (const response of [await ask(path), await submit(path, { newPassword: 'x'.repeat(20) })]) {
        expect([response.status, response.headers.get('location')]).toEqual([303, again]);
      }
    },
  );

  test.each([
    ['/reset-password', 'bad', '/forgot-password'],
    ['/reset-password', 'cut', '/forgot-password'],
    ['/verify-email', 'bad', '/sign-up'],
  ])('%s with a token that is %s says so, since no field shows the token', async (path, token, again) => {
    const response = await submit(path, { token, newPassword: 'x'.repeat(20), choice: 'passkey' });
    expect(response.status).toBe(422);
    const text = await response.text();
    expect(text).toContain(`This link was used, has expired or is not complete. <a href="${again}">`);
    expect(text).not.toContain('<form method="post" action="/reset-password"');
  });
});

test('a download is fetched from this shop whatever host the link names', async () => {
  const response = await submit(`/owned/${INSTANCE_ID}/download`, {}, { cookie: SIGNED_IN });
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe('/v1/downloads/tok?x=1');
});

test('what one owns shows its devices and meters; a device gives up its seat, takes a licence file along, and what is hidden is shown on request', async () => {
  const path = `/owned/${INSTANCE_ID}`;
  const text = await (await ask(path, { headers: { cookie: SIGNED_IN } })).text();
  for (const shown of ['export.pdf', 'projects: up to 3', '1 activated of 2', '3 used of 9', '••••••••'])
    expect(text).toContain(shown);
  expect(text).not.toContain('shown at last');
  const revealed = await submit(`${path}/reveal`, {}, { cookie: SIGNED_IN });
  expect(await revealed.text()).toContain('shown at last');
  const back = await ask(`${path}/reveal`, { headers: { cookie: SIGNED_IN }, redirect: 'manual' });
  expect(back.headers.get('location')).toBe(path);
  const ended = await submit(`${path}/deactivate`, { activation: 'act_1' }, { cookie: SIGNED_IN });
  expect([ended.status, ended.headers.get('location')]).toEqual([303, path]);
  const file = await submit(`${path}/licence-file`, { activation: 'act_1' }, { cookie: SIGNED_IN });
  expect(await file.text()).toBe('a.b.c');
  expect(file.headers.get('content-disposition')).toBe('attachment; filename="HOST.licence"');
});

test('what one owns is renewed at the price that was shown, and a plan that cannot be had is refused in words', async () => {
  const path = `/owned/${INSTANCE_ID}/plans`;
  const offered = await submit(path, { change: 'renewal' }, { cookie: SIGNED_IN });
  const text = await offered.text();
  expect(text).toContain('Order and pay 9.00 EUR');
  expect(text).toContain('name="quoteId" value="quo_1"');
  const ordered = await submit(`${path}/accept`, { quoteId: 'quo_1' }, { cookie: SIGNED_IN });
  expect([ordered.status, ordered.headers.get('location')]).toEqual([303, `/orders/${ORDER_ID}`]);
  const refused = await submit(path, { change: 'plan', variantId: VARIANT_ID }, { cookie: SIGNED_IN });
  expect(refused.status).toBe(409);
  expect((await submit(`${path}/accept`, { quoteId: 'quo_2' }, { cookie: SIGNED_IN })).status).toBe(409);
  const shown = await (await ask(path, { headers: { cookie: SIGNED_IN } })).text();
  expect(shown).toContain('It renews by itself: you are reminded');
  for (const form of [{ paymentMethodId: 'pm_1', agreed: 'yes' }, {}]) {
    const set = await submit(`${path}/renewing`, form, { cookie: SIGNED_IN });
    expect([set.status, set.headers.get('location')]).toEqual([303, path]);
  }
  const unasked = await submit(`${path}/renewing`, { paymentMethodId: 'pm_1' }, { cookie: SIGNED_IN });
  expect(unasked.status).toBe(409);
});

test('a search the API refuses is told on the page', async () => {
  const response = await ask('/?cursor=bad');
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('because');
});

test('a number that looks like a card’s in the address of a page is told on a page, without it', async () => {
  const number = '4242424242424242';
  for (const path of [`/?q=${number}`, `/products/${number}`, `/sign-up?email=${number}`]) {
    const response = await ask(path, { headers: { cookie: SIGNED_IN } });
    expect([path, response.status]).toEqual([path, 422]);
    expect(response.headers.get('content-type')).toContain('text/html');
    const text = await response.text();
    expect(text).toContain(PROBLEMS['validation-failed'].title);
    expect(text).toContain('must not hold card data');
    expect(text).not.toContain(number);
  }
  const script = await ask(`/?q=${number}`, { headers: { accept: 'application/json' } });
  expect(await script.json()).toMatchObject({ status: 422 });
  const api = await ask(`/v1/products?q=${number}`);
  expect(api.headers.get('content-type')).toBe('application/problem+json');
});

test.each(Object.keys(PROBLEMS))('the problem type %s has a page', async (slug) => {
  const response = await ask(`/problems/${slug}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(`/problems/${slug}`);
});

test.each(['nothing', 'constructor', '__proto__'])('the problem type %s has none', async (slug) => {
  expect((await ask(`/problems/${slug}`)).status).toBe(404);
});

test('a product’s page says what it is in the words of schema.org, whatever its texts hold, and what its attributes are', async () => {
  const page = await html('/products/editor', '');
  const data = found(page, /<script type="application\/ld\+json">(.*?)<\/script>/s);
  expect(JSON.parse(data)).toMatchObject({
    '@type': 'Product',
    name: `Editor ${HOSTILE}`,
    offers: [
      { price: '17.90', priceCurrency: 'EUR', availability: 'https://schema.org/LimitedAvailability' },
    ],
    additionalProperty: [{ value: 2, unitText: 'kg' }],
  });
  expect(data).not.toContain('<');
  expect(page).toMatch(/<dd>\s*2 kg\s*<\/dd>/);
});

describe.each(['/', '/collections/tools', '/products/editor'])('what %s says a product costs', (path) => {
  test.each([
    ['a list for everybody', '', '17.90 EUR'],
    ['a list of the customer’s groups', SIGNED_IN, '15.90 EUR'],
  ])('is what an order would: %s', async (_what, cookie, price) => {
    const page = await html(path, cookie);
    expect(page).toContain(`<span class="price">${price}</span>`);
    expect(page).toContain('<s class="soft">19.90 EUR</s>');
    expect(page).not.toContain('<span class="price">19.90 EUR</span>');
  });

  test('is the product’s own price where nobody can tell', async () => {
    const page = await html(path, '__Host-access=access.broken.sig; __Host-refresh=refresh-1');
    expect(page).toContain('<span class="price">19.90 EUR</span>');
  });
});

test('a collection’s page shows the way to it, what is below it and its products, and says so to search engines', async () => {
  const page = await html('/collections/tools', '');
  expect(page).toMatch(/<nav class="breadcrumbs"[^>]*>.*\/collections\/home.*aria-current="page">Tools</s);
  expect(page).toContain('/collections/saws');
  expect(page).toContain('<p>For <b>work</b></p>');
  expect(page).toContain('href="/products/editor"');
  expect(page).toContain('/collections/tools?cursor=abc');
  const data = found(page, /<script type="application\/ld\+json">(.*?)<\/script>/s);
  expect(JSON.parse(data)).toMatchObject({
    '@type': 'BreadcrumbList',
    itemListElement: [
      { position: 1, name: `Home ${HOSTILE}` },
      { position: 2, name: 'Tools' },
    ],
  });
  expect((await ask('/collections/tools?cursor=bad')).status).toBe(400);
  expect((await ask('/collections/nowhere')).status).toBe(404);
});

test('a product’s page shows the way to it, also to search engines', async () => {
  const page = await html('/products/lamp', '');
  expect(page).toMatch(/<nav class="breadcrumbs"[^>]*>.*\/collections\/tools.*aria-current="page">Lamp</s);
  const data = found(page, /<script type="application\/ld\+json">(.*?)<\/script>/s);
  const [, way] = JSON.parse(data) as { itemListElement: { item: string }[] }[];
  expect(way?.itemListElement.map(({ item }) => new URL(item).pathname)).toEqual([
    '/collections/home',
    '/collections/tools',
    '/products/lamp',
  ]);
});
