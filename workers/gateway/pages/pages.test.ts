import { describe, expect, test } from 'vitest';
import { PROBLEMS } from '#shared/http/problems.ts';
import { encodeCart, type Cart } from '../cart.ts';
import { ask, cookiesOf, SIGNED_IN, submit } from '../testing/browser.ts';
import { FAILED_ORDER_ID, HOSTILE, INSTANCE_ID, ORDER_ID, VARIANT_ID } from '../testing/fakes.ts';

const html = async (path: string, cookie = SIGNED_IN): Promise<string> =>
  (await ask(path, { headers: { cookie } })).text();

const cartCookie = (cart: Cart): string => `__Host-cart=${encodeCart(cart)}`;
const line = { handle: 'editor', variantId: VARIANT_ID, quantity: 1, customisation: { registeredTo: 'Ann' } };
const oneLine = cartCookie({ currency: 'EUR', lines: [line] });
const checkoutForm = (key: string, quantity = 1) => ({
  key,
  cart: encodeCart({ currency: 'EUR', lines: [{ ...line, quantity }] }) ?? '',
});

const PAGES = [
  '/',
  '/?q=editor&kind=licence&currency=USD&priceMin=1&priceMax=20&available=true&sort=price',
  '/products/editor',
  '/sign-up',
  '/verify-email?token=abc',
  '/sign-in',
  '/sign-out',
  '/forgot-password',
  '/reset-password?token=abc',
  '/cart',
  '/checkout',
  '/orders',
  `/orders/${ORDER_ID}`,
  `/orders/${FAILED_ORDER_ID}`,
  `/orders/${ORDER_ID}/fragment`,
  '/owned',
  `/owned/${INSTANCE_ID}`,
  '/account',
  '/docs',
  '/problems/out-of-stock',
];

describe('every page', () => {
  test.each(PAGES)(
    '%s answers under a policy without inline scripts, and loads nothing from elsewhere',
    async (path) => {
      const response = await ask(path, { headers: { cookie: `${SIGNED_IN}; ${oneLine}` } });
      expect(response.status).toBe(200);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(response.headers.get('referrer-policy')).toBe('same-origin');
      const text = await response.text();
      expect(text).not.toMatch(/<script(?![^>]* src="\/assets\/)/);
      expect(text).not.toMatch(/<(link|img|script)[^>]*(src|href)="(https?:)?\/\//);
      expect(text).not.toMatch(/ (style|on\w+)="/);
    },
  );

  test.each(PAGES)('%s writes hostile texts of customers and partners as text', async (path) => {
    const response = await ask(path, { headers: { cookie: `${SIGNED_IN}; ${oneLine}` } });
    const text = await response.text();
    expect(text).not.toContain(HOSTILE);
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img src=x');
    expect(text).not.toContain('href="javascript:');
  });

  test.each(PAGES.filter((path) => !/^\/(docs|problems)/.test(path)))(
    '%s is kept by no cache: it was made for one browser',
    async (path) => {
      const response = await ask(path, { headers: { cookie: `${SIGNED_IN}; ${oneLine}` } });
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
    const fields = { variantId: VARIANT_ID, quantity: '2', currency: 'USD', 'custom.registeredTo': 'Ann' };
    const added = await submit('/products/editor', fields);
    expect(added.status).toBe(303);
    expect(added.headers.get('location')).toBe('/cart');
    const again = await submit('/products/editor', fields, { cookie: cookiesOf(added) });
    const page = await html('/cart', cookiesOf(again));
    expect(page).toContain('value="4"');
    expect(page).toContain('Total 87.60 USD');
    const removed = await submit('/cart', { remove: '0' }, { cookie: cookiesOf(again) });
    expect(await html('/cart', cookiesOf(removed))).toContain('Your cart is empty');
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

  test('a cookie nobody could have written counts as an empty cart', async () => {
    for (const forged of ['', 'e30', '!!', encodeCart({ currency: 'EUR', lines: [] }), 'x'.repeat(3_000)]) {
      expect(await html('/cart', `__Host-cart=${forged}`)).toContain('Your cart is empty');
    }
  });
});

describe('checkout', () => {
  test('asks to sign in first and comes back', async () => {
    const response = await ask('/checkout', { headers: { cookie: oneLine } });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/sign-in?returnTo=%2Fcheckout');
  });

  test('the form carries its own Idempotency-Key, so that sending it twice makes one order', async () => {
    const text = await html('/checkout', `${SIGNED_IN}; ${oneLine}`);
    const key = /name="key" value="([\w-]{36})"/.exec(text)?.[1] ?? '';
    expect(key).not.toBe('');
    const cookies = [`${SIGNED_IN}; ${oneLine}`, SIGNED_IN];
    const answers = await Promise.all(
      cookies.map((cookie) => submit('/checkout', checkoutForm(key), { cookie })),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toBe(`/orders/${ORDER_ID}`);
      expect(answer.headers.getSetCookie().join()).toMatch(/__Host-cart=;/);
    }
  });

  test('out of stock is told at the line, with a fresh key for the changed order', async () => {
    const response = await submit('/checkout', checkoutForm('key-00000001', 6), { cookie: SIGNED_IN });
    expect(response.status).toBe(422);
    const text = await response.text();
    expect(text).toContain('quantity: only 3 left');
    expect(text).not.toContain('value="key-00000001"');
  });

  test('a customisation is called by its title where the product is known, and readably where only the order is', async () => {
    for (const path of ['/cart', '/checkout']) {
      const text = await html(path, `${SIGNED_IN}; ${oneLine}`);
      expect(text).toContain('<dt>Registered for</dt>');
      expect(text).not.toContain('registeredTo');
    }
    expect(await html(`/orders/${ORDER_ID}`)).toContain('<dt>Registered to</dt>');
    const refused = await submit('/checkout', checkoutForm('key-00000004', 3), { cookie: SIGNED_IN });
    expect(await refused.text()).toContain('Registered for: is required');
  });

  test('after an unknown outcome the same key stays, so that trying again cannot order twice', async () => {
    const response = await submit('/checkout', checkoutForm('key-00000002', 4), { cookie: SIGNED_IN });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('value="key-00000002"');
  });

  test('a parcel asks for an address and shows the API’s message at its field', async () => {
    const lamp = { handle: 'lamp', variantId: VARIANT_ID, quantity: 1, customisation: {} };
    const cart = { currency: 'EUR', lines: [lamp] } as const satisfies Cart;
    expect(await html('/checkout', `${SIGNED_IN}; ${cartCookie(cart)}`)).toContain('name="address.city"');
    const fields = {
      key: 'key-00000003',
      cart: encodeCart(cart) ?? '',
      'address.name': 'Ann',
      'address.city': '',
    };
    const text = await (await submit('/checkout', fields, { cookie: SIGNED_IN })).text();
    expect(text).toContain('id="f-address.city-error"');
    expect(text).toContain('is needed');
  });
});

describe('orders', () => {
  test('an order that is not finished is followed: by script, and by reload where scripts are off', async () => {
    const text = await html(`/orders/${ORDER_ID}`);
    expect(text).toContain(`data-follow="/orders/${ORDER_ID}/fragment"`);
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

test('a search the API refuses is told on the page', async () => {
  const response = await ask('/?cursor=bad');
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('because');
});

test.each(Object.keys(PROBLEMS))('the problem type %s has a page', async (slug) => {
  const response = await ask(`/problems/${slug}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(`/problems/${slug}`);
});

test.each(['nothing', 'constructor', '__proto__'])('the problem type %s has none', async (slug) => {
  expect((await ask(`/problems/${slug}`)).status).toBe(404);
});
