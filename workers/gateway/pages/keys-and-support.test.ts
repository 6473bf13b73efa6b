import { describe, expect, test } from 'vitest';
import { HOSTILE } from '../testing/fakes.ts';
import { SIGNED_IN, submit } from '../testing/browser.ts';

const signed = { cookie: SIGNED_IN };

describe('a new API key', () => {
  test('is shown once, with what was ticked', async () => {
    const fields = { name: HOSTILE, 'scope.orders.read': 'on', 'scope.orders.create': 'on', days: '90' };
    const answer = await submit('/account/api-keys/new', fields, signed);
    const html = await answer.text();
    expect(html).toContain('tpk_secret orders.read orders.create');
    expect(html).not.toContain(HOSTILE);
    expect(answer.headers.get('cache-control')).toContain('no-store');
  });

  test('that may nothing is asked for again', async () => {
    const answer = await submit('/account/api-keys/new', { name: 'Key' }, signed);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('Tick at least one.');
  });
});

describe('a look at what a customer sees', () => {
  test('is made with a token for it, and a reason', async () => {
    const look = (reason: string) => submit('/operate/view-as', { customerId: 'usr_1', reason }, signed);
    expect(await (await look('The invoice')).text()).toContain('Their orders');
    const refused = await look('no');
    expect(refused.status).toBe(422);
    expect(await refused.text()).not.toContain('Their orders');
  });
});
