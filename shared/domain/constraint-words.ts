/**
 * What a value must be, in words that stand after the name of a field: "quantity must be at least 1". One wording for
 * requests (zod) and for customisations (JSON Schema), since the same customer meets both. Pure.
 */

/** Values of an enumeration that are listed before the rest is left out. */
const LISTED_MAX = 20;

export const REQUIRED = 'is required';
export const UNKNOWN_FIELD = 'is not a known field';
export const NOT_VALID = 'is not valid';
export const UNFORMED = 'does not have the expected form';

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  date: 'a time',
};

/** `types`: names as zod or JSON Schema give them. */
export const mustBeType = (...types: string[]): string => {
  const names = types.map((type) => TYPES[type]);
  return names.includes(undefined) ? NOT_VALID : `must be ${names.join(' or ')}`;
};

export const mustBeOneOf = (values: readonly unknown[]): string => {
  const listed = values.slice(0, LISTED_MAX).map((value) => shown(value));
  if (values.length > LISTED_MAX) listed.push('…');
  return values.length === 1 ? `must be ${listed.join('')}` : `must be one of ${listed.join(', ')}`;
};

const shown = (value: unknown): string =>
  typeof value === 'string' && value !== '' ? value : (JSON.stringify(value) ?? 'nothing');

/** What a bound counts; `value`: the number itself. */
export type Counted = 'value' | 'characters' | 'items' | 'entries';
type Bound = number | bigint;

const SINGULAR: Partial<Record<Counted, string>> = {
  characters: 'character',
  items: 'item',
  entries: 'entry',
};

const amount = (count: Bound, of: Counted): string =>
  of === 'value' ? String(count) : `${count} ${Number(count) === 1 ? SINGULAR[of] : of}`;

const verb = (of: Counted): string => (of === 'items' || of === 'entries' ? 'must have' : 'must be');

export const mustBeAtLeast = (least: Bound, of: Counted = 'value'): string =>
  of !== 'value' && Number(least) === 1 ? 'must not be empty' : `${verb(of)} at least ${amount(least, of)}`;
export const mustBeAtMost = (most: Bound, of: Counted = 'value'): string =>
  `${verb(of)} at most ${amount(most, of)}`;
export const mustBeExactly = (count: Bound, of: Counted = 'value'): string =>
  `${verb(of)} exactly ${amount(count, of)}`;
export const mustBeMoreThan = (least: Bound): string => `must be more than ${least}`;
export const mustBeLessThan = (most: Bound): string => `must be less than ${most}`;
export const mustBeMultipleOf = (step: Bound): string => `must be a multiple of ${step}`;

const FORMATS: Record<string, string> = {
  email: 'an e-mail address',
  url: 'a web address',
  uri: 'a web address',
  uuid: 'a UUID',
  datetime: 'a time such as 2026-11-20T09:30:00Z',
  'date-time': 'a time such as 2026-11-20T09:30:00Z',
  date: 'a date such as 2026-11-20',
  time: 'a time of day such as 09:30:00',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
};

/** `format`: a name of zod or JSON Schema. */
export const mustBeFormat = (format: string): string => {
  const name = FORMATS[format];
  return name === undefined ? UNFORMED : `must be ${name}`;
};
