import { describe, expect, test } from 'vitest';
import { ask, cookiesOf, SIGNED_IN, submit } from '../testing/browser.ts';

const REQUEST = '/oauth/authorize?client_id=cli_1&state=s';
const signedIn = { headers: { cookie: SIGNED_IN } };

describe('an application’s request', () => {
  test('leads to the sign-in and back, by a page of our own: a form of ours may not lead to another site', async () => {
    const asked = await ask(REQUEST);
    expect(asked.status).toBe(303);
    const signIn = new URL(asked.headers.get('location') ?? '', 'https://shop.test');
    expect(signIn.pathname).toBe('/sign-in');
    const returnTo = signIn.searchParams.get('returnTo') ?? '';
    const entered = await submit('/sign-in', { email: 'ann@mail.test', password: 'right', returnTo });
    expect(entered.headers.get('location')).toBe('/oauth/continue?client_id=cli_1&state=s&tp_since=1');
    const going = await ask(entered.headers.get('location') ?? '', {
      headers: { cookie: cookiesOf(entered) },
    });
    expect([going.status, going.headers.get('refresh')]).toEqual([
      200,
      '0;url=/oauth/authorize?client_id=cli_1&state=s&tp_since=1',
    ]);
  });

  test('shows who asks for what, and goes back with the answer', async () => {
    const text = await (await ask(REQUEST, signedIn)).text();
    expect(text).toContain('ann@mail.test');
    expect(text).not.toContain('<script>alert');
    const query = 'client_id=cli_1&state=s';
    for (const [decision, target] of [
      ['allow', 'https://app.test/cb?code=c&state=s'],
      ['deny', 'https://app.test/cb?error=access_denied'],
    ] as const) {
      const decided = await submit('/oauth/decision', { query, decision }, { cookie: SIGNED_IN });
      expect([decided.status, decided.headers.get('refresh')]).toEqual([200, `0;url=${target}`]);
      expect(decided.headers.get('cache-control')).toContain('no-store');
    }
  });

  test('that was agreed to before goes straight back', async () => {
    const answer = await ask(`${REQUEST}&agreed=1`, signedIn);
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      'https://app.test/cb?code=c&state=s',
    ]);
  });

  test('of nobody we know is told to the customer and leads nowhere', async () => {
    const answer = await ask('/oauth/authorize?client_id=evil&redirect_uri=https://evil.test', signedIn);
    expect([answer.status, answer.headers.get('location'), answer.headers.get('refresh')]).toEqual([
      400,
      null,
      null,
    ]);
  });

  test('may come by a form of the application, and a decision may not', async () => {
    const headers = { origin: 'https://app.test', 'sec-fetch-site': 'cross-site', cookie: SIGNED_IN };
    const posted = await submit('/oauth/authorize', { client_id: 'cli_1', state: 's' }, headers);
    expect([posted.status, posted.headers.get('location')]).toEqual([303, REQUEST]);
    const decided = await submit('/oauth/decision', { query: 'client_id=cli_1', decision: 'allow' }, headers);
    expect(decided.status).toBe(403);
  });
});

describe('an application that signs its user out', () => {
  test('has them asked, and gets them back where it registered', async () => {
    const query = 'post_logout_redirect_uri=https://app.test/out&state=1';
    const asked = await ask(`/oauth/logout?${query}`, signedIn);
    expect([asked.status, asked.headers.get('refresh')]).toEqual([200, null]);
    const done = await submit('/oauth/logout/confirm', { query }, { cookie: SIGNED_IN });
    expect(done.headers.get('refresh')).toBe('0;url=https://app.test/out');
    expect(done.headers.getSetCookie().join()).toMatch(/__Host-access=;.*__Host-refresh=;/);
    const elsewhere = await ask('/oauth/logout?post_logout_redirect_uri=https://evil.test');
    expect([elsewhere.status, elsewhere.headers.get('refresh')]).toEqual([200, null]);
  });
});

test('a customer sees which applications have access, and takes it back', async () => {
  const answer = await submit('/account/applications/cli_1/withdraw', {}, { cookie: SIGNED_IN });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account/applications']);
});
