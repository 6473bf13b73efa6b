import { describe, expect, test } from 'vitest';
import { safeLink, safeReturnTo } from './return-to.ts';
import { ask, cookiesOf, ORIGIN, SIGNED_IN, submit } from './testing/browser.ts';

describe('session cookies', () => {
  test('tokens are out of every script’s reach and bound to this host', async () => {
    const response = await submit('/sign-in', {
      email: 'ann@mail.test',
      password: 'right',
      returnTo: '/orders',
    });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/orders');
    const cookies = response.headers.getSetCookie();
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual([
      '__Host-access',
      '__Host-refresh',
      '__Host-device',
    ]);
    for (const cookie of cookies) {
      for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
        expect(cookie).toContain(attribute);
      expect(cookie).not.toContain('Domain');
    }
    expect(await response.text()).not.toContain('access.1');
  });

  test('the access cookie goes before its token expires, so that a page never starts with a dying one', async () => {
    const response = await submit('/sign-in', { email: 'ann@mail.test', password: 'right' });
    expect(response.headers.getSetCookie()[0]).toContain('Max-Age=570');
  });

  test('without an access token the session is renewed, and the new tokens reach the browser with the page', async () => {
    const response = await ask('/orders', { headers: { cookie: '__Host-refresh=refresh-1' } });
    expect(response.status).toBe(200);
    expect(cookiesOf(response)).toBe('__Host-access=access.2.sig; __Host-refresh=refresh-2');
  });

  test('several pages at once all renew with the same token and all succeed', async () => {
    const headers = { cookie: '__Host-refresh=refresh-1' };
    const responses = await Promise.all(
      ['/orders', '/owned', '/account'].map((path) => ask(path, { headers })),
    );
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('new tokens reach the browser even with a page that fails, or the session would be lost', async () => {
    const response = await ask(`/orders/ord_${'9'.repeat(32)}`, {
      headers: { cookie: '__Host-refresh=refresh-1' },
    });
    expect(response.status).toBe(404);
    expect(cookiesOf(response)).toContain('__Host-refresh=refresh-2');
  });

  test('a token the API no longer takes is renewed once and the call repeated', async () => {
    const cookie = '__Host-access=access.revoked.sig; __Host-refresh=refresh-1';
    const response = await ask('/orders', { headers: { cookie } });
    expect(response.status).toBe(200);
    expect(cookiesOf(response)).toContain('__Host-access=access.2.sig');
  });

  test('a token that is refused although it was renewed a moment ago ends no session: the next request may pass', async () => {
    for (const cookie of [
      '__Host-refresh=refresh-refused',
      '__Host-access=access.revoked.sig; __Host-refresh=refresh-refused',
    ]) {
      const response = await ask('/orders', { headers: { cookie } });
      expect(response.status).toBe(503);
      expect(await response.text()).toContain('still signed in');
      expect(cookiesOf(response)).toBe('__Host-access=access.revoked.sig; __Host-refresh=refresh-2');
    }
  });

  test('a revoked session ends: cookies go, and the customer is asked to sign in', async () => {
    const cookie = '__Host-access=access.revoked.sig; __Host-refresh=refresh-revoked';
    const response = await ask('/orders', { headers: { cookie } });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/sign-in?returnTo=%2Forders');
    expect(response.headers.getSetCookie().join()).toMatch(/__Host-access=;.*__Host-refresh=;/);
  });

  test('while the authentication server is away nobody is signed out', async () => {
    const response = await ask('/orders', { headers: { cookie: '__Host-refresh=refresh-down' } });
    expect(response.status).toBe(503);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('signing out ends the session here and at the API', async () => {
    const response = await submit('/sign-out', {}, { cookie: SIGNED_IN });
    expect(response.status).toBe(303);
    expect(response.headers.getSetCookie().join()).toMatch(/__Host-access=;.*__Host-refresh=;/);
  });

  test('a passkey sign-in gives the script an address to go to and no token', async () => {
    const response = await ask('/passkeys/sign-in', {
      method: 'POST',
      headers: { origin: ORIGIN, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ ceremonyId: 'c', response: {}, returnTo: '//evil.example' }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ next: '/' });
    expect(cookiesOf(response)).toContain('__Host-access=access.1.sig');
  });

  test('a wrong password is told without a cookie', async () => {
    const response = await submit('/sign-in', { email: 'ann@mail.test', password: 'wrong' });
    expect(response.status).toBe(422);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).not.toContain('value="wrong"');
  });

  test('a sign-up shows the API’s message at the field', async () => {
    const text = await (await submit('/sign-up', { email: 'nonsense' })).text();
    expect(text).toContain('id="f-email-error"');
    expect(text).toContain('is no address');
  });
});

describe('requests another site started', () => {
  const post = (headers: Record<string, string>) =>
    ask('/sign-out', { method: 'POST', headers: { cookie: SIGNED_IN, ...headers } });

  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['a sibling host', { origin: 'https://evil.shop.test', 'sec-fetch-site': 'same-site' }],
    ['a browser that says so', { 'sec-fetch-site': 'cross-site' }],
    ['a browser that says so beside a right origin', { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }],
    ['the same name over http', { origin: 'http://shop.test' }],
    ['nobody named', {}],
    ['JSON, which no form can send', { origin: 'https://evil.example', 'content-type': 'application/json' }],
  ])('are refused: %s', async (_, headers) => {
    const response = await post(headers);
    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test.each([
    '/cart',
    '/cart/currency',
    '/checkout',
    '/sign-in',
    '/sign-up',
    '/verify-email',
    '/passkeys',
    '/account/password',
  ])('every form is guarded, not only some: %s', async (path) => {
    const response = await ask(path, { method: 'POST', headers: { origin: 'https://evil.example' } });
    expect(response.status).toBe(403);
  });

  test.each([
    ['the origin', { origin: ORIGIN }],
    ['the fetch metadata', { 'sec-fetch-site': 'same-origin' }],
  ])('our own are taken by %s', async (_, headers) => {
    expect((await post(headers as Record<string, string>)).status).toBe(303);
  });
});

describe('where a sign-in leads', () => {
  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    'javascript:alert(1)',
    'orders',
    '/..//evil.example',
    '/./\\evil.example',
    '',
    `/${'x'.repeat(5_000)}`,
  ])('never away from this shop: %j', async (target) => {
    expect(safeReturnTo(target)).toBe('/');
    const fields = { email: 'ann@mail.test', password: 'right', returnTo: target };
    expect((await submit('/sign-in', fields)).headers.get('location')).toBe('/');
  });

  test.each(['/orders', '/orders?cursor=a', '/products/editor?currency=USD#top', '/a/../orders'])(
    'to a page of it: %s',
    (target) => {
      expect(new URL(safeReturnTo(target), ORIGIN).origin).toBe(ORIGIN);
      expect(safeReturnTo(target)).toMatch(/^\/\w/);
    },
  );

  test('links made of what partners send are http(s) or none', () => {
    expect(safeLink('https://host.example/a')).toBe('https://host.example/a');
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'nonsense', ''])
      expect(safeLink(bad)).toBeNull();
  });
});
