import { createRoute, z } from '@hono/zod-openapi';
import { catalogueJobSchema } from '#shared/contracts/http/catalogue-jobs.ts';
import { exportOptionsSchema } from '#shared/contracts/http/exports.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { toProblem } from '../problem.ts';
import { openFile, startExport } from '../usecases/jobs/start-export.ts';
import { ports } from './context.ts';
import { answerStarted, askedBy, startHeaders } from './started-job.ts';

const begin = createRoute({
  method: 'post',
  path: '/v1/exports',
  operationId: 'exportProducts',
  tags: ['Catalogue'],
  summary: 'Writes products to a file: Shopify’s format (CSV) or our own (a product a line)',
  description:
    'A job; what it wrote is read at `/v1/catalogue-jobs/{id}/file`. Imported again it changes nothing.',
  ...authorised('products.write'),
  request: {
    headers: startHeaders,
    body: { required: true, content: { 'application/json': { schema: exportOptionsSchema } } },
  },
  responses: {
    200: json('The job, ended within the time the caller would wait', catalogueJobSchema),
    202: json('The job, under way', catalogueJobSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'idempotency-key-reused',
      'validation-failed',
    ),
  },
});

const download = createRoute({
  method: 'get',
  path: '/v1/catalogue-jobs/{id}/file',
  operationId: 'downloadCatalogueJobFile',
  tags: ['Catalogue'],
  summary: 'The file an export has written',
  ...authorised('products.write'),
  request: { params: z.object({ id: idSchema('catalogueJob') }) },
  responses: {
    200: {
      description: 'The file',
      content: { 'text/csv': { schema: z.string() }, 'application/x-ndjson': { schema: z.string() } },
    },
    ...problems('unauthenticated', 'forbidden', 'not-found', 'conflict', 'validation-failed'),
  },
});

export function exportRoutes(app: App<Env>): void {
  app.openapi(begin, async (c) => {
    const asked = askedBy(c.get('actor'), c.req.valid('header'));
    const started = await startExport(ports(c), asked, c.req.valid('json'));
    if (!started.ok) throw toProblem(started.error);
    return answerStarted(c, started.value.job, started.value.isRepeated);
  });
  app.openapi(download, async (c) => {
    const { id } = c.req.valid('param');
    const file = await openFile(ports(c), id);
    if (!file.ok) throw toProblem(file.error);
    const isCsv = file.value.format === 'shopify';
    return new Response(file.value.body, {
      headers: {
        'content-type': isCsv ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson',
        'content-disposition': `attachment; filename="${id}.${isCsv ? 'csv' : 'jsonl'}"`,
        'cache-control': 'no-store',
      },
    });
  });
}
