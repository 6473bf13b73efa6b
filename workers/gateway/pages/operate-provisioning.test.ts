import { describe, expect, test } from 'vitest';
import { ask, SIGNED_IN, submit } from '../testing/browser.ts';

const TASK = '/operate/provisioning/tasks/task_1';
const HOME = '/operate/provisioning';
const send = (path: string, fields: Record<string, string>): Promise<Response> =>
  submit(path, fields, { cookie: SIGNED_IN });

describe('what deliveries wait for', () => {
  test('is listed with cause, partners and news, each way to go on beside it', async () => {
    const text = await (await ask(HOME, { headers: { cookie: SIGNED_IN } })).text();
    for (const part of ['partner_refused', 'broker:acme', 'away: calls wait', TASK, 'Try them again'])
      expect(text).toContain(part);
  });

  test('a task shows its cause and payload, and what can be decided', async () => {
    const text = await (await ask(TASK, { headers: { cookie: SIGNED_IN } })).text();
    for (const part of ['&quot;url&quot;', 'value="roll_back"', 'Try the step again', 'hand it over'])
      expect(text).toContain(part);
  });

  test('a decision is sent as the API takes it, and what does not fit is told beside the form', async () => {
    expect((await send(TASK, { decision: 'retry', reason: '' })).headers.get('location')).toBe(HOME);
    const unexplained = await send(TASK, { decision: 'roll_back', reason: ' ' });
    expect([unexplained.status, await unexplained.text()]).toEqual([
      422,
      expect.stringContaining('reason is required'),
    ]);
    const replaced = await send(TASK, {
      decision: 'replace',
      reason: 'by hand',
      result: '{"body":{"code":7}}',
    });
    expect(replaced.status).toBe(303);
    const garbled = await send(TASK, { decision: 'replace', reason: 'by hand', result: '{code' });
    expect([garbled.status, await garbled.text()]).toEqual([
      422,
      expect.stringContaining('result must be a JSON object'),
    ]);
    expect((await send(TASK, { decision: 'burn' })).status).toBe(422);
  });

  test('many are tried again after an outage, and it says how many', async () => {
    const some = await (await send(`${HOME}/retries`, { reason: 'back', connector: 'http' })).text();
    expect(some).toContain('3 are tried again');
    const none = await (await send(`${HOME}/retries`, { reason: 'back', connector: '' })).text();
    expect(none).toContain('Nothing waits');
  });

  test('calls to a partner are stopped and let through', async () => {
    expect((await send(`${HOME}/partners/broker%3Aacme`, { held: 'yes' })).headers.get('location')).toBe(
      HOME,
    );
    expect((await send(`${HOME}/partners/broker%3Aacme`, { held: 'no' })).status).toBe(422);
  });

  test('is nobody’s who is not signed in', async () => {
    for (const path of [HOME, TASK]) {
      const { status, headers } = await ask(path);
      expect([status, headers.get('location')]).toEqual([303, expect.stringContaining('/sign-in')]);
    }
  });
});
