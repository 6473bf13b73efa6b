import { describe, expect, test } from 'vitest';
import { ask, cookiesOf, SIGNED_IN, submit } from '../testing/browser.ts';

/** Begins at the provider; what the browser keeps, and where it is led. */
async function begin(cookie = '') {
  const response = await ask('/sign-in/with/con_1?returnTo=/orders', { headers: { cookie } });
  const location = new URL(response.headers.get('location') ?? '');
  return { response, location, cookie: cookiesOf(response), secret: location.searchParams.get('browser') };
}

describe('signing in elsewhere', () => {
  test('leads to the provider and back into a session, bound to a secret that no script reads', async () => {
    const { response, location, cookie, secret } = await begin();
    expect([response.status, location.origin]).toEqual([303, 'https://provider.test']);
    expect(response.headers.get('set-cookie')).toMatch(
      /^__Host-federation=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const back = await ask(`/sign-in/callback/con_1?state=${secret}`, { headers: { cookie } });
    expect([back.status, back.headers.get('location')]).toEqual([303, '/orders']);
    expect(cookiesOf(back)).toContain('__Host-refresh=refresh-3');
  });

  test('leads nowhere else in the end, whatever came back', async () => {
    const { cookie, secret } = await begin();
    const to = encodeURIComponent('//evil.test/');
    const back = await ask(`/sign-in/callback/con_1?state=${secret}&to=${to}`, { headers: { cookie } });
    expect(back.headers.get('location')).toBe('/');
  });

  test('keeps one secret for all that a browser has under way', async () => {
    const first = await begin();
    const second = await begin(first.cookie);
    expect(second.secret).toBe(first.secret);
  });

  test('is nothing in a browser that did not begin it', async () => {
    const { secret } = await begin();
    for (const cookie of ['', (await begin()).cookie]) {
      const back = await ask(`/sign-in/callback/con_1?state=${secret}`, { headers: { cookie } });
      expect([back.status, cookiesOf(back)]).toEqual([422, '']);
    }
  });

  test('takes a provider’s form by a page of ours, since it comes without cookies', async () => {
    const { cookie, secret } = await begin();
    const posted = await ask('/sign-in/callback/con_1', {
      method: 'POST',
      headers: { origin: 'https://provider.test', 'sec-fetch-site': 'cross-site' },
      body: `state=${secret}&code=a%22b`,
    });
    expect([posted.status, cookiesOf(posted)]).toEqual([200, '']);
    const text = await posted.text();
    expect(text).toContain(`name="parameters" value="state=${secret}&amp;code=a%22b"`);
    expect(text).toContain('action="/sign-in/callback/con_1/again"');
    const again = '/sign-in/callback/con_1/again';
    const parameters = `state=${secret}`;
    const back = await submit(again, { parameters }, { cookie });
    expect([back.status, back.headers.get('location')]).toEqual([303, '/orders']);
    const foreign = await submit(again, { parameters }, { cookie, origin: 'https://provider.test' });
    expect(foreign.status).toBe(403);
  });

  test('tells why it was refused, as text', async () => {
    const { cookie } = await begin();
    const back = await ask('/sign-in/callback/con_1?state=refused', { headers: { cookie } });
    expect(back.status).toBe(422);
    expect(await back.text()).toContain('&lt;script&gt;');
  });

  test('finds the provider of a company by an address, and goes there by a page', async () => {
    const found = await submit('/sign-in/company', { email: 'ann@acme.test', returnTo: '/cart' });
    expect(found.headers.get('refresh')).toBe('0;url=/sign-in/with/con_2?returnTo=%2Fcart');
    const none = await submit('/sign-in/company', { email: 'ann@nowhere.test', returnTo: '/cart' });
    expect(none.status).toBe(422);
  });
});

describe('linking', () => {
  test('begins by a form of ours alone, and ends as whoever is signed in', async () => {
    const path = '/account/identities/con_1/link';
    const foreign = await submit(path, {}, { cookie: SIGNED_IN, origin: 'https://evil.test' });
    expect(foreign.status).toBe(403);
    const begun = await submit(path, {}, { cookie: SIGNED_IN });
    expect(begun.headers.get('refresh')).toMatch(/^0;url=https:\/\/provider\.test\/.+purpose=link/);
    const cookie = `${SIGNED_IN}; ${cookiesOf(begun)}`;
    const back = await ask('/sign-in/callback/con_1?state=linking', { headers: { cookie } });
    expect([back.status, back.headers.get('location')]).toEqual([303, '/account?linked=1']);
    const signedOut = await ask('/sign-in/callback/con_1?state=linking', {
      headers: { cookie: cookiesOf(begun) },
    });
    expect(signedOut.status).toBe(422);
  });

  test('is offered on the account page for what is not linked yet', async () => {
    const text = await (await ask('/account', { headers: { cookie: SIGNED_IN } })).text();
    expect(text).toContain('/account/identities/con_2/link');
    expect(text).not.toContain('/account/identities/con_1/link');
    expect(text).toContain('/account/identities/idn_1/remove');
  });
});
