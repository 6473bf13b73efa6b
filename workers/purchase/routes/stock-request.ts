import { z } from '@hono/zod-openapi';
import { type StockLevel, stockSkuSchema } from '#shared/contracts/http/stock.ts';
import { Problem } from '#shared/http/problems.ts';

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

/** The version of the settings a change was decided on; null for `*`. 428 when missing, 412 when it is no tag of ours. */
export function settingsVersion(header: string | undefined): number | null {
  if (header === undefined) {
    throw new Problem({
      slug: 'precondition-required',
      detail: 'Send the ETag of the stock as you read it as If-Match.',
      errors: [{ in: 'header', pointer: 'If-Match', detail: 'is missing' }],
    });
  }
  if (header.trim() === '*') return null;
  const version = /^"(\d{1,15})(?:\.\d+)?"$/.exec(header.trim())?.[1];
  if (version !== undefined) return Number(version);
  throw new Problem({
    slug: 'precondition-failed',
    detail: 'If-Match holds no ETag of a stock level.',
    errors: [{ in: 'header', pointer: 'If-Match', detail: 'must be one strong ETag as answered to a read' }],
  });
}
