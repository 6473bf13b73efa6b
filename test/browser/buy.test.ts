import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { mailTo } from '../../scripts/lib/accounts.ts';
import { addAuthenticator, chromiumPath, collectFaults } from './chromium.ts';
import { openShop } from './shop.ts';

if (chromiumPath === undefined) {
  console.warn('browser tests skipped: no Chromium found; install one or set CHROMIUM_PATH');
}

describe.skipIf(chromiumPath === undefined)('a customer in a browser', () => {
  const shop = openShop();

  /** Signs up as far as the page that the link in the mail opens. */
  async function openVerification(page: Page, email: string): Promise<void> {
    await page.goto('/sign-up');
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
    const [link] = await mailTo(shop.system.sandboxOrigin, email, /\/verify-email\?token=[\w-]+/);
    await page.goto(link);
  }

  async function buyLicence(page: Page, paying = orderAndPay): Promise<void> {
    await page.goto('/');
    await page.getByLabel('Search').fill('ledgerline');
    await page.getByLabel('Kind').selectOption('licence');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: 'Ledgerline' }).click();
    await page.getByLabel('Registered to').fill('Ada Lovelace');
    await page.getByRole('button', { name: 'Buy' }).click();
    await paying(page);
  }

  async function orderAndPay(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.getByRole('link', { name: 'Pay now' }).click();
    await page.frameLocator('iframe').getByLabel('or a test payment method').selectOption('pm_card_visa');
    await page.getByRole('button', { name: /^Pay / }).click();
    await page.waitForURL(/\/orders\/ord_\w+$/);
  }

  /** As `orderAndPay`, at the provider's own page, which needs no scripts. */
  async function orderAndPayThere(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.getByRole('link', { name: 'Pay now' }).click();
    await page.getByRole('link', { name: /^Pay at the payment provider’s own page/ }).click();
    await page.getByRole('button', { name: /^Pay / }).click();
    await page.waitForURL((url) => url.origin === shop.system.origin || url.pathname.startsWith('/pay/'));
    const back = page.getByRole('link', { name: 'Back to the shop' });
    if (new URL(page.url()).origin !== shop.system.origin) await back.click();
  }

  test('signs up, adds a passkey, signs in with it, buys a licence and finds the key', async () => {
    const page = await shop.newPage();
    const faults = collectFaults(page);
    await addAuthenticator(page);
    await openVerification(page, 'ada@mail.test');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByLabel('Name of the new passkey').fill('Laptop');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('button', { name: 'Remove Laptop' }).waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).click();
    // The built-in authenticator accepts the offer in the e-mail field at once.
    await page.getByRole('button', { name: 'Sign out' }).waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.addInitScript({
      content: 'PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);',
    });
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();

    await buyLicence(page);
    await page.locator('#order[data-state="completed"]').waitFor();
    await page.getByRole('link', { name: 'Open' }).click();
    expect(await page.locator('[data-licence-key]').first().textContent()).toMatch(/\w{4,}/);
    await page.goto('/owned');
    expect(await page.locator('.card').count()).toBe(1);
    expect(faults).toEqual([]);
  });

  test('is signed in by what a passkey answers once, and by nothing it answers to another origin of the host', async () => {
    const page = await shop.newPage();
    await addAuthenticator(page);
    await openVerification(page, 'emmy@mail.test');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByLabel('Name of the new passkey').fill('Laptop');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('button', { name: 'Remove Laptop' }).waitFor();

    const post = (path: string, body: object) =>
      fetch(`${shop.system.origin}/v1/auth/passkeys/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    /** What the browser's authenticator answers to a challenge of ours on a page at this address. */
    const answerAt = async (address: string): Promise<object> => {
      const asked = await post('sign-in-options', {});
      const { ceremonyId, options } = (await asked.json()) as { ceremonyId: string; options: object };
      await page.goto(address);
      const publicKey = `PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)})`;
      const response = await page.evaluate<object>(
        `navigator.credentials.get({ publicKey: ${publicKey} }).then((shown) => shown.toJSON())`,
      );
      return { ceremonyId, response };
    };
    const own = await answerAt(shop.system.origin);
    const sent = [await post('sign-in', own), await post('sign-in', own)];
    const phisher = createServer((_request, reply) => reply.end('<!doctype html>'));
    await new Promise<void>((resolve) => phisher.listen(0, 'localhost', resolve));
    try {
      const { port } = phisher.address() as AddressInfo;
      sent.push(await post('sign-in', await answerAt(`http://localhost:${port}`)));
    } finally {
      phisher.close();
    }
    expect(sent.map(({ status }) => status)).toEqual([200, 401, 401]);
  });

  test('buys without JavaScript, with a password', async () => {
    const page = await shop.newPage({ javaScriptEnabled: false });
    await openVerification(page, 'grace@mail.test');
    await page.getByLabel('Password').fill('seven quiet lanterns drifting');
    await page.getByRole('button', { name: 'Use a password' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto('/sign-in?returnTo=%2Forders');
    await page.getByLabel('E-mail address').fill('grace@mail.test');
    await page.getByLabel('Password').fill('seven quiet lanterns drifting');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Nothing ordered yet.').waitFor();

    await buyLicence(page, orderAndPayThere);
    await page.locator('#order[data-state="completed"]').waitFor();
    expect(await page.getByRole('link', { name: 'See what you own' }).isVisible()).toBe(true);
  });

  test('fills a cart as a guest, signs up, finds it again, uses a code, pays and receives', async () => {
    const page = await shop.newPage();
    const faults = collectFaults(page);
    await page.goto('/products/porthole-sensor');
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.goto('/products/ledgerline');
    await page.getByLabel('Registered to').fill('Mary Somerville');
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByRole('link', { name: 'Cart (2)' }).waitFor();

    await openVerification(page, 'mary@mail.test');
    await page.getByLabel('Password').fill('seven quiet lanterns drifting');
    await page.getByRole('button', { name: 'Use a password' }).click();
    await page.getByRole('heading', { name: 'Cart' }).waitFor();
    await page.getByText('Mary Somerville').waitFor();
    const cookies = await page.context().cookies();
    const cart = cookies.find(({ name }) => name.endsWith('cart'));
    expect(cart, 'the guest’s right ended with claiming').toMatchObject({ httpOnly: true });
    expect(cart?.value).toMatch(/^cart_[0-9a-f]{32}$/);

    await page.getByRole('link', { name: 'Check out' }).click();
    await page.getByLabel('Name').fill('Mary Somerville');
    await page.getByLabel('Street and number').fill('Lantern Street 7');
    await page.getByLabel('Postal code').fill('10115');
    await page.getByLabel('Town').fill('Berlin');
    await page.getByLabel(/^Country/).fill('de');
    await page.getByLabel(/^Each article as soon as it is ready/).check();
    await page.getByRole('button', { name: 'Save and see the price' }).click();
    await page.getByLabel(/^Express/).check();
    await page.getByRole('button', { name: 'Save and see the price' }).click();
    await page.getByRole('rowheader', { name: 'Express, next working day' }).waitFor();

    const code = page.getByLabel('Code', { exact: true });
    await code.fill('MADEUP');
    await code.press('Enter');
    await page.getByRole('alert').getByText('This code is not a code').waitFor();
    await code.fill('welcome10');
    await code.press('Enter');
    await page.getByRole('rowheader', { name: /WELCOME10/ }).waitFor();
    await page.getByRole('rowheader', { name: /^Including MwSt\. 19 %/ }).waitFor();

    await orderAndPay(page);
    await page.getByRole('link', { name: 'Cart (0)' }).waitFor();
    await page.getByRole('link', { name: 'Open' }).first().waitFor();
    expect(await page.getByRole('rowheader', { name: /WELCOME10/ }).count()).toBe(1);
    await page.getByRole('link', { name: 'Open' }).first().click();
    await page.locator('[data-licence-key], address').first().waitFor();
    // The page that refuses the made-up code says so in its status too.
    expect(faults.filter((fault) => !fault.includes('/checkout/codes'))).toEqual([]);
  });

  test('an operator is led to what needs attention', async () => {
    const page = await shop.newPage();
    const { operator } = shop.system.signIns ?? {};
    await page.goto('/sign-in?returnTo=%2Foperate');
    await page.getByLabel('E-mail address').fill(operator?.email ?? '');
    await page.getByLabel('Password').fill(operator?.password ?? '');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
    expect(await page.getByRole('link', { name: 'Operate' }).count()).toBe(1);
  });

  test('signing in never leads to another site', async () => {
    const page = await shop.newPage();
    await page.goto(`/sign-in?returnTo=${encodeURIComponent('//evil.example/')}`);
    expect(await page.locator('input[name="returnTo"]').inputValue()).toBe('/');
  });
});
