import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { mailTo, signIn, signUp, type SignIn } from '../../scripts/lib/accounts.ts';
import { api, ApiError } from '../../scripts/lib/api.ts';
import { chromiumPath, collectFaults } from './chromium.ts';
import { openShop } from './shop.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const newPerson = (): SignIn => ({
  email: `${randomBytes(6).toString('hex')}@mail.test`,
  password: 'seven quiet lanterns drifting',
});

describe.skipIf(chromiumPath === undefined)('an account in a browser', () => {
  const shop = openShop();

  async function register(client: object): Promise<{ id: string }> {
    const admin = shop.system.signIns?.admin;
    if (admin === undefined) throw new Error('the system is not seeded');
    const { accessToken: token } = await signIn(shop.system.origin, admin);
    return api<{ id: string }>(shop.system.origin, 'POST /v1/oauth/clients', {
      token,
      body: {
        name: 'Team wiki',
        authentication: 'none',
        scopes: ['openid', 'orders.read'],
        redirectUris: [],
        postLogoutRedirectUris: [],
        ...client,
      },
    });
  }

  async function typePassword(page: Page, who: SignIn): Promise<void> {
    await page.getByLabel('E-mail address').fill(who.email);
    await page.getByLabel('Password').fill(who.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  test('solves a challenge after strangers guessed at it', async () => {
    const who = newPerson();
    await signUp(shop.system, who);
    for (let turn = 0; turn < 3; turn += 1) {
      const headers = { 'cf-connecting-ip': `10.9.8.${turn}` };
      const wrong = { email: who.email, password: 'not this one' };
      const guess = api(shop.system.origin, 'POST /v1/auth/sign-in', { body: wrong, headers });
      await expect(guess).rejects.toThrow(ApiError);
    }
    const page = await shop.newPage();
    const faults = collectFaults(page);
    await page.goto('/sign-in');
    await typePassword(page, who);
    await page.getByText('Done: go on.').waitFor();
    await page.getByLabel('Password').fill(who.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([]);
  });

  test('sets an authenticator app up, shows its code to sign in, and proves itself anew', async () => {
    const who = newPerson();
    await signUp(shop.system, who);
    const page = await shop.newPage();
    await page.goto('/sign-in?returnTo=/account');
    await typePassword(page, who);
    await page.getByRole('button', { name: /authenticator app/i }).click();
    const secret = (await page.locator('code').first().textContent()) ?? '';
    let used = '';
    /** A code that was not used yet: each counts once. */
    const nextCode = async (): Promise<string> => {
      const totp = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(/\s/g, '')) });
      const code = [-30_000, 0, 30_000]
        .map((offset) => totp.generate({ timestamp: Date.now() + offset }))
        .find((each) => !used.includes(each));
      used += ` ${code}`;
      return code ?? '';
    };
    await page.getByLabel('Code of the app').fill(await nextCode());
    await page.getByRole('button', { name: 'Use this app' }).click();
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();

    await page.goto('/sign-in?returnTo=/step-up?returnTo=/account/applications');
    await typePassword(page, who);
    await page.getByLabel('Code of the app').fill(await nextCode());
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Is it you?' }).waitFor();
    await page.getByLabel('Password').fill(who.password);
    await page.getByLabel('Code of the app').fill(await nextCode());
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('heading', { name: 'Who has access' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/account/applications');
  });

  test('lets an application and a device in, after being asked', async () => {
    const who = newPerson();
    await signUp(shop.system, who);
    const application = createServer((_request, response) => response.end('the application'));
    await new Promise<void>((resolve) => {
      application.listen(0, '127.0.0.1', resolve);
    });
    const redirect = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
    const client = await register({ grants: ['authorization_code'], redirectUris: [redirect] });
    const query = new URLSearchParams({
      client_id: client.id,
      redirect_uri: redirect,
      response_type: 'code',
      scope: 'openid orders.read',
      state: 'state-1',
      code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const page = await shop.newPage();
    await page.goto(`/oauth/authorize?${query.toString()}`);
    await typePassword(page, who);
    await page.getByRole('heading', { name: 'Team wiki asks for access' }).waitFor();
    await page.locator('button[value="allow"]').click();
    await page.getByText('the application').waitFor();
    expect(new URL(page.url()).searchParams.get('code')).toMatch(/\S/);
    await new Promise((resolve) => {
      application.close(resolve);
      application.closeAllConnections();
    });

    const device = await register({ name: 'Television', grants: [DEVICE_GRANT] });
    const started = await api<{ user_code: string; device_code: string }>(
      shop.system.origin,
      'POST /v1/oauth/device-authorization',
      {
        contentType: 'application/x-www-form-urlencoded',
        body: new URLSearchParams({ client_id: device.id, scope: 'orders.read' }).toString(),
      },
    );
    await page.goto('/device');
    await page.getByText('Only go on if the code is on a device in front of you').waitFor();
    await page.getByLabel('Code on your device').fill(started.user_code);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Yes, sign it in' }).click();
    await page.getByText('Go back to your device: it is signed in.').waitFor();
  });

  test('makes an organisation that proves its domain, signs in by its own provider, and is handed over and closed', async () => {
    const owner = newPerson();
    await signUp(shop.system, owner);
    const domain = `${randomBytes(6).toString('hex')}.example`;
    const page = await shop.newPage();
    const faults = collectFaults(page);
    await page.goto('/sign-in?returnTo=/organisations');
    await typePassword(page, owner);
    await page.getByLabel('Name').fill('Acme');
    await page.getByRole('button', { name: 'Make an organisation' }).click();

    await page.getByRole('link', { name: 'Domains and sign-in' }).click();
    await page.getByLabel('Domain').fill(domain);
    await page.getByRole('button', { name: 'Add the domain' }).click();
    const [name, value] = await page.locator('li code').allTextContents();
    await fetch(`${shop.system.sandboxOrigin}/control/dns/${name}`, {
      method: 'PUT',
      body: JSON.stringify({ txt: [value] }),
    });
    await page.getByRole('button', { name: `Look for the record of ${domain}` }).click();
    await page.getByText('proven until').waitFor();
    await page.getByText('Connect by OpenID Connect').first().click();
    await page.getByLabel('Name of the provider').fill('Acme’s people');
    await page.getByLabel('Issuer').fill(`${shop.system.sandboxOrigin}/idp`);
    await page.getByLabel('Client id').fill('acme');
    await page.getByRole('button', { name: 'Connect by OpenID Connect' }).click();
    await page.getByText('Address to come back to').waitFor();

    const visitor = await shop.newPage();
    await visitor.goto('/sign-in/company?returnTo=/organisations');
    await visitor.getByLabel('E-mail address at work').fill(`ann@${domain}`);
    await visitor.getByRole('button', { name: 'Go on' }).click();
    // The sandbox's provider believes whatever address is typed there.
    await visitor.getByLabel('E-mail address').fill(`ann@${domain}`);
    await visitor.getByRole('button', { name: 'Continue to the shop' }).click();
    await visitor.getByRole('button', { name: 'Act for Acme' }).waitFor();

    await page.getByRole('link', { name: 'Back to Acme' }).click();
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByLabel('What it is for').fill('ERP');
    await page.getByLabel('orders.read').check();
    await page.getByRole('button', { name: 'Make the key' }).click();
    expect(await page.locator('.narrow code').first().textContent()).toMatch(/^tpk_/);
    await page.getByRole('link', { name: 'where it is listed' }).click();
    await page.getByRole('button', { name: 'Revoke ERP' }).click();
    await page.getByText('There is none.').waitFor();

    await page.getByRole('link', { name: 'Back to Acme' }).click();
    await page.getByRole('button', { name: `Hand over to ann@${domain}` }).click();
    await page.getByRole('button', { name: 'Close Acme' }).waitFor({ state: 'detached' });
    // The provider belongs to the organisation's administrators, and its owner is nobody whom they could be.
    await visitor.reload();
    await visitor.getByRole('link', { name: 'Forgotten your password?' }).click();
    await visitor.getByLabel('E-mail address').fill(`ann@${domain}`);
    await visitor.getByRole('button', { name: 'Send me a link' }).click();
    await visitor.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
    const [link] = await mailTo(shop.system.sandboxOrigin, `ann@${domain}`, /\/reset-password\?token=[\w-]+/);
    await visitor.goto(link);
    await visitor.getByLabel('New password').fill(owner.password);
    await visitor.getByRole('button', { name: 'Set the password' }).click();
    await visitor.goto('/sign-in?returnTo=/organisations');
    await typePassword(visitor, { email: `ann@${domain}`, password: owner.password });
    await visitor.getByRole('link', { name: 'Acme' }).click();
    await visitor.getByRole('button', { name: 'Close Acme' }).click();
    await visitor.getByText('You are in no organisation.').waitFor();
    expect(faults).toEqual([]);
  });
});
