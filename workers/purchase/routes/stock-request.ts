import { z } from '@hono/zod-openapi';
import { type StockLevel, stockSkuSchema } from '#shared/contracts/http/stock.ts';

export const tags = ['Stock'];
export const stockParams = z.object({ sku: stockSkuSchema });
export const READ = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
export const WRITE = ['malformed-request', ...READ, 'body-too-large', 'unsupported-media-type'] as const;
export const bodyOf = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
});

/** Strong entity tag of a level: the version of its settings, which `If-Match` is about, and its sequence. */
export const stockTag = (level: StockLevel): string => `"${level.version}.${level.sequence}"`;
