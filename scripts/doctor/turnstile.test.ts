import { expect, it } from 'vitest';
import { turnstileKeys } from './turnstile.ts';

const REAL = { site: '0x4AAAAAAA', secret: '0x4AAAAAAAsecret', isProduction: true };
const TEST_SECRET = '1x0000000000000000000000000000000AA';

it.each([
  ['none, for none are needed', { ...REAL, site: '', secret: '' }, []],
  ['both', REAL, ['ok']],
  ['one without the other', { ...REAL, secret: '' }, ['fault']],
  ['the secret for tests in production', { ...REAL, secret: TEST_SECRET }, ['fault']],
  ['the secret for tests on a laptop', { ...REAL, secret: TEST_SECRET, isProduction: false }, ['ok']],
])('of the challenge vendor’s keys it looks at %s', (_what, keys, levels) => {
  const found = turnstileKeys(keys);
  expect(found.map(({ level }) => level)).toEqual(levels);
  expect(JSON.stringify(found)).not.toContain(keys.secret === '' ? 'nothing' : keys.secret);
});
