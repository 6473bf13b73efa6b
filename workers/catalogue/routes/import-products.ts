import { createRoute, z } from '@hono/zod-openapi';
import { catalogueJobSchema } from '#shared/contracts/http/catalogue-jobs.ts';
import {
  type ImportFormat,
  importFormatSchema,
  importModeSchema,
  importOptionsSchema,
  importSourceSchema,
} from '#shared/contracts/http/imports.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { toProblem } from '../problem.ts';
import { startImport } from '../usecases/jobs/start-import.ts';
import { ports, type RouteContext } from './context.ts';
import { answerStarted, preferHeader } from './started-job.ts';

const FORMATS: Record<string, ImportFormat> = { 'text/csv': 'shopify', 'application/x-ndjson': 'jsonl' };
const percent = z.coerce.number().int().min(0).max(100);

const route = createRoute({
  method: 'post',
  path: '/v1/imports',
  operationId: 'importProducts',
  tags: ['Catalogue'],
  summary: 'Imports products from a Shopify product file (CSV) or our own format (a product a line)',
  description:
    'Takes the file as it comes, at most 1 GiB, `Content-Encoding: gzip` understood, and makes a job of it. Products are written whole or refused with row and reason; the same file twice changes nothing. The same file sent again while its job runs answers that job.',
  ...authorised('products.write'),
  request: {
    headers: z.object(preferHeader),
    query: z.strictObject({
      format: z.enum(['auto', ...importFormatSchema.options]).default('auto'),
      currency: importOptionsSchema.shape.currency
        .default('EUR')
        .openapi({ description: 'Of the amounts in a CSV file, which names none' }),
      mode: importModeSchema.default('upsert'),
      source: importSourceSchema.default('default').openapi({
        description: 'Whose products the file states; one import of a source runs at a time',
      }),
      dryRun: z.stringbool().default(false).openapi({ type: 'boolean' }),
      onError: importOptionsSchema.shape.onError.default('skip'),
      refusedMaxPercent: percent
        .optional()
        .openapi({ description: 'Stops when more of at least 100 products were refused' }),
      archiveMaxPercent: percent
        .default(10)
        .openapi({ description: 'A `sync` that would archive more of the source’s products asks first' }),
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
    200: json('The job, ended within the time the caller would wait', catalogueJobSchema),
    202: json('The job, under way', catalogueJobSchema),
    ...problems(
      'unauthenticated',
      'forbidden',
      'conflict',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function importProductsRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { format, source, dryRun, refusedMaxPercent = null, ...options } = c.req.valid('query');
    const started = await startImport(ports(c), {
      body: bodyOf(c),
      source,
      dryRun,
      options: { ...options, refusedMaxPercent, format: formatOf(c, format) },
      createdBy: c.get('actor').userId,
    });
    if (!started.ok) throw toProblem(started.error);
    return answerStarted(c, started.value.job, started.value.isRepeated);
  });
}

function formatOf(c: RouteContext, wanted: ImportFormat | 'auto'): ImportFormat {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const byType = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  if (byType !== undefined) return wanted === 'auto' ? byType : wanted;
  throw new Problem({
    slug: 'unsupported-media-type',
    detail: 'Send text/csv (a Shopify product file) or application/x-ndjson (a product a line).',
  });
}

const empty = (): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });

/** The body as it comes, unpacked. */
function bodyOf(c: RouteContext): ReadableStream<Uint8Array> {
  const body = (c.req.raw.body as ReadableStream<Uint8Array> | null) ?? empty();
  const coding = c.req.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity') return body;
  if (coding === 'gzip') return body.pipeThrough(new DecompressionStream('gzip'));
  throw new Problem({ slug: 'unsupported-media-type', detail: 'Content-Encoding may be gzip.' });
}
