import { array, assert, constantFrom, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passwordFault } from './password-policy.ts';

const EMAIL = 'alice.smith@example.com';

describe('a new password', () => {
  it.each([
    'violet otters juggle 7 lamps',
    'kq8-zv2-wm4-tb9-rn6',
    'пятнадцать ёжиков летят',
    'ひまわりが七つ咲いて風に揺れている',
    'Tradepost sells me nine copper kettles',
    'my aunt alice.smith bakes sourdough on ships',
    `${'x7 '.repeat(3)}${'vow mule quartz '.repeat(7)}`,
    'velvet oars 72k',
    `${'lamps'.repeat(2)}${'vow mule quartz '.repeat(7)}zephyr`,
  ])('is accepted without composition rules: %s', (password) => {
    expect(passwordFault(password, EMAIL)).toBeNull();
  });

  it.each([
    ['too_short', 'violet otters7'],
    ['too_short', '😀'.repeat(14)],
    ['too_long', 'violet otters '.repeat(20)],
    ['common', 'correcthorsebatterystaple'],
    ['common', 'Correct Horse Battery Staple'],
    ['common', 'aaaaaaaaaaaaaaaaaaaa'],
    ['common', 'abcabcabcabcabcabc'],
    ['common', '123456789012345'],
    ['common', 'qwertyuiopasdfgh'],
    ['common', 'password12345678'],
    ['common', 'P@ssw0rdP@ssw0rd'],
    ['common', 'Password87654321!'],
    ['common', 'zxcvbnm,asdfghjkl'],
    ['common', 'Summer2026Summer2026!'],
    ['context', 'alice.smith12345'],
    ['context', 'AliceSmith-2026!'],
    ['context', 'tradepost-tradepost'],
    ['context', 'example.com12345'],
  ])('is refused as %s: %s', (fault, password) => {
    expect(passwordFault(password, EMAIL)).toBe(fault);
  });

  it('has its length counted in characters of the composed form, so that no alphabet is favoured', () => {
    const decomposed = 'é'.normalize('NFD');
    expect(passwordFault(decomposed.repeat(8), EMAIL)).toBe('too_short');
  });

  it('never breaks the check, whatever it holds', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 300 }), string(), (password, email) => {
        const fault = passwordFault(password, email);
        expect([null, 'too_short', 'too_long', 'common', 'context']).toContain(fault);
      }),
    );
  });

  it('of many unrelated words is accepted, however they are joined', () => {
    const words = constantFrom(
      'copper',
      'violin',
      'harbour',
      'tundra',
      'pixel',
      'walnut',
      'gravity',
      'mosaic',
    );
    assert(
      property(
        array(words, { minLength: 4, maxLength: 8 }),
        integer({ min: 0, max: 99 }),
        (parts, number) => {
          const distinct = [...new Set(parts)];
          const password = [...distinct, 'zephyr', 'umbrella', number].join(' ');
          expect(passwordFault(password, EMAIL)).toBeNull();
        },
      ),
    );
  });
});
