import { describe, expect, test } from 'vitest';
import { ask, SIGNED_IN, submit } from '../testing/browser.ts';
import { HOSTILE } from '../testing/fakes.ts';

const HOME = '/operate/data-requests';
const ONE = `${HOME}/usr_1`;
const read = async (path: string) => (await ask(path, { headers: { cookie: SIGNED_IN } })).text();
const send = (path: string, fields: Record<string, string> = {}) =>
  submit(path, fields, { cookie: SIGNED_IN });

describe('what customers asked about their data, for the team', () => {
  test('is listed with why it failed', async () => {
    const text = await read(`${HOME}?state=failed`);
    for (const part of [ONE, 'deletion', 'payments: the service is away']) expect(text).toContain(part);
    expect(text).not.toContain(HOSTILE);
    expect(await read(`${HOME}?state=waiting`)).toContain('None.');
  });

  test('of one account shows the receipt, with the way to go on and to take it back', async () => {
    const text = await read(ONE);
    for (const part of [
      `action="${ONE}/dreq_1/cancel"`,
      `action="${ONE}/dreq_2/retry"`,
      'kept: tax_law',
      '3 erased',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain(HOSTILE);
    expect(
      (await ask(`${HOME}/find?account=usr_1`, { headers: { cookie: SIGNED_IN } })).headers.get('location'),
    ).toBe(ONE);
  });

  test.each([`${ONE}/dreq_1/cancel`, `${ONE}/dreq_2/retry`])('%s leads back', async (path) => {
    const answer = await send(path);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, ONE]);
  });

  test('is asked for a customer, and what stands against it is named', async () => {
    expect((await send(ONE, { kind: 'export' })).headers.get('location')).toBe(ONE);
    const refused = await send(ONE, { kind: 'erasure' });
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('still running')]);
  });

  test('what does not fit is told beside the form', async () => {
    const answer = await send(`${ONE}/dreq_3/retry`);
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining('Ask for them')]);
  });

  test('is nobody’s who is not signed in', async () => {
    for (const path of [HOME, ONE]) {
      const { status, headers } = await ask(path);
      expect([status, headers.get('location')]).toEqual([303, expect.stringContaining('/sign-in')]);
    }
  });
});
