import { createRoute, z } from '@hono/zod-openapi';
import { bulkEditSchema } from '#shared/contracts/http/bulk-edits.ts';
import { catalogueJobSchema } from '#shared/contracts/http/catalogue-jobs.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { toProblem } from '../problem.ts';
import { startBulkEdit, undoBulkEdit } from '../usecases/jobs/start-bulk-edit.ts';
import { ports } from './context.ts';
import { answerStarted, askedBy, startHeaders } from './started-job.ts';

const STARTED = {
  200: json('The job, ended within the time the caller would wait', catalogueJobSchema),
  202: json('The job, under way', catalogueJobSchema),
};

const edit = createRoute({
  method: 'post',
  path: '/v1/products/bulk',
  operationId: 'bulkEditProducts',
  tags: ['Catalogue'],
  summary: 'Does the same to many products, as a job; with `dryRun` it only says what would change',
  description:
    'Which products it is about is noted first. Each is edited as it is when its turn comes, whole or not at all, by the rules of `PUT`.',
  ...authorised('products.write'),
  request: {
    headers: startHeaders,
    body: { required: true, content: { 'application/json': { schema: bulkEditSchema } } },
  },
  responses: {
    ...STARTED,
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

const undo = createRoute({
  method: 'post',
  path: '/v1/catalogue-jobs/{id}/undo',
  operationId: 'undoBulkEdit',
  tags: ['Catalogue'],
  summary: 'Gives each product that a bulk edit changed its version before, unless it was changed since',
  ...authorised('products.write'),
  request: { params: z.object({ id: idSchema('catalogueJob') }), headers: startHeaders },
  responses: {
    ...STARTED,
    ...problems(
      'unauthenticated',
      'forbidden',
      'not-found',
      'conflict',
      'idempotency-key-reused',
      'validation-failed',
    ),
  },
});

export function bulkEditRoutes(app: App<Env>): void {
  app.openapi(edit, async (c) => {
    const { dryRun, ...options } = c.req.valid('json');
    const asked = askedBy(c.get('actor'), c.req.valid('header'));
    const started = await startBulkEdit(ports(c), asked, { options, dryRun });
    if (!started.ok) throw toProblem(started.error);
    return answerStarted(c, started.value.job, started.value.isRepeated);
  });
  app.openapi(undo, async (c) => {
    const asked = askedBy(c.get('actor'), c.req.valid('header'));
    const started = await undoBulkEdit(ports(c), asked, c.req.valid('param').id);
    if (!started.ok) throw toProblem(started.error);
    return answerStarted(c, started.value.job, started.value.isRepeated);
  });
}
