import { describe, expect, test } from 'vitest';
import { ask, SIGNED_IN, submit } from '../testing/browser.ts';
import { HOSTILE } from '../testing/fakes.ts';

const headers = { cookie: SIGNED_IN };
const signedIn = { cookie: SIGNED_IN };

describe('the page of one’s data', () => {
  test('shows what was asked for, with the way to fetch a copy and to keep the account', async () => {
    const text = await (await ask('/account/data', { headers })).text();
    expect(text).toContain('/account/data/dreq_1/document');
    expect(text).toContain('Keep my account');
    expect(text).toContain('An order is not finished yet');
    expect(text).not.toContain(HOSTILE);
  });

  test('hands the copy on as a file that no cache keeps', async () => {
    const answer = await ask('/account/data/dreq_1/document', { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain('tradepost-data.json');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(await answer.json()).toMatchObject({ format: 1, accountId: 'usr_1' });
  });

  test.each(['/account/data/copy', '/account/data/dreq_1/cancel'])('%s leads back', async (path) => {
    const answer = await submit(path, {}, signedIn);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account/data']);
  });

  test('names what stands against deleting the account, with the way to each', async () => {
    const answer = await submit('/account/delete', {}, signedIn);
    const text = await answer.text();
    expect(answer.status).toBe(422);
    expect(text).toContain('href="/owned/ins_1"');
    expect(text).toContain('still running');
    expect(text).not.toContain(HOSTILE);
  });

  test.each(['/account/data', '/account/data/dreq_1/document', '/account/delete'])(
    '%s is for whoever is signed in',
    async (path) => {
      const answer = await ask(path);
      expect([answer.status, answer.headers.get('location')?.split('?')[0]]).toEqual([303, '/sign-in']);
    },
  );
});
