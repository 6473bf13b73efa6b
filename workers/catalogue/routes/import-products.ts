import { createRoute, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { type ImportFormat, importFormatSchema, importReportSchema } from '#shared/contracts/http/imports.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { currencySchema } from '#shared/money/money.ts';
import type { Env } from '../env.ts';
import { IMPORT_BYTES_MAX } from '../limits.ts';
import { toProblem } from '../problem.ts';
import { importCatalogue } from '../usecases/import-catalogue.ts';
import { performOwed, ports } from './context.ts';

const FORMATS: Record<string, ImportFormat> = { 'text/csv': 'shopify', 'application/x-ndjson': 'jsonl' };

const permission = authorised('products.write');
const route = createRoute({
  method: 'post',
  path: '/v1/imports',
  operationId: 'importProducts',
  tags: ['Catalogue'],
  summary: 'Imports products from a Shopify product file (CSV) or our own format (a product a line)',
  description:
    'At most 10 MiB and 2,000 rows. Products are written whole or refused with row and reason; the same file twice changes nothing.',
  ...permission,
  middleware: [
    permission.middleware,
    bodyLimit({
      maxSize: IMPORT_BYTES_MAX,
      onError: () => {
        throw new Problem({ slug: 'body-too-large', detail: `At most ${IMPORT_BYTES_MAX} bytes.` });
      },
    }),
  ] as const,
  request: {
    query: z.strictObject({
      format: z.enum(['auto', ...importFormatSchema.options]).default('auto'),
      currency: currencySchema
        .default('EUR')
        .openapi({ description: 'Of the amounts in a CSV file, which names none' }),
      dryRun: z.stringbool().default(false).openapi({ type: 'boolean' }),
    }),
    body: {
      required: true,
      content: {
        'text/csv': { schema: z.string() },
        'application/x-ndjson': { schema: z.string() },
      },
    },
  },
  responses: {
    200: json('What became of each product', importReportSchema),
    ...problems(
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function importProductsRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { format, currency, dryRun } = c.req.valid('query');
    const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    const byType = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
    const chosen = format === 'auto' ? byType : format;
    if (byType === undefined || chosen === undefined) {
      throw new Problem({
        slug: 'unsupported-media-type',
        detail: 'Send text/csv (a Shopify product file) or application/x-ndjson (a product a line).',
      });
    }
    const file = new Uint8Array(await c.req.arrayBuffer());
    const outcome = await importCatalogue(ports(c), { file, format: chosen, currency, dryRun });
    if (!outcome.ok) throw toProblem({ code: 'unreadable_file', faults: outcome.error });
    if (!dryRun) await performOwed(c);
    return c.json(outcome.value, 200);
  });
}
