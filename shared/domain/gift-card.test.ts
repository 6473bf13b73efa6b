import { assert, constantFrom, nat, pre, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CROCKFORD_SYMBOLS } from './crockford.ts';
import { formatGiftCardCode, GIFT_CARD_CODE_BYTES, readGiftCardCode } from './gift-card.ts';

const bytes = uint8Array({ minLength: GIFT_CARD_CODE_BYTES, maxLength: GIFT_CARD_CODE_BYTES });

describe('the code of a gift card', () => {
  it('is read as it was handed out, whatever its case, spaces, hyphens and look-alikes', () => {
    assert(
      property(bytes, (made) => {
        const code = formatGiftCardCode(made);
        expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/);
        expect(readGiftCardCode(code)).toBe(code);
        const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')}`;
        expect(readGiftCardCode(typed)).toBe(code);
      }),
    );
  });

  it('differs for whoever has other bits: 90 of them count', () => {
    const codes = new Set(
      Array.from({ length: 90 }, (_, bit) => {
        const made = new Uint8Array(GIFT_CARD_CODE_BYTES);
        made[GIFT_CARD_CODE_BYTES - 1 - Math.floor(bit / 8)] = 1 << (bit % 8);
        return formatGiftCardCode(made);
      }),
    );
    expect(codes.size).toBe(90);
  });

  it('is none with one wrong symbol, or with two that changed places', () => {
    const place = nat({ max: 19 });
    const symbol = constantFrom(...CROCKFORD_SYMBOLS.split(''));
    assert(
      property(bytes, place, place, symbol, (made, one, other, wrong) => {
        const symbols = formatGiftCardCode(made).replaceAll('-', '').split('');
        pre(symbols[one] !== wrong && symbols[one] !== symbols[other]);
        expect(readGiftCardCode(symbols.with(one, wrong).join(''))).toBeNull();
        const swapped = symbols.with(one, symbols[other] ?? '').with(other, symbols[one] ?? '');
        expect(readGiftCardCode(swapped.join(''))).toBeNull();
      }),
    );
  });

  it('is none that is too short, too long, or of other symbols', () => {
    for (const typed of ['', 'ABCD', 'UUUU-UUUU-UUUU-UUUU-UUUU', '0'.repeat(21), '💳'.repeat(10)])
      expect(readGiftCardCode(typed)).toBeNull();
    expect(() => formatGiftCardCode(new Uint8Array(3))).toThrow('bytes');
  });
});
