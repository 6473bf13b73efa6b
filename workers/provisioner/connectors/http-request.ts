import { z } from 'zod';
import { nameSchema } from '../templates/template.ts';

/** RFC 6901, into a partner's answer. */
const answerPointer = z
  .string()
  .max(300)
  .regex(/^(\/[^/]*)*$/, 'must be a JSON Pointer');
const pathSchema = z
  .string()
  .max(500)
  .regex(/^\/(?!\/)[\x21-\x7e]*$/, 'must be a path that begins with one /');

/** How a partner's answers are read. */
const readingSchema = z.strictObject({
  /** Id of what was made, for removing it. */
  resource: answerPointer.optional(),
  /** Id of an operation that ends later. */
  operation: answerPointer.optional(),
  /** Where the state stands, and which words mean an end; any other means that it goes on. */
  state: answerPointer.optional(),
  succeeded: z.array(z.string().max(100)).max(20).default(['succeeded']),
  failed: z.array(z.string().max(100)).max(20).default(['failed']),
  /** The partner's words about a failure. */
  reason: answerPointer.optional(),
  /** What the step leaves: by name where it stands in the last answer. */
  result: z.record(z.string().min(1).max(60), answerPointer).default({}),
});

/**
 * One signed request to a connection. `{resource}` and `{operation}` in the paths of `poll` and `remove` are filled in.
 * `completion`: the answer itself ends it, a signed call-back does, or asking at `poll` does.
 */
export const httpCallSchema = z.strictObject({
  connection: nameSchema,
  path: pathSchema,
  body: z.record(z.string(), z.unknown()).default({}),
  completion: z.enum(['answer', 'callback', 'poll']).default('answer'),
  read: readingSchema.default({ succeeded: ['succeeded'], failed: ['failed'], result: {} }),
  poll: z.strictObject({ path: pathSchema }).optional(),
  remove: z
    .strictObject({ path: pathSchema, method: z.enum(['DELETE', 'POST']).default('DELETE') })
    .optional(),
});
export type HttpCall = z.infer<typeof httpCallSchema>;
/** As it is written down: with the answer of a person, if one was asked, and where to call back. */
export const httpRequestSchema = httpCallSchema.extend({
  callbackUrl: z.string(),
  answer: z.record(z.string(), z.unknown()).nullable(),
});
