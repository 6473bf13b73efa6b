import type { Address } from '../address.ts';

/** Words for a street that are written short, as they are after `words`: at the end of a word in German, or alone. */
const SHORT: readonly (readonly [RegExp, string])[] = [
  [/strasse\b|str\b/g, ' str '],
  [/\bstreet\b/g, 'st'],
  [/\b(?:avenu|av)\b/g, 'ave'],
  [/\broad\b/g, 'rd'],
  [/\bboulevard\b/g, 'blvd'],
  [/platz\b|\bpl\b/g, ' pl '],
];

/** Lower case, without accents and signs, German letters as they are written without them. */
const words = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/([aou])e/g, '$1')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ');

/** In one order, with numbers apart from letters, however they stood: `5a Haupt Str` is `Hauptstr. 5 a`. */
const parts = (text: string): string =>
  SHORT.reduce((all, [long, short]) => all.replaceAll(long, short), words(text))
    .split(/\s+|(?<=\p{N})(?=\p{L})|(?<=\p{L})(?=\p{N})/u)
    .filter((part) => part !== '')
    .toSorted()
    .join(' ');

/** As it is written abroad: `D-10115`, `F-75001`. British codes have more letters. */
const COUNTRY_BEFORE_CODE = /^[a-z]{1,2}(?=\d{4,5}$)/;

/**
 * The same house, however it is written: case, spaces, signs, accents, `Straße` and `Str.`, which line holds what, and the
 * name on the door make no difference. Only for counting: two houses that read alike would count as one.
 */
export const placeOf = ({ line1, line2, postalCode, city, country }: Address): string =>
  [
    parts(`${line1} ${line2}`),
    words(postalCode).replaceAll(' ', '').replace(COUNTRY_BEFORE_CODE, ''),
    words(city).replaceAll(' ', ''),
    country,
  ].join('|');
