/**
 * Card data that must never be here (PCI DSS 4.0.1, 3.2–3.5): finds card numbers in any text, however they are grouped. A
 * card number starts as a network's numbers do (ISO/IEC 7812), has that network's length and passes the Luhn check.
 */

/** A network's numbers: how they start, how long they are. */
const NETWORKS: readonly { start: RegExp; lengths: readonly number[] }[] = [
  // Visa gave up 13 digits long ago; trade item numbers (GTIN-13) have them.
  { start: /^4/, lengths: [16, 19] },
  { start: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { start: /^3[47]/, lengths: [15] },
  { start: /^(36|38|39|30[0-5]|3095)/, lengths: [14, 16, 19] },
  { start: /^(6011|64[4-9]|65)/, lengths: [16, 19] },
  { start: /^35(2[89]|[3-8])/, lengths: [16, 19] },
  { start: /^(62|81|220[0-4]|60|82|9792)/, lengths: [16, 17, 18, 19] },
  { start: /^(50|5[6-8]|63|67)/, lengths: [16, 18, 19] },
];
const LENGTH = { min: 14, max: 19 } as const;

/** How people and cards group the digits; beside these any grouping into fours, and digits or pairs one by one. */
const GROUPINGS = new Set([
  '4,6,5',
  '4,6,4',
  '4,5,6',
  '6,13',
  '6,10',
  '8,8',
  '4,4,5',
  '5,5,5',
  '4,4,6',
  '4,4,4,6',
]);

const DIGIT = String.raw`\p{Nd}`;
/** Between groups: up to three characters, also as they are written in an address or inside JSON. */
const GAP = String.raw`(?:(?:[\s\-._/+·•–—*~'’\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f]|%20|&nbsp;|\\[nrt]){1,3})`;
const RUN = new RegExp(`${DIGIT}(?:${GAP}?${DIGIT}){${LENGTH.min - 1},}`, 'gu');
const GROUP_OR_GAP = new RegExp(`(?<group>${DIGIT}+)|${GAP}`, 'gu');

export interface Span {
  start: number;
  end: number;
}

/** Where in the text card numbers stand, from left to right, none overlapping. */
export function findCardNumbers(text: string): Span[] {
  const found: Span[] = [];
  if (text.length < LENGTH.min) return found;
  for (const run of text.matchAll(RUN)) {
    const groups = [...run[0].matchAll(GROUP_OR_GAP)]
      .filter((part) => part.groups?.['group'] !== undefined)
      .map((part) => ({
        digits: plainDigits(part[0]),
        start: run.index + part.index,
        end: run.index + part.index + part[0].length,
      }));
    for (let first = 0; first < groups.length;) {
      const past = endOfNumber(text, groups, first);
      const [from, to] = [groups[first], groups[past - 1]];
      if (past > first && from !== undefined && to !== undefined)
        found.push({ start: from.start, end: to.end });
      first = Math.max(past, first + 1);
    }
  }
  return found;
}

export const holdsCardNumber = (text: string): boolean => findCardNumbers(text).length > 0;

export const CARD_NUMBER_MASK = '[card number]';

/** The text with each card number replaced. Text without one is returned as it is. */
export function maskCardNumbers(text: string): string {
  const spans = findCardNumbers(text);
  if (spans.length === 0) return text;
  let masked = '';
  let reached = 0;
  for (const { start, end } of spans) {
    masked += text.slice(reached, start) + CARD_NUMBER_MASK;
    reached = end;
  }
  return masked + text.slice(reached);
}

/** Where in a plain value (as read from JSON) card numbers stand, by RFC 6901 pointer; a number as a name at its parent. */
export function cardNumberPlaces(value: unknown): string[] {
  return placesOf(value, () => false);
}

/** As `cardNumberPlaces`, and where a field can only be meant for card data, whatever it holds. */
export function cardDataPlaces(value: unknown): string[] {
  return placesOf(value, isCardField);
}

/** Walks without recursion: no depth a stranger sends can exhaust the stack. */
function placesOf(value: unknown, isRefused: (name: string) => boolean): string[] {
  const found: string[] = [];
  /** `field`: pointer of the field for card data that it is part of. */
  const left: { value: unknown; pointer: string; field: string | null }[] = [
    { value, pointer: '', field: null },
  ];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value: present, pointer, field } = next;
    if (typeof present === 'string' || typeof present === 'number') {
      if (holdsCardNumber(String(present))) found.push(pointer);
      else if (field !== null && isCode([present])) found.push(field);
    } else if (present !== null && typeof present === 'object') {
      if (Array.isArray(present) && isNumberInBoxes(present)) found.push(pointer);
      if (field !== null && Array.isArray(present) && isCode(present)) found.push(field);
      for (const [name, inner] of Object.entries(present)) {
        const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const isField = isRefused(name);
        if (holdsCardNumber(name)) found.push(pointer);
        else if (isField && isFilled(inner)) found.push(place);
        else left.push({ value: inner, pointer: place, field: isField ? place : field });
      }
    }
  }
  return [...new Set(found)];
}

const isFilled = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

const DIGITS = /^\p{Nd}+$/u;
/** The digits of each, where they are nothing but digits. */
function digitsOfEach(parts: readonly unknown[]): string[] | null {
  const texts = parts.map((part) => (isFilled(part) ? String(part).trim() : ''));
  return texts.every((text) => DIGITS.test(text)) ? texts.map(plainDigits) : null;
}

/** A verification code, in one piece or digit by digit. */
const isCode = (parts: readonly unknown[]): boolean =>
  parts.length <= 4 && /^\d{3,4}$/.test(digitsOfEach(parts)?.join('') ?? '');

