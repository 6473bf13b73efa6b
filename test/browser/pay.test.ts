import type { Page, Request } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { signIn } from '../../scripts/lib/accounts.ts';
import { api } from '../../scripts/lib/api.ts';
import { chromiumPath, collectFaults } from './chromium.ts';
import { openShop } from './shop.ts';

const CARD = {
  good: '4242 4242 4242 4242',
  declined: '4000 0000 0000 9995',
  challenged: '4000 0027 6000 3184',
} as const;

describe.skipIf(chromiumPath === undefined)('the payment page', () => {
  const shop = openShop();

  /** A signed-in customer in front of the checkout, and all that the browser sends from then on. */
  async function checkoutPage(): Promise<{ page: Page; requests: Request[]; faults: string[] }> {
    const page = await shop.newPage();
    const requests: Request[] = [];
    const faults = collectFaults(page);
    page.on('request', (request) => requests.push(request));
    const { customer } = shop.system.signIns ?? {};
    await page.goto('/sign-in?returnTo=%2Fproducts%2Fledgerline');
    await page.getByLabel('E-mail address').fill(customer?.email ?? '');
    await page.getByLabel('Password').fill(customer?.password ?? '');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel('Registered to').fill('Ada Lovelace');
    await page.getByRole('button', { name: 'Buy' }).click();
    await page.getByRole('button', { name: 'Order and pay' }).waitFor();
    return { page, requests, faults };
  }

  /** The same customer in front of the payment form. */
  async function payPage(): ReturnType<typeof checkoutPage> {
    const opened = await checkoutPage();
    const { page } = opened;
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.getByRole('link', { name: 'Pay now' }).click();
    await page.getByRole('heading', { name: /^Pay order/ }).waitFor();
    return opened;
  }

  async function fillIn(page: Page, number: string, button: RegExp = /^Pay /): Promise<void> {
    const frame = page.frameLocator('#payment-element iframe');
    await frame.getByRole('textbox', { name: 'Card number or IBAN' }).fill(number);
    await frame.getByRole('textbox', { name: 'Expiry' }).fill('12 / 34');
    await frame.getByRole('textbox', { name: 'Security code' }).fill('987');
    await page.getByRole('button', { name: button }).click();
  }
  const completed = (page: Page) => page.locator('#order[data-state="completed"]').waitFor();

  /** What of the card reached the shop: its document, its addresses, its requests. */
  async function cardDataAtTheShop(page: Page, requests: readonly Request[], number: string) {
    const digits = number.replaceAll(' ', '');
    const seen = [
      await page.content(),
      await page.evaluate<string>(
        'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, window.name])',
      ),
      ...requests.flatMap((request) =>
        new URL(request.url()).origin === shop.system.origin
          ? [request.url(), request.postData() ?? '', JSON.stringify(request.headers())]
          : [],
      ),
    ];
    return seen.filter((text) => text.replaceAll(/%20|[\s+-]/g, '').includes(digits));
  }

  test('takes a card in the provider’s frame, and the shop never has its number', async () => {
    const { page, requests, faults } = await payPage();
    await fillIn(page, CARD.good);
    await page.waitForURL(/\/orders\/ord_\w+$/);
    await completed(page);
    expect(await cardDataAtTheShop(page, requests, CARD.good)).toEqual([]);
    const sentTo = requests
      .filter((request) => request.postData()?.includes('4242') === true)
      .map((request) => new URL(request.url()).origin);
    expect(sentTo).toEqual([shop.system.sandboxOrigin]);
    expect(shop.system.logs.map(({ message }) => message).join('\n')).not.toMatch(/4242[ +]?4242/);
    expect(faults).toEqual([]);
  });

  test('is allowed to load from, show and talk to the provider alone', async () => {
    const { page } = await payPage();
    const answer = await page.request.get(page.url());
    const provider = shop.system.sandboxOrigin;
    expect(answer.headers()).toMatchObject({
      'content-security-policy': `default-src 'none'; script-src 'self' ${provider}; style-src 'self'; img-src 'self'; connect-src ${provider}; frame-src ${provider}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      'cache-control': 'private, no-store',
    });
    expect(answer.headers()['permissions-policy']).toContain(`payment=(self "${provider}")`);
    const elsewhere = await page.request.get('/orders');
    expect(elsewhere.headers()['content-security-policy']).not.toContain(provider);
    expect(elsewhere.headers()['permissions-policy']).toContain('payment=()');
    const scripts = await page.evaluate<(string | null)[]>(
      "[...document.querySelectorAll('script')].map((each) => each.getAttribute('src'))",
    );
    expect(scripts).toEqual([
      `${provider}/endive/stripe.js`,
      expect.stringMatching(/^\/assets\/pay\.\w+\.js$/),
    ]);
  });

  test('leads through 3-D Secure and back, failed or not', async () => {
    const { page, requests } = await payPage();
    await fillIn(page, CARD.challenged);
    await page.getByRole('button', { name: /fail/i }).click();
    await page.waitForURL((url) => url.searchParams.get('redirect_status') === 'failed');
    await page.getByText('could not be confirmed with your bank').first().waitFor();
    await page.getByRole('link', { name: 'Pay now' }).click();
    await fillIn(page, CARD.challenged);
    await page.getByRole('button', { name: /complete/i }).click();
    await page.waitForURL((url) => url.origin === shop.system.origin);
    await completed(page);
    expect(await cardDataAtTheShop(page, requests, CARD.challenged)).toEqual([]);
  });

  /** What the signed-in customer keeps, as his page lists it; taken away again, since tests share him. */
  async function removeKept(page: Page, title: string): Promise<void> {
    await page.goto('/account/payment-methods');
    await page.getByRole('button', { name: `Remove ${title}` }).click();
    await page.getByText('None yet.').waitFor();
  }

  test('keeps the card when the customer ticks so, and the next order is charged to it from the checkout', async () => {
    const { page, requests } = await payPage();
    await page.getByLabel('Keep this payment method').check();
    await fillIn(page, CARD.good);
    await completed(page);
    await page.goto('/products/ledgerline');
    await page.getByLabel('Registered to').fill('Ada Lovelace');
    await page.getByRole('button', { name: 'Buy' }).click();
    await page.getByRole('group', { name: 'Pay with' }).getByLabel('Visa •••• 4242').check();
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await completed(page);
    await removeKept(page, 'Visa •••• 4242');
    expect(await cardDataAtTheShop(page, requests, CARD.good)).toEqual([]);
  });

  test('never takes another amount than its button says, nor calls a payment failed that was made in another tab', async () => {
    const { page } = await payPage();
    const here = page.url();
    const other = await page.context().newPage();
    await other.goto(here.replace('/pay', ''));
    await other.getByText('Change this order').click();
    await other.getByLabel(/how many/).fill('2');
    await other.getByRole('button', { name: 'Change the quantities' }).click();
    const before = await page.getByRole('button', { name: /^Pay / }).textContent();
    await fillIn(page, CARD.good);
    await page.getByRole('alert').getByText('The order was changed meanwhile.').waitFor();
    expect(await page.getByRole('button', { name: /^Pay / }).textContent()).not.toBe(before);
    await other.goto(here);
    await fillIn(other, CARD.good);
    await completed(other);
    await fillIn(page, CARD.good);
    await completed(page);
    await page.goBack();
    await completed(page);
  });

  test('stops once, and not for ever, where the provider asks for more than the order is worth by now', async () => {
    const { page } = await payPage();
    await page.route(/\/v1\/payment_intents\/pi_\w+\?/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), amount: 12_345 } });
    });
    await fillIn(page, CARD.good);
    await page.getByRole('alert').getByText('The order was changed meanwhile.').waitFor();
    expect(page.url()).toContain('changed=12345');
    await fillIn(page, CARD.good);
    await completed(page);
  });

  test('leads to an order that was cancelled in another tab, which cannot be paid any more', async () => {
    const { page } = await payPage();
    const other = await page.context().newPage();
    await other.goto(page.url().replace('/pay', ''));
    await other.getByText('Cancel this order').click();
    await other.getByRole('button', { name: 'Cancel the order' }).click();
    await other.locator('#order[data-state="cancelled"]').waitFor();
    await fillIn(page, CARD.good);
    await page.locator('#order[data-state="cancelled"]').waitFor();
    expect(await page.getByRole('link', { name: 'Pay now' }).count()).toBe(0);
  });

  test('says so when the provider’s script does not come, names the other way, and goes on when it comes after all', async () => {
    const { page } = await payPage();
    let arrive = (): void => {};
    const held = new Promise<void>((resolve) => (arrive = resolve));
    await page.route('**/endive/stripe.js', async (route) => {
      await held;
      await route.continue();
    });
    await page.clock.install();
    await page.reload({ waitUntil: 'commit' });
    const button = page.getByRole('button', { name: /^Pay / });
    await button.waitFor();
    await vi.waitFor(
      async () => {
        await page.clock.fastForward(8_000);
        expect(await page.getByRole('alert').textContent()).toContain('provider’s own page below');
      },
      { timeout: 10_000 },
    );
    arrive();
    await fillIn(page, CARD.good);
    await completed(page);
  });

  test('keeps no method that cannot be kept, which the provider would refuse', async () => {
    const { page, faults } = await payPage();
    const box = page.getByLabel('Keep this payment method');
    await box.check();
    const methods = page.frameLocator('#payment-element iframe').getByRole('combobox');
    await methods.selectOption('pm_sandbox_bankTransfer');
    await vi.waitFor(async () => expect(await box.isDisabled()).toBe(true), { timeout: 10_000 });
    await page.getByRole('button', { name: /^Pay / }).click();
    await page.waitForURL(/\/orders\/ord_\w+$/);
    expect(faults).toEqual([]);
  });

  test('adds a card without an order, through 3-D Secure and back, and the shop never has its number', async () => {
    const { page, requests, faults } = await payPage();
    await page.goto('/account/payment-methods');
    await page.getByRole('link', { name: 'Add a payment method' }).click();
    await fillIn(page, CARD.challenged, /^Keep it$/);
    await page.getByRole('button', { name: /complete/i }).click();
    await page.waitForURL(
      (url) => url.origin === shop.system.origin && url.pathname === '/account/payment-methods',
    );
    await removeKept(page, 'Visa •••• 3184');
    await page.getByRole('link', { name: 'Add a payment method' }).click();
    await fillIn(page, CARD.challenged, /^Keep it$/);
    await page.getByRole('button', { name: /fail/i }).click();
    await page.getByRole('alert').getByText('could not be confirmed with your bank').waitFor();
    await page.getByText('None yet.').waitFor();
    await page.getByRole('link', { name: 'Add a payment method' }).click();
    await fillIn(page, CARD.declined, /^Keep it$/);
    await page
      .getByRole('alert')
      .getByText(/insufficient funds/i)
      .waitFor();
    await fillIn(page, CARD.good, /^Keep it$/);
    await page.waitForURL(/\/account\/payment-methods$/);
    await removeKept(page, 'Visa •••• 4242');
    expect(await cardDataAtTheShop(page, requests, CARD.good)).toEqual([]);
    expect(await cardDataAtTheShop(page, requests, CARD.challenged)).toEqual([]);
    expect(faults.filter((fault) => !fault.includes('402'))).toEqual([]);
  });

  /** The code of a card of 30 EUR that the team gave away. */
  async function giftCard(): Promise<string> {
    const { origin, signIns } = shop.system;
    const { accessToken: token } = await signIn(origin, signIns?.operator ?? { email: '', password: '' });
    const body = { value: { amount: 3_000, currency: 'EUR' }, reason: 'Goodwill' };
    const headers = { 'idempotency-key': crypto.randomUUID() };
    return (await api<{ code: string }>(origin, 'POST /v1/gift-cards', { token, headers, body })).code;
  }

  test('takes a gift card at the checkout, then asks for what it leaves; its code stands in no address and no log', async () => {
    const code = await giftCard();
    const { page, requests } = await checkoutPage();
    const field = page.getByLabel('Gift card codes');
    await field.fill(`${code}\n7K3M-9Q2X`);
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.getByText('Code 2 is not the code of a gift card').waitFor();
    expect(await field.inputValue()).toContain(code);
    await field.fill(code.toLowerCase().replaceAll('-', ' '));
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.getByRole('rowheader', { name: `Gift card •••• ${code.slice(-4)}` }).waitFor();
    const left = page.getByRole('row', { name: 'Left to pay' });
    const amount = /\d+\.\d\d EUR/.exec((await left.textContent()) ?? '')?.[0];
    expect(await page.content()).not.toContain(code);
    await page.getByRole('link', { name: 'Pay now' }).click();
    await page.getByRole('button', { name: `Pay ${amount}` }).waitFor();
    await fillIn(page, CARD.good);
    await completed(page);
    await page.getByRole('rowheader', { name: 'By another payment' }).waitFor();
    const symbols = new RegExp(code.replaceAll('-', '[^a-z0-9]?'), 'i');
    expect(requests.map((request) => request.url()).join('\n')).not.toMatch(symbols);
    expect(shop.system.logs.map(({ message }) => message).join('\n')).not.toMatch(symbols);
  });

  test('says why a card was declined, in words to act on, and takes another', async () => {
    const { page, requests } = await payPage();
    await fillIn(page, CARD.declined);
    await page
      .getByRole('alert')
      .getByText(/insufficient funds/i)
      .waitFor();
    await fillIn(page, CARD.good);
    await completed(page);
    expect(await cardDataAtTheShop(page, requests, CARD.declined)).toEqual([]);
  });
});
