import { describe, expect, it } from 'vitest';
import { newIntent, newOrderId, sandbox, sdk } from '../testing/sdk.ts';

const RETURN_URL = 'http://shop.test/orders/1';

async function payment() {
  const intent = await newIntent(newOrderId());
  const secret = intent.client_secret ?? '';
  const pay = (fields: Record<string, string>) =>
    sandbox(`/pay/${intent.id}`, {
      method: 'POST',
      body: new URLSearchParams({ client_secret: secret, return_url: RETURN_URL, ...fields }),
    });
  const status = async () => (await sdk().paymentIntents.retrieve(intent.id)).status;
  return { intent, secret, pay, status };
}

describe('the hosted payment page', () => {
  it('shows amount and order, and needs nothing from outside', async () => {
    const { intent, secret } = await payment();
    const page = await sandbox(`/pay/${intent.id}?client_secret=${secret}&return_url=${RETURN_URL}`);
    const html = await page.text();
    expect(html).toContain('25.00 EUR');
    expect(html).toContain('Order T-1');
    expect(html).not.toMatch(/<script|src="|url\(/);
  });

  it('is hidden from whoever lacks the client secret', async () => {
    const { intent } = await payment();
    for (const query of ['', '?client_secret=guess']) {
      expect((await sandbox(`/pay/${intent.id}${query}`)).status).toBe(404);
    }
  });

  it('pays and returns to the shop', async () => {
    const { intent, pay, status } = await payment();
    const response = await pay({ payment_method: 'pm_card_visa' });
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.origin + location.pathname).toBe(RETURN_URL);
    expect(location.searchParams.get('payment_intent')).toBe(intent.id);
    expect(await status()).toBe('requires_capture');
  });

  it('explains a decline or a mistyped number and lets the customer try again', async () => {
    const { pay, status } = await payment();
    const declined = await pay({ number: '4000 0000 0000 9995' });
    expect(declined.status).toBe(402);
    expect(await declined.text()).toContain('insufficient funds');
    const mistyped = await pay({ number: '4242 4242 4242 4243' });
    expect(await mistyped.text()).toContain('card number is incorrect');
    await pay({ number: '4242424242424242' });
    expect(await status()).toBe('requires_capture');
  });

  it('leads through a challenge and back', async () => {
    const { secret, pay, status } = await payment();
    const response = await pay({ payment_method: 'pm_card_authenticationRequired' });
    const challenge = new URL(response.headers.get('location') ?? '');
    expect(challenge.searchParams.get('return_url')).toBe(RETURN_URL);
    const done = await sandbox(challenge.pathname, {
      method: 'POST',
      body: new URLSearchParams({ client_secret: secret, return_url: RETURN_URL, result: 'complete' }),
    });
    expect(done.headers.get('location')).toContain(RETURN_URL);
    expect(await status()).toBe('requires_capture');
  });

  it('leads back after a challenge that failed: to where the customer pays, the shop or this page', async () => {
    const failed = async (from: Record<string, string>) => {
      const { secret, pay } = await payment();
      const response = await pay({ payment_method: 'pm_card_authenticationRequired' });
      const challenge = new URL(response.headers.get('location') ?? '');
      expect(challenge.searchParams.get('from')).toBe('pay');
      const body = { client_secret: secret, return_url: RETURN_URL, result: 'fail', ...from };
      const done = await sandbox(challenge.pathname, { method: 'POST', body: new URLSearchParams(body) });
      return done.headers.get('location') ?? '';
    };
    expect(await failed({ from: 'pay' })).toMatch(/^\/pay\//);
    const back = new URL(await failed({}));
    expect([back.origin + back.pathname, back.searchParams.get('redirect_status')]).toEqual([
      RETURN_URL,
      'failed',
    ]);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    'javascript:alert(1)',
    'http://shop.test.evil.example/',
  ])('never sends anyone to %s', async (returnUrl) => {
    const { intent, secret, pay } = await payment();
    const page = await sandbox(
      `/pay/${intent.id}?client_secret=${secret}&return_url=${encodeURIComponent(returnUrl)}`,
    );
    expect(await page.text()).not.toContain('evil.example');
    const response = await pay({ payment_method: 'pm_card_visa', return_url: returnUrl });
    expect(response.headers.get('location')).toMatch(/^\/pay\//);
  });
});
