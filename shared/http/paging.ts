import { z } from '@hono/zod-openapi';

export const PAGE_LIMIT = { max: 100, default: 20 } as const;

/** Query parameters of every keyset list; extend with the list's own filters. Any other is refused by its name. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT.max).default(PAGE_LIMIT.default),
  /** `next` of the page before, unchanged. */
  cursor: z.string().min(1).max(500).optional(),
});
