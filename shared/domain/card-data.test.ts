import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import {
  cardDataPlaces,
  cardNumberPlaces,
  findCardNumbers,
  holdsCardNumber,
  isCardField,
  maskCardNumbers,
} from './card-data.ts';

const withCheckDigit = (digits: string): string => {
  const sum = Array.from(digits, Number)
    .toReversed()
    .map((digit, place) => (place % 2 === 0 ? digit * 2 : digit))
    .map((digit) => (digit > 9 ? digit - 9 : digit))
    .reduce((total, digit) => total + digit, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
};
const digitsOf = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((all) => all.join(''));
const numberOf = (start: string, length: number) =>
  digitsOf(length - start.length - 1).map((rest) => withCheckDigit(start + rest));
const anyNumber = fc.oneof(
  numberOf('4', 16),
  numberOf('4', 19),
  numberOf('51', 16),
  numberOf('2221', 16),
  numberOf('2720', 16),
  numberOf('37', 15),
  numberOf('36', 14),
  numberOf('305', 16),
  numberOf('6011', 16),
  numberOf('3528', 16),
  numberOf('62', 19),
  numberOf('6759', 18),
);
/** The numbers a provider's documentation gives for tests (https://docs.stripe.com/testing). */
const TEST_NUMBERS = [
  '4242424242424242',
  '4000056655665556',
  '5555555555554444',
  '2223003122003222',
  '5200828282828210',
  '5105105105105100',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '6011000990139424',
  '3056930009020004',
  '36227206271667',
  '3566002020360505',
  '6200000000000005',
  '6205500000000000004',
];
const groupsOf = (number: string, separator: string): string =>
  (number.match(/.{1,4}/g) ?? []).join(separator);

describe('a card number', () => {
  it.each(TEST_NUMBERS)('%s is found bare, in fours, in words and in an address', (number) => {
    const texts = [
      number,
      groupsOf(number, ' '),
      groupsOf(number, '-'),
      `please charge ${groupsOf(number, '.')}, 12/27 123`,
      `card${number}`,
      `/v1/products/${groupsOf(number, '%20')}?x=1`,
      `ends.${number}.`,
      JSON.stringify({ deep: [groupsOf(number, '\n')] }),
    ];
    expect(texts.filter((text) => !holdsCardNumber(text))).toEqual([]);
  });

  it('is found between signs nobody sees, and with what is written right behind it', () => {
    const number = '4242424242424242';
    const texts = [
      ...['\u00AD', '\u2060', '\u200D', '*', '~', "'", '’', '&nbsp;', '\u202D', '\u200E', '\u2063'].map(
        (sign) => groupsOf(number, sign),
      ),
      `${number}exp1229`,
      `${number}CVC123`,
      `${number}cvv: 123`,
    ];
    expect(texts.filter((text) => !holdsCardNumber(text))).toEqual([]);
    // Lists of prices and addresses of networks are grouped by these.
    expect([',', ':', ' | '].filter((sign) => holdsCardNumber(groupsOf(number, sign)))).toEqual([]);
  });

  it.each(TEST_NUMBERS)('%s is found glued to its expiry date and code', (number) => {
    const texts = [
      `${number}1229`,
      `${number}122029`,
      `${number}1229123`,
      `${number}12/29`,
      `${number}12 2029`,
      `number ${groupsOf(number, ' ')}0131 `,
    ];
    expect(texts.filter((text) => !holdsCardNumber(text))).toEqual([]);
    expect(maskCardNumbers(`pay ${number}1229 now`)).toBe('pay [card number] now');
    expect(['0029', '1329', '1209', '12299'].filter((rest) => holdsCardNumber(number + rest))).toEqual([]);
  });

  it('is found whatever its network, grouping and surroundings', () => {
    const separators = fc.constantFrom('', ' ', '-', '.', '  ', '\u00A0', '/', '_', ' - ');
    const around = fc.constantFrom('', ' ', 'pan=', '"', '\n', 'ü', ', ', ':');
    fc.assert(
      fc.property(anyNumber, separators, around, around, (number, separator, before, after) => {
        const text = before + groupsOf(number, separator) + after;
        expect(holdsCardNumber(text)).toBe(true);
        expect(maskCardNumbers(text)).toBe(`${before}[card number]${after}`);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['３７８２８２２４６３１０００５', 'full width'],
    ['٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢', 'Arabic'],
    ['४२४२ ४२४२ ४२४२ ४२४२', 'Devanagari'],
    ['3782 822463 10005', 'as American Express prints it'],
    ['4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2', 'one by one'],
    ['77 4242 4242 4242 4242 1226 123', 'between other digits'],
  ])('%s is found in digits of any script and grouping (%s)', (text) => {
    expect(holdsCardNumber(text)).toBe(true);
  });

  it('is masked and nothing else of the text', () => {
    expect(maskCardNumbers('pay 4242 4242 4242 4242 and 5555555555554444 on 2026-11-22')).toBe(
      'pay [card number] and [card number] on 2026-11-22',
    );
  });
});

describe('what is no card number', () => {
  it.each([
    ['one digit wrong', '4242424242424241'],
    ['a time in milliseconds', String(Date.UTC(2026, 10, 22))],
    ['a time in nanoseconds', '1795378496123456789'],
    ['a time with its date', '2026-11-22T20:45:37.123Z'],
    ['a trade item number', '4006381333931'],
    ['a German account in fours', 'DE75 5121 0800 1245 1261 99'],
    ['a German account', 'DE75512108001245126199'],
    ['a digest', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['a parcel', '1Z999AA10123456784'],
    ['a parcel of twenty digits', '00340434161094042557'],
    ['a telephone', '+49 30 901820 4242'],
    ['a longer number', '424242424242424242424242'],
    ['amounts in a row', '1000 2000 3000 4000'],
    ['a decimal fraction', '0.4242424242424242'.slice(0, 12)],
  ])('%s', (_what, text) => {
    expect(findCardNumbers(text)).toEqual([]);
  });

  it('ids of ours never, however many', () => {
    for (let made = 0; made < 20_000; made += 1) {
      expect(holdsCardNumber(newId('order'))).toBe(false);
      expect(holdsCardNumber(crypto.randomUUID())).toBe(false);
    }
  });

  it('trade item numbers never, and of any sixteen digits few', () => {
    fc.assert(
      fc.property(numberOf('4', 13), (number) => !holdsCardNumber(number)),
      { numRuns: 500 },
    );
    const hits = fc.sample(digitsOf(16), 5_000).filter(holdsCardNumber).length;
    expect(hits / 5_000).toBeLessThan(0.05);
  });

  it.each(['4', '4 ', '1234 ', '4242 ', '%20', 'a4', '٤'])('of %s without end is read to its end', (part) => {
    expect(holdsCardNumber(`${part.repeat(50_000)}x`)).toBe(holdsCardNumber(part.repeat(40)));
  });
});

it('is pointed at in a value by where it stands, never by what it is', () => {
  const value = {
    a: [{ 'b/c': 'x 4242424242424242' }],
    '5555555555554444': 1,
    n: 4242424242424242,
    cvc: '123',
  };
  expect(cardNumberPlaces(value).toSorted()).toEqual(['', '/a/0/b~1c', '/n']);
  expect(cardDataPlaces(value).toSorted()).toEqual(['', '/a/0/b~1c', '/cvc', '/n']);
});

it.each<[string, unknown, string[]]>([
  ['a box for each group', { card: ['4242', '4242', ' 4242', '4242'] }, ['/card']],
  ['a box for each digit', Array.from('378282246310005', Number), ['']],
  ['groups as numbers', { n: [3782, 822_463, 10_005] }, ['/n']],
  ['a code in a box', { cvc: ['123'] }, ['/cvc']],
  ['a code digit by digit', { card: { cvv: [1, 2, 3] } }, ['/card/cvv']],
  ['a code further inside', { cvc: { value: { text: '1234' } } }, ['/cvc']],
  ['sizes', { sizes: ['36', '37', '38', '39', '40', '41', '42', '41'] }, []],
  ['years', { years: [2023, 2024, 2025, 2026] }, []],
  ['what describes a field', { properties: { cvc: { type: 'string', maxLength: 4 } } }, []],
  ['a pan to cook in', { pan: { diameter: 28, handles: 2 } }, []],
])('%s in a value is found as card data: %j', (_what, value, places) => {
  expect(cardDataPlaces(value)).toEqual(places);
});

it.each([
  ['cvc', true],
  ['CVV2', true],
  ['card-number', true],
  ['security_code', true],
  ['cvcCheck', false],
  ['company', false],
  ['expand', false],
  ['accountNumber', false],
])('%s is a field for card data alone: %s', (name, isOne) => {
  expect(isCardField(name)).toBe(isOne);
});