/** A number that was typed into a box for each of its groups or digits. In pairs stand sizes and years. */
export function isNumberInBoxes(parts: readonly unknown[]): boolean {
  if (parts.length > LENGTH.max) return false;
  const digits = digitsOfEach(parts);
  if (digits === null || digits[0]?.length === 2) return false;
  return isGrouping(digits.map(({ length }) => length)) && isCardNumber(digits.join(''));
}

/** Names under which forms send a card's verification code or number; compared without case and separators. */
const CARD_FIELDS = new Set([
  'cvc',
  'cvc2',
  'cvv',
  'cvv2',
  'csc',
  'cardcvc',
  'cardcvv',
  'cardcsc',
  'securitycode',
  'cardsecuritycode',
  'cardverificationcode',
  'cardverificationvalue',
  'cardnumber',
  'cardpan',
  'pan',
  'track1',
  'track2',
  'trackdata',
]);
/** Whether a field of this name can only be meant for card data. */
export const isCardField = (name: string): boolean =>
  CARD_FIELDS.has(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));

interface Group extends Span {
  digits: string;
}

/** Index after the last group of the longest card number that begins with group `first`; `first` when none does. */
function endOfNumber(text: string, groups: readonly Group[], first: number): number {
  const start = groups[first]?.start ?? 0;
  let digits = '';
  let past = first;
  const sizes: number[] = [];
  const stands = (end: number): boolean => isOnItsOwn(text, start, end) && !isPartOfIban(text, start);
  for (let at = first; at < groups.length; at += 1) {
    const group = groups[at];
    if (group === undefined || digits.length >= LENGTH.max) break;
    const next = groups[at + 1]?.digits ?? '';
    if (isGluedToExpiry(digits, sizes, group.digits, next) && stands(group.end)) return at + 1;
    digits += group.digits;
    sizes.push(group.digits.length);
    if (digits.length < LENGTH.min || digits.length > LENGTH.max || !isCardNumber(digits)) continue;
    if (isGrouping(sizes) && stands(group.end)) past = at + 1;
  }
  return past;
}

/** MMYY or MMYYYY of this half of the century, and a verification code perhaps. */
const EXPIRY = /^(?:0[1-9]|1[0-2])(?:20)?[2-4]\d(?:\d{3,4})?$/;
const EXPIRY_DIGITS_MAX = 10;

/** Whether a number ends within this group, before an expiry date: `…42421229`, or `…424212` and then `/29`. */
function isGluedToExpiry(before: string, sizes: readonly number[], group: string, next: string): boolean {
  for (let length = LENGTH.min; length <= LENGTH.max; length += 1) {
    const ends = length - before.length;
    const rest = group.slice(Math.max(0, ends));
    if (ends < 1 || rest === '' || rest.length > EXPIRY_DIGITS_MAX) continue;
    const isExpiry = EXPIRY.test(rest) || (rest.length === 2 && EXPIRY.test(rest + next));
    if (isExpiry && isGrouping([...sizes, ends]) && isCardNumber(before + group.slice(0, ends))) return true;
  }
  return false;
}

const isCardNumber = (digits: string): boolean =>
  NETWORKS.some(({ start, lengths }) => lengths.includes(digits.length) && start.test(digits)) &&
  passesLuhn(digits);

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function isGrouping(sizes: readonly number[]): boolean {
  if (sizes.length === 1) return true;
  const last = sizes.at(-1) ?? 0;
  const evenly = (size: number) => sizes.slice(0, -1).every((each) => each === size) && last <= size;
  return evenly(4) || evenly(2) || evenly(1) || GROUPINGS.has(sizes.join(','));
}

/**
 * Letters may touch the number (`card4242…`), but a word in which digits stand on the far side of letters is an id, a
 * digest or a token, of which some part will always look like a number.
 */
function isOnItsOwn(text: string, start: number, end: number): boolean {
  const before = /[\p{L}\p{Nd}]*$/u.exec(text.slice(Math.max(0, start - WORD_MAX), start))?.[0] ?? '';
  const after = /^[\p{L}\p{Nd}]*/u.exec(text.slice(end, end + WORD_MAX))?.[0] ?? '';
  return !/\p{Nd}/u.test(before) && (!/\p{Nd}/u.test(after) || REST_OF_CARD.test(after));
}
/** What else of a card is written right behind its number. */
const REST_OF_CARD = /^(?:exp|cvc|cvv|csc)/i;
const WORD_MAX = 64;

/** International account numbers (ISO 13616) come in groups of four too. Their check is told by the remainder by 97. */
function isPartOfIban(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - IBAN_LENGTH_MAX), start);
  const head = /(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4})*? ?$/.exec(before);
  if (head === null) return false;
  const rest = text.slice(start - head[0].length, start + IBAN_LENGTH_MAX);
  const compact = (/^[A-Z0-9 ]+/.exec(rest)?.[0] ?? '').replaceAll(' ', '');
  for (let length = Math.min(34, compact.length); length >= 15; length -= 1)
    if (isIban(compact.slice(0, length))) return true;
  return false;
}
const IBAN_LENGTH_MAX = 42;

function isIban(compact: string): boolean {
  const moved = compact.slice(4) + compact.slice(0, 4);
  const digits = Array.from(moved, (character) => Number.parseInt(character, 36)).join('');
  let remainder = 0;
  for (const digit of digits) remainder = (remainder * 10 + Number(digit)) % 97;
  return remainder === 1;
}

/** Digits of any script as ASCII ones: each script's ten follow each other (Unicode, general category Nd). */
function plainDigits(text: string): string {
  if (/^\d+$/.test(text)) return text;
  return Array.from(text.normalize('NFKC'), (character) => {
    const code = character.codePointAt(0) ?? 0;
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return code - zero;
  }).join('');
}
