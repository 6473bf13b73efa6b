import { createRoute, z } from '@hono/zod-openapi';
import {
  catalogueJobItemPageSchema,
  catalogueJobPageSchema,
  catalogueJobSchema,
  jobKindSchema,
  jobResultSchema,
} from '#shared/contracts/http/catalogue-jobs.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { itemView, jobView } from '../domain/job-view.ts';
import type { Env } from '../env.ts';
import { toProblem } from '../problem.ts';
import { controlJob, type JobMove } from '../usecases/jobs/control-job.ts';
import { ports } from './context.ts';
import { jobReportRoute } from './job-report.ts';

const PATH = '/v1/catalogue-jobs';
export const jobParams = z.object({ id: idSchema('catalogueJob') });
const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;

const list = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'listCatalogueJobs',
  tags: ['Catalogue'],
  summary: 'Imports, exports and bulk edits, newest first; kept for 30 days after they ended',
  ...authorised('products.write'),
  request: { query: pageQuerySchema.extend({ kind: jobKindSchema.optional() }) },
  responses: {
    200: json('A page of jobs', catalogueJobPageSchema),
    ...problems('invalid-cursor', ...REFUSED),
  },
});

const read = createRoute({
  method: 'get',
  path: `${PATH}/{id}`,
  operationId: 'getCatalogueJob',
  tags: ['Catalogue'],
  summary: 'How far a job is',
  ...authorised('products.write'),
  request: { params: jobParams },
  responses: { 200: json('The job', catalogueJobSchema), ...problems('not-found', ...REFUSED) },
});

const items = createRoute({
  method: 'get',
  path: `${PATH}/{id}/items`,
  operationId: 'listCatalogueJobItems',
  tags: ['Catalogue'],
  summary: 'What became of each product of a job, in the order of the file; grows while the job runs',
  ...authorised('products.write'),
  request: { params: jobParams, query: pageQuerySchema.extend({ result: jobResultSchema.optional() }) },
  responses: {
    200: json('A page of products', catalogueJobItemPageSchema),
    ...problems('invalid-cursor', 'not-found', ...REFUSED),
  },
});

const SUMMARIES: Record<JobMove, string> = {
  cancel: 'Cancels a job; what it has written stays written. Safe to repeat',
  resume: 'Makes a job that was stopped, failed or cancelled go on from where it stands',
  confirm: 'Lets a synchronisation archive more than it may unasked',
};
const control = (move: JobMove) =>
  createRoute({
    method: 'post',
    path: `${PATH}/{id}/${move}`,
    operationId: `${move}CatalogueJob`,
    tags: ['Catalogue'],
    summary: SUMMARIES[move],
    ...authorised('products.write'),
    request: { params: jobParams },
    responses: {
      200: json('The job', catalogueJobSchema),
      ...problems('not-found', 'conflict', ...REFUSED),
    },
  });

const jobPosition = z.strictObject({ id: idSchema('catalogueJob') });
const itemPosition = z.strictObject({ position: z.int().min(0) });

export function jobRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const { limit, cursor, kind = null } = c.req.valid('query');
    const before = cursor === undefined ? null : decodeCursor(jobPosition, cursor).id;
    const found = await ports(c).jobs.list({ kind, before, limit: limit + 1 });
    const page = found.slice(0, limit);
    const next = found.length > limit ? encodeCursor({ id: page.at(-1)?.id }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.map(jobView), next }, 200);
  });
  app.openapi(read, async (c) => {
    const job = await ports(c).jobs.read(c.req.valid('param').id);
    if (job === null) throw toProblem({ code: 'unknown_job' });
    return c.json(jobView(job), 200);
  });
  app.openapi(items, async (c) => {
    const { limit, cursor, result = null } = c.req.valid('query');
    const { id } = c.req.valid('param');
    if ((await ports(c).jobs.read(id)) === null) throw toProblem({ code: 'unknown_job' });
    const after = cursor === undefined ? 0 : decodeCursor(itemPosition, cursor).position;
    const found = await ports(c).jobs.items({ jobId: id, result, after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const next = found.length > limit ? encodeCursor({ position: page.at(-1)?.position }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.map(itemView), next }, 200);
  });
  for (const move of ['cancel', 'resume', 'confirm'] as const) {
    app.openapi(control(move), async (c) => {
      const moved = await controlJob(ports(c), c.req.valid('param').id, move);
      if (!moved.ok) throw toProblem(moved.error);
      return c.json(jobView(moved.value), 200);
    });
  }
  jobReportRoute(app);
}
