import { describe, expect, test } from 'vitest';
import { ask, cookiesOf, SIGNED_IN, submit } from '../testing/browser.ts';

const act = (organisation: string, cookie = SIGNED_IN) =>
  submit('/organisations/act', organisation === '' ? {} : { organisation }, { cookie });

describe('acting for an organisation', () => {
  test('lasts over renewals of the session, shows on every page, and ends when one says so', async () => {
    const begun = await act('org_1');
    expect(begun.headers.get('location')).toBe('/orders');
    const cookies = cookiesOf(begun);
    expect(cookies).toContain('__Host-acting-for=org_1');
    expect(await (await ask('/account', { headers: { cookie: cookies } })).text()).toContain(
      'For an organisation',
    );
    const withoutAccess = cookies.replace(/__Host-access=[^;]*; /, '');
    const renewed = await ask('/orders', { headers: { cookie: withoutAccess } });
    const claims = /__Host-access=access\.([^.]+)\./.exec(cookiesOf(renewed))?.[1] ?? '';
    expect(JSON.parse(atob(claims))).toMatchObject({ org: 'org_1' });
    const ended = await act('', cookies);
    expect(cookiesOf(ended)).toMatch(/__Host-acting-for=(;|$)/);
    expect(cookiesOf(ended)).toContain('__Host-access=access.2.sig');
  });

  test('of one they were removed from ends with the next renewal: they go on for themselves', async () => {
    const cookie = '__Host-refresh=refresh-1; __Host-acting-for=org_left';
    const response = await ask('/orders', { headers: { cookie } });
    expect(response.status).toBe(200);
    expect(cookiesOf(response)).toContain('__Host-access=access.2.sig');
    expect(cookiesOf(response)).toMatch(/__Host-acting-for=(;|$)/);
    expect((await act('org_left')).headers.get('location')).toBe('/organisations');
  });

  test('is nobody else’s at the next sign-in, and leaves the cart of the other behind', async () => {
    const cookie = `${SIGNED_IN}; __Host-acting-for=org_1; __Host-cart=cart_${'1'.repeat(32)}`;
    const signedIn = await submit('/sign-in', { email: 'ann@mail.test', password: 'right' }, { cookie });
    expect(cookiesOf(signedIn)).toMatch(/__Host-acting-for=(;|$)/);
    expect(cookiesOf(await act('org_1', cookie))).toMatch(/__Host-cart=(;|$)/);
  });
});

describe('an invitation', () => {
  test('joins by a button alone, signed in; without a session the page says which address to sign in with', async () => {
    const shown = await (await ask('/invitation?token=abc')).text();
    expect(shown).toContain('ann@mail.test');
    expect(shown).toContain('/sign-in?returnTo=%2Finvitation%3Ftoken%3Dabc');
    expect(shown).not.toContain('<form method="post" action="/invitation"');
    const joined = await submit('/invitation', { token: 'abc' }, { cookie: SIGNED_IN });
    expect(joined.headers.get('location')).toBe('/organisations');
  });

  test('that is spent, or of somebody else, says so', async () => {
    expect(await (await ask('/invitation?token=bad')).text()).toContain('This link was used');
    const refused = await submit('/invitation', { token: 'theirs' }, { cookie: SIGNED_IN });
    expect(refused.status).toBe(422);
  });
});

test('members are invited from the page, and a field that is wrong is named', async () => {
  const invited = await submit(
    '/organisations/org_1/invite',
    { email: 'a@b.test', role: 'buyer' },
    { cookie: SIGNED_IN },
  );
  expect(invited.headers.get('location')).toBe('/organisations/org_1');
  const refused = await submit(
    '/organisations/org_1/invite',
    { email: 'x', role: 'buyer' },
    { cookie: SIGNED_IN },
  );
  expect([refused.status, await refused.text()]).toEqual([
    422,
    expect.stringContaining('must be an e-mail address'),
  ]);
});

describe('an organisation’s own provider', () => {
  test('is connected on its page, where a domain that is refused is named', async () => {
    const send = (path: string, fields: Record<string, string>) =>
      submit(`/organisations/org_1/${path}`, fields, { cookie: SIGNED_IN });
    const page = '/organisations/org_1/sign-in';
    expect((await send('domains', { domain: 'acme.test' })).headers.get('location')).toBe(page);
    const refused = await send('domains', { domain: 'gmail.com' });
    expect([refused.status, await refused.text()]).toEqual([
      422,
      expect.stringContaining('gives mailboxes to everybody'),
    ]);
    const fields = {
      name: 'Acme',
      issuer: 'https://a.test',
      clientId: 'x',
      secret: '',
      'domain.acme.test': 'on',
    };
    expect((await send('connections', fields)).headers.get('location')).toBe(page);
    const changed = await send('connections/idp_1', { 'domain.acme.test': 'on', joinAs: '' });
    expect(changed.headers.get('location')).toBe(page);
  });

  test('that has to be used is where a sign-in by password leads', async () => {
    const answer = await submit('/sign-in', { email: 'enforced@mail.test', password: 'right' });
    expect(answer.headers.get('refresh')).toBe('0;url=/sign-in/with/idp_1?returnTo=%2F');
    expect(cookiesOf(answer)).toContain(`__Host-provider-challenge=${'c'.repeat(43)}`);
  });
});

test('a key of an organisation is shown once, and one without a scope is not made', async () => {
  const make = (fields: Record<string, string>) =>
    submit('/organisations/org_1/keys', { name: 'ERP', days: '90', ...fields }, { cookie: SIGNED_IN });
  expect(await (await make({ 'scope.orders.read': 'on' })).text()).toContain('key_of_the_firm');
  expect(await (await make({})).text()).toContain('Tick at least one.');
});
