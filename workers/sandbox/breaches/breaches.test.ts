import { expect, it } from 'vitest';
import { breachRangeService } from '../../auth/adapters/breach-range.ts';
import { sandbox } from '../testing/sdk.ts';
import { BREACHED } from './routes.ts';

const asked: string[] = [];
const service = breachRangeService('http://sandbox.test', async (input, init) => {
  const path = new URL(input instanceof Request ? input.url : input).pathname;
  asked.push(path);
  return sandbox(path, { ...init, signal: null });
});

it('a password of a breach is found by five digits of its hash, in an answer whose length tells nothing', async () => {
  expect(await service.contains(BREACHED[0])).toBe(true);
  expect(await service.contains('nobody ever used this one before')).toBe(false);
  expect(asked.every((path) => /^\/range\/[0-9A-F]{5}$/.test(path))).toBe(true);
  const headers = { 'add-padding': 'true' };
  const [one, other] = await Promise.all(
    ['00000', asked[0]?.slice(-5) ?? ''].map(async (prefix) =>
      (await sandbox(`/range/${prefix}`, { headers })).text(),
    ),
  );
  expect(one?.split('\r\n')).toHaveLength(other?.split('\r\n').length ?? 0);
});

it('what is no prefix is refused, and then nothing is found', async () => {
  expect((await sandbox('/range/abc')).status).toBe(400);
});
