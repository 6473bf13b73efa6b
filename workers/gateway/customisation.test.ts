import { describe, expect, test } from 'vitest';
import {
  asLabel,
  customErrors,
  customFields,
  customLabels,
  customValues,
  htmlPattern,
  valueText,
} from './customisation.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string', title: 'Name', minLength: 2, maxLength: 8 },
    code: { type: 'string', pattern: '^[A-Z]{3}$', description: 'Three capitals' },
    size: { type: 'string', enum: ['s', 'm'] },
    seats: { type: 'integer', minimum: 1, maximum: 5 },
    ratio: { type: 'number', multipleOf: 0.5 },
    gift: { type: 'boolean' },
  },
};
const fields = customFields(schema);
const form = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`custom.${name}`, value]));

test('each property of the schema is a field, in its order', () => {
  expect(fields.map(({ name, label, required }) => [name, label, required])).toEqual([
    ['name', 'Name', true],
    ['code', 'Code', false],
    ['size', 'Size', false],
    ['seats', 'Seats', false],
    ['ratio', 'Ratio', false],
    ['gift', 'Gift', false],
  ]);
});

test.each([
  ['registeredName', 'Registered name'],
  ['licence_key-2', 'Licence key 2'],
  ['homeURL', 'Home URL'],
  ['größe', 'Größe'],
  ['_', '_'],
])('a property without a title is called as people read it: %s → %s', (name, label) => {
  expect(asLabel(name)).toBe(label);
});

test('a property that no schema names has no label of its own, whatever objects inherit', () => {
  expect(customLabels(schema).get('name')).toBe('Name');
  expect(customLabels(schema).get('constructor')).toBeUndefined();
  expect(customLabels(null).size).toBe(0);
});

test.each([
  [true, 'yes'],
  [3, '3'],
  ['x', 'x'],
  [['a', false], 'a, no'],
  [{ a: 1 }, '{"a":1}'],
  [null, 'null'],
])('the value %j reads %s', (value, text) => {
  expect(valueText(value)).toBe(text);
});

test('a keyword without a text of its own is told in words, not in the validator’s', () => {
  expect(customErrors(schema, { name: 'Ann', ratio: 0.3 })['ratio']).toBe('This must be a multiple of 0.5.');
});

test('a form becomes values of the schema’s types; what was left empty is left out', () => {
  const sent = form({ name: 'Ann', code: '', seats: '3', ratio: '1.5', gift: 'true' });
  expect(customValues(fields, sent)).toEqual({ name: 'Ann', seats: 3, ratio: 1.5, gift: true });
  expect(customValues(fields, form({ name: 'Ann' }))).toEqual({ name: 'Ann', gift: false });
});

describe('messages stand at the field', () => {
  test.each([
    ['name', {}, 'Please fill this in.'],
    ['name', { name: 'A' }, 'At least 2 characters.'],
    ['name', { name: 'A'.repeat(9) }, 'At most 8 characters.'],
    ['code', { name: 'Ann', code: 'abc' }, 'Three capitals'],
    ['size', { name: 'Ann', size: 'xl' }, 'Choose one of the listed values.'],
    ['seats', { name: 'Ann', seats: '0' }, 'At least 1.'],
    ['seats', { name: 'Ann', seats: 'many' }, 'This is not a valid value.'],
  ])('%s of %j', (name, values, message) => {
    expect(customErrors(schema, customValues(fields, form(values)))).toEqual({ [name]: message });
  });

  test('none for what fits', () => {
    const sent = form({ name: 'Ann', code: 'ABC', size: 's', seats: '5', ratio: '2' });
    expect(customErrors(schema, customValues(fields, sent))).toEqual({});
  });
});

test('no schema, no field, whatever is sent', () => {
  expect(customFields(null)).toEqual([]);
  expect(customValues([], form({ name: 'Ann' }))).toEqual({});
  expect(customErrors(null, {})).toEqual({});
});

test('a pattern that may match anywhere is written for an attribute that matches the whole', () => {
  expect(new RegExp(`^(?:${htmlPattern('^[A-Z]{3}$')})$`).test('ABC')).toBe(true);
  expect(new RegExp(`^(?:${htmlPattern('b')})$`).test('abc')).toBe(true);
  expect(new RegExp(`^(?:${htmlPattern('b')})$`).test('ac')).toBe(false);
});
