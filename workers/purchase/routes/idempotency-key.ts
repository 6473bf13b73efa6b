import { z } from '@hono/zod-openapi';

export const IDEMPOTENCY_KEY = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .meta({ description: 'Same key and body: the same answer, for 24 hours' });
