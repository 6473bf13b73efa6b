import { describe, expect, test } from 'vitest';
import { ask, cookiesOf, SIGNED_IN, submit } from '../testing/browser.ts';
import { FAILED_ORDER_ID, ORDER_ID, VARIANT_ID } from '../testing/ids.ts';

const html = async (path: string, cookie: string): Promise<string> =>
  (await ask(path, { headers: { cookie } })).text();
const found = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';

/** Somebody in front of the checkout; answers what the shop says to these gift cards. */
async function orderedWith(giftCards: string, { quantity = '1' } = {}) {
  const line = { variantId: VARIANT_ID, quantity, currency: 'EUR', 'custom.registeredTo': 'Ann' };
  const guest = cookiesOf(await submit('/products/editor', line));
  const cookie = `${SIGNED_IN}; ${guest}`;
  const form = await html('/checkout', cookie);
  const quoteId = found(form, /name="quoteId" value="(quo_\w+)"/);
  const cartId = found(guest, /(cart_\w{32})/);
  const response = await submit('/checkout', { cartId, quoteId, giftCards }, { cookie });
  return { form, quoteId, response, text: await response.text(), cookie, sent: { cartId, quoteId } };
}

describe('gift cards at the checkout', () => {
  test('a field takes their codes, one in a line, and the order is placed with them', async () => {
    const { form, response } = await orderedWith('7K3M-9Q2X-0000\r\n\r\n 7K3M-9Q2X-1111 ');
    expect(form).toMatch(/<label for="f-giftCards">Gift card codes/);
    expect(form).toMatch(/<textarea id="f-giftCards" name="giftCards"[^>]* autocomplete="off"/);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`/orders/${ORDER_ID}`);
  });

  test('a code that is none is told at the field by its place, and what was typed stays there alone', async () => {
    const { response, text, quoteId } = await orderedWith('GOOD-1\n\nWRONG');
    expect(response.status).toBe(422);
    expect(text).toMatch(/id="f-giftCards-error"[^>]*>Code 2 is not the code of a gift card\.</);
    expect(text).toMatch(/<textarea[^>]*aria-invalid="true"[^>]*>GOOD-1\n\nWRONG<\/textarea>/);
    expect(text.match(/WRONG/g)).toHaveLength(1);
    expect(text, 'a fresh quote for the next attempt').not.toContain(`value="${quoteId}"`);
  });

  test('more than an order takes is told there too', async () => {
    const { text } = await orderedWith('a,b,c,d,e,f');
    expect(text).toContain('The gift cards must have at most 5 entries.');
  });

  test('where too many codes were tried none stands in the page, and they are typed again', async () => {
    const { response, text } = await orderedWith('MANY-TRIED\nGOOD-1');
    expect(response.status).toBe(422);
    expect(text).not.toMatch(/MANY-TRIED|GOOD-1/);
    expect(text).toMatch(/<textarea id="f-giftCards"[^>]* required[^>]*><\/textarea>/);
    expect(text).toContain('Try again');
  });

  test('where too many codes were tried the same order can be paid without any', async () => {
    const { text, cookie, sent } = await orderedWith('MANY-TRIED');
    const [, without = ''] = text.split('Try again</button>');
    expect(without).toMatch(/<form method="post" action="\/checkout">.*Order without gift cards<\/button>/);
    expect(without.split('</form>')[1]).not.toContain('giftCards');
    expect(without).toContain(`value="${sent.quoteId}"`);
    const ordered = await submit('/checkout', sent, { cookie });
    expect(ordered.headers.get('location')).toBe(`/orders/${ORDER_ID}`);
  });

  test('where nobody knows whether it was ordered, the codes are asked for again, and kept in no hidden field', async () => {
    const { response, text, quoteId } = await orderedWith('GOOD-1', { quantity: '4' });
    expect(response.status).toBe(503);
    expect(text).toContain(`value="${quoteId}"`);
    expect(text).not.toContain('GOOD-1');
    expect(text).toMatch(/<textarea id="f-giftCards"[^>]* required/);
    expect(text, 'it may have been ordered with them').not.toContain('Order without gift cards');
  });
});

describe('the page of an order that gift cards pay', () => {
  test('says what each pays, by its ending, and what is left to pay', async () => {
    const text = await html(`/orders/${ORDER_ID}`, SIGNED_IN);
    expect(text).toMatch(/Gift card •••• K3M9<\/th><td[^>]*>5\.00 EUR/);
    expect(text).toMatch(/Left to pay<\/th><td[^>]*>19\.90 EUR/);
  });

  test('says what went back to them, and nothing of a payment where there is none', async () => {
    const text = await html(`/orders/${FAILED_ORDER_ID}`, SIGNED_IN);
    expect(text).toMatch(
      /Gift card •••• Q2X7[^<]*<div[^>]*>Given back: 4\.90 EUR<\/div><\/th><td[^>]*>19\.90 EUR/,
    );
    expect(text).not.toContain('Left to pay');
    expect(text).not.toContain('By another payment');
  });
});
