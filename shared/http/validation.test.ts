import { expect, it } from 'vitest';
import { z } from 'zod';
import { fieldErrors } from './validation.ts';

const schema = z.strictObject({
  quantity: z.int().min(1).max(10),
  share: z.number().positive().lt(1).multipleOf(0.25).optional(),
  note: z.string().min(1).max(20),
  code: z.string().length(2).optional(),
  handle: z
    .string()
    .regex(/^[a-z]+$/)
    .optional(),
  own: z
    .string()
    .regex(/^[a-z]+$/, 'must be lower-case letters')
    .optional(),
  email: z.email().optional(),
  currency: z.enum(['EUR', 'USD']),
  lines: z.array(z.string()).min(1).max(2),
  options: z.record(z.string(), z.string()),
  way: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('post') }),
    z.strictObject({ type: z.literal('mail') }),
  ]),
  either: z.union([z.string(), z.number()]).optional(),
});
const good = { quantity: 1, note: 'x', currency: 'EUR', lines: ['a'], options: {}, way: { type: 'post' } };

const PLAIN: [object, string, string][] = [
  [{ quantity: 0 }, '/quantity', 'must be at least 1'],
  [{ quantity: 11 }, '/quantity', 'must be at most 10'],
  [{ quantity: 1.5 }, '/quantity', 'must be a whole number'],
  [{ quantity: 'one' }, '/quantity', 'must be a number'],
  [{ quantity: undefined }, '/quantity', 'is required'],
  [{ share: 0 }, '/share', 'must be more than 0'],
  [{ share: 1 }, '/share', 'must be less than 1'],
  [{ share: 0.3 }, '/share', 'must be a multiple of 0.25'],
  [{ note: '' }, '/note', 'must not be empty'],
  [{ note: 'x'.repeat(21) }, '/note', 'must be at most 20 characters'],
  [{ note: 3 }, '/note', 'must be text'],
  [{ code: 'x' }, '/code', 'must be exactly 2 characters'],
  [{ handle: '7' }, '/handle', 'does not have the expected form'],
  [{ own: '7' }, '/own', 'must be lower-case letters'],
  [{ email: 'x' }, '/email', 'must be an e-mail address'],
  [{ currency: 'XXX' }, '/currency', 'must be one of EUR, USD'],
  [{ currency: undefined }, '/currency', 'is required'],
  [{ lines: [] }, '/lines', 'must not be empty'],
  [{ lines: ['a', 'b', 'c'] }, '/lines', 'must have at most 2 items'],
  [{ lines: 'a' }, '/lines', 'must be a list'],
  [{ options: 'a' }, '/options', 'must be an object'],
  [{ options: { 'a/b': 1 } }, '/options/a~1b', 'must be text'],
  [{ way: { type: 'fax' } }, '/way/type', 'must be one of post, mail'],
  [{ way: {} }, '/way/type', 'is required'],
  [{ either: true }, '/either', 'is not valid'],
  [{ colour: 'red' }, '/colour', 'is not a known field'],
];

it.each(PLAIN)('%j is refused in words a customer can read', (wrong, pointer, detail) => {
  const { error } = schema.safeParse({ ...good, ...wrong });
  expect(error && fieldErrors('body', error)).toEqual([{ in: 'body', pointer, detail }]);
});
