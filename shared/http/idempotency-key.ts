import { z } from '@hono/zod-openapi';
import { Problem } from './problems.ts';

/** Value of the request header `Idempotency-Key`; `meaning` says in the API document what the same key brings. */
export const idempotencyKey = (meaning = 'Same key and body: the same answer, for 24 hours') =>
  z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .meta({ description: meaning });

/** The key was sent before with another body, or for another thing. */
export const keyReused = (): Problem =>
  new Problem({
    slug: 'idempotency-key-reused',
    detail: 'Use a new Idempotency-Key for a different request.',
    errors: [{ in: 'header', pointer: 'Idempotency-Key', detail: 'stands for another request' }],
  });
