import { beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import { accountListSchema, accountSchema, tokensSchema } from '#shared/contracts/http/auth.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { authWorld, GOOD_PASSWORD, newIp, parsed } from './testing/harness.ts';

beforeAll(migrateDatabases);
const auth = authWorld();

const find = (token: string, email: string): Promise<Response> =>
  auth.call(`/v1/auth/accounts?email=${encodeURIComponent(email)}`, { token });
const setRoles = (token: string, id: string, roles: string[]): Promise<Response> =>
  auth.call(`/v1/auth/accounts/${id}/roles`, { method: 'PUT', token, body: { roles } });
const setStatus = (token: string, id: string, status: string): Promise<Response> =>
  auth.call(`/v1/auth/accounts/${id}/status`, { method: 'PUT', token, body: { status } });

describe('administrators', () => {
  it('find an account by its address in any case, and see no credential', async () => {
    const admin = await auth.newAdministrator();
    const { email, tokens } = await auth.newAccount();
    const list = await parsed(await find(admin.tokens.accessToken, email.toUpperCase()), accountListSchema);
    expect(list.items).toMatchObject([{ id: tokens.user.id, email, roles: ['customer'], hasPassword: true }]);
    const none = await parsed(await find(admin.tokens.accessToken, 'no@where.test'), accountListSchema);
    expect(none.items).toEqual([]);
  });

  it('change roles: the next refresh carries them, under a new session id', async () => {
    const admin = await auth.newAdministrator();
    const { tokens, email } = await auth.newAccount();
    const changed = await setRoles(admin.tokens.accessToken, tokens.user.id, ['operator', 'customer']);
    expect((await parsed(changed, accountSchema)).roles).toEqual(['customer', 'operator']);
    const next = await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
    expect(next.user.roles).toEqual(['customer', 'operator']);
    expect(decodeJwt(next.accessToken)['sid']).not.toBe(decodeJwt(tokens.accessToken)['sid']);
    expect(auth.world.mails.findLast((mail) => mail.to === email)?.text).toContain(
      'what your account may do',
    );
  });

  it('lose their rights here at once, although their token still says otherwise', async () => {
    const first = await auth.newAdministrator();
    const second = await auth.newAdministrator();
    await parsed(await setRoles(first.tokens.accessToken, second.id, ['customer']), accountSchema);
    expect((await find(second.tokens.accessToken, 'a@b.test')).status).toBe(403);
    const backups = (token: string) => auth.call('/v1/backups/auth', { token });
    expect((await backups(second.tokens.accessToken)).status).toBe(403);
    expect((await backups(first.tokens.accessToken)).status).toBe(200);
  });

  it('disable an account: its sessions end, it cannot sign in, and it can be opened again', async () => {
    const admin = await auth.newAdministrator();
    const { email, ip, tokens } = await auth.newAccount();
    expect((await setStatus(admin.tokens.accessToken, tokens.user.id, 'disabled')).status).toBe(200);
    expect((await auth.call('/v1/auth/me', { token: tokens.accessToken })).status).toBe(401);
    expect((await auth.refresh(tokens.refreshToken)).status).toBe(401);
    expect((await auth.signIn(email, GOOD_PASSWORD, { ip })).status).toBe(401);
    expect((await setStatus(admin.tokens.accessToken, tokens.user.id, 'active')).status).toBe(200);
    expect((await auth.signIn(email, GOOD_PASSWORD, { ip })).status).toBe(200);
    expect((await auth.refresh(tokens.refreshToken)).status).toBe(401);
  });

  it('start a reset that only the owner of the mailbox can finish', async () => {
    const admin = await auth.newAdministrator();
    const { email, ip, tokens } = await auth.newAccount();
    const path = `/v1/auth/accounts/${tokens.user.id}/password-reset`;
    const started = await auth.call(path, { method: 'POST', token: admin.tokens.accessToken });
    expect([started.status, await started.json()]).toEqual([202, { status: 'reset_sent' }]);
    const newPassword = 'seven lanterns over the bay';
    const body = { token: auth.linkToken(email), newPassword };
    expect((await auth.call('/v1/auth/password-reset/confirm', { body })).status).toBe(204);
    expect((await auth.signIn(email, newPassword, { ip })).status).toBe(200);
  });

  it('get 404 for an account that is none', async () => {
    const admin = await auth.newAdministrator();
    const id = `usr_${'0'.repeat(32)}`;
    expect((await setRoles(admin.tokens.accessToken, id, ['customer'])).status).toBe(404);
    expect((await setStatus(admin.tokens.accessToken, id, 'disabled')).status).toBe(404);
  });
});

describe('the last administrator', () => {
  it('stays, even when two drop each other at the same moment', async () => {
    const first = await auth.newAdministrator();
    const second = await auth.newAdministrator();
    await auth.env.AUTH_DB.prepare(
      "DELETE FROM account_roles WHERE role = 'admin' AND account_id NOT IN (?, ?)",
    )
      .bind(first.id, second.id)
      .run();
    const answers = await Promise.all([
      setRoles(first.tokens.accessToken, second.id, ['customer']),
      setStatus(second.tokens.accessToken, first.id, 'disabled'),
    ]);
    expect(answers.filter((answer) => answer.status === 200).length).toBeLessThanOrEqual(1);
    const left = await auth.env.AUTH_DB.prepare(
      `SELECT count(*) AS count FROM account_roles r JOIN accounts a ON a.id = r.account_id
       WHERE r.role = 'admin' AND a.status = 'active'`,
    ).first<{ count: number }>();
    expect(left?.count).toBeGreaterThanOrEqual(1);
  });
});

describe('everybody else', () => {
  const ROUTES: [method: string, path: string, body?: object][] = [
    ['GET', '/v1/auth/accounts?email=a@b.test'],
    ['PUT', `/v1/auth/accounts/usr_${'0'.repeat(32)}/roles`, { roles: ['admin'] }],
    ['PUT', `/v1/auth/accounts/usr_${'0'.repeat(32)}/status`, { status: 'disabled' }],
    ['POST', `/v1/auth/accounts/usr_${'0'.repeat(32)}/password-reset`],
    ['POST', '/v1/auth/signing-keys/rotate'],
    ['GET', '/v1/auth/audit-log/verification'],
  ];
  const OWN: [method: string, path: string, body?: object][] = [
    ['GET', '/v1/auth/me'],
    ['GET', '/v1/auth/sessions'],
    ['DELETE', '/v1/auth/sessions'],
    ['DELETE', `/v1/auth/sessions/ses_${'0'.repeat(32)}`],
    ['POST', '/v1/auth/password', { newPassword: GOOD_PASSWORD }],
    ['POST', '/v1/auth/passkeys/registration-options'],
    ['GET', '/v1/auth/passkeys'],
    ['DELETE', `/v1/auth/passkeys/pky_${'0'.repeat(32)}`],
  ];

  it('is refused every administrative route', async () => {
    const admin = await auth.newAdministrator();
    for (const roles of [['customer'], ['support'], ['operator'], ['customer', 'support', 'operator']]) {
      const { tokens } = await auth.newAccount();
      await setRoles(admin.tokens.accessToken, tokens.user.id, roles);
      const { accessToken } = await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
      for (const [method, path, body] of ROUTES) {
        const answer = await auth.call(path, { method, token: accessToken, ...(body ? { body } : {}) });
        expect(answer.status, `${roles.join()} ${method} ${path}`).toBe(403);
      }
    }
  });

  it('without a token is refused every route of an account', async () => {
    for (const [method, path, body] of [...ROUTES, ...OWN]) {
      const answer = await auth.call(path, { method, ...(body ? { body } : {}), ip: newIp() });
      expect(answer.status, `${method} ${path}`).toBe(401);
      expect(answer.headers.get('www-authenticate'), `${method} ${path}`).toBe('Bearer');
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
  });
});

describe('bodies', () => {
  it.each<[string, string, unknown]>([
    ['an unknown field', '/v1/auth/sign-in', { email: 'a@b.test', password: 'x', admin: true }],
    ['a missing field', '/v1/auth/sign-in', { email: 'a@b.test' }],
    ['an address without a host', '/v1/auth/sign-up', { email: 'nobody' }],
    ['an address that breaks a header', '/v1/auth/sign-up', { email: 'a@b.test\r\nbcc: c@d.test' }],
    ['two addresses', '/v1/auth/sign-up', { email: 'a@b.test,c@d.test' }],
    ['a list', '/v1/auth/token', []],
    ['null', '/v1/auth/sign-out', null],
    ['a number for text', '/v1/auth/verify-email', { token: 7 }],
    ['an overlong address', '/v1/auth/sign-up', { email: `${'a'.repeat(300)}@b.test` }],
    ['a foreign id', '/v1/auth/passkeys/sign-in', { ceremonyId: 'ord_1', response: {} }],
  ])('with %s are refused by field', async (_what, path, body) => {
    const answer = await auth.call(path, { body });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ type: '/problems/validation-failed', status: 422 });
  });

  it('that are no JSON, or too large, are refused', async () => {
    expect((await auth.call('/v1/auth/sign-in', { body: '{"email":' })).status).toBe(400);
    expect((await auth.call('/v1/auth/sign-in', { body: 'x'.repeat(70_000) })).status).toBe(413);
  });
});
