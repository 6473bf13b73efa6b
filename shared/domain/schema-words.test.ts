import { type Schema, Validator } from '@cfworker/json-schema';
import { expect, it } from 'vitest';
import { schemaWords } from './schema-words.ts';

const schema: Schema = {
  type: 'object',
  additionalProperties: false,
  $defs: { 'of/us': { type: 'integer', maximum: 5 }, loop: { $ref: '#/$defs/loop2' }, loop2: { minimum: 1 } },
  properties: {
    country: { enum: ['DE', 'FR'] },
    only: { const: 'x' },
    seats: { $ref: '#/$defs/of~1us' },
    least: { $ref: '#/$defs/loop' },
    name: { type: 'string', minLength: 1, maxLength: 20, pattern: '^[a-z]*$' },
    share: { exclusiveMinimum: 0, exclusiveMaximum: 1, multipleOf: 0.25 },
    mail: { format: 'email' },
    tags: { type: 'array', minItems: 2, maxItems: 3, uniqueItems: true, items: { type: 'string' } },
    'a b/c': { minimum: 2 },
    either: { type: ['string', 'boolean'] },
    not: { not: { const: 1 } },
  },
};

const PLAIN: [object, string][] = [
  [{ country: 'IT' }, 'must be one of DE, FR'],
  [{ only: 'y' }, 'must be x'],
  [{ seats: 9 }, 'must be at most 5'],
  [{ seats: 1.5 }, 'must be a whole number'],
  [{ least: 0 }, 'must be at least 1'],
  [{ name: '' }, 'must not be empty'],
  [{ name: 'x'.repeat(21) }, 'must be at most 20 characters'],
  [{ name: 'X' }, 'does not have the expected form'],
  [{ name: 3 }, 'must be text'],
  [{ share: 0 }, 'must be more than 0'],
  [{ share: 1 }, 'must be less than 1'],
  [{ share: 0.3 }, 'must be a multiple of 0.25'],
  [{ mail: 'x' }, 'must be an e-mail address'],
  [{ tags: ['a'] }, 'must have at least 2 items'],
  [{ tags: ['a', 'b', 'c', 'd'] }, 'must have at most 3 items'],
  [{ tags: ['a', 'a'] }, 'must not repeat an item'],
  [{ 'a b/c': 1 }, 'must be at least 2'],
  [{ either: 1 }, 'must be text or true or false'],
  [{ not: 1 }, 'is not valid'],
  [{ colour: 'red' }, 'is not a known field'],
];

it.each(PLAIN)('%j is refused in words a customer can read', (value, words) => {
  const { errors } = new Validator(schema, '2020-12', false).validate(value);
  const last = errors.at(-1);
  expect(last && schemaWords(schema, last)).toBe(words);
});
