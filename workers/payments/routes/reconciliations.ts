import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { periodSchema } from '#shared/http/period.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { reconcilePorts } from '../ports.ts';
import { PHASES, type Reconciliation } from '../usecases/reconcile/ports.ts';
import { startReconciliation } from '../usecases/reconcile/reconcile.ts';
import { findingSchema } from './finding-body.ts';
import { shownFinding } from './payment-findings.ts';

const FINDINGS_SHOWN = 100;
const positionSchema = z.strictObject({ startedAt: z.string(), id: z.string() });
const bodySchema = periodSchema.meta({ id: 'StartReconciliation' });

const reconciliationSchema = z
  .strictObject({
    id: idSchema('reconciliation'),
    /** `recent:…` or `daily:…`; null: asked for by a person. */
    slot: z.string().nullable(),
    askedBy: z.string().nullable(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    state: z.enum(['running', 'done', 'failed']),
    phase: z.enum(PHASES),
    counts: z.strictObject({
      events: z.int(),
      eventsRepaired: z.int(),
      payments: z.int(),
      paymentsRegistered: z.int(),
      refunds: z.int(),
      disputes: z.int(),
      ours: z.int(),
      paymentsBooked: z.int(),
      findings: z.int(),
    }),
    /** How often it was interrupted; each time it goes on by itself. */
    failures: z.int(),
    error: z.string().nullable(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({
    id: 'Reconciliation',
    description: 'A comparison of the provider’s payments with ours over a period',
  });

const start = createRoute({
  method: 'post',
  path: '/v1/reconciliations',
  operationId: 'startReconciliation',
  tags: ['Payments'],
  summary:
    'Compare the provider’s payments with ours over a period, and repair what a lost webhook left behind',
  description:
    'Runs in the background; read it by its id. Safe at any time: one after the other is worked on.',
  ...authorised('payments.reconcile'),
  request: { body: { required: true, content: { 'application/json': { schema: bodySchema } } } },
  responses: {
    202: json('It has been started', reconciliationSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/reconciliations',
  operationId: 'listReconciliations',
  tags: ['Payments'],
  summary: 'Reconciliations, newest first',
  ...authorised('payments.reconcile'),
  request: { query: pageQuerySchema },
  responses: {
    200: json(
      'A page of reconciliations',
      z
        .strictObject({ items: z.array(reconciliationSchema), next: z.string().nullable() })
        .meta({ id: 'ReconciliationPage' }),
    ),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

const read = createRoute({
  method: 'get',
  path: '/v1/reconciliations/{id}',
  operationId: 'readReconciliation',
  tags: ['Payments'],
  summary: 'A reconciliation with what it found, at most 100; the rest is in the list of findings',
  ...authorised('payments.reconcile'),
  request: { params: z.object({ id: idSchema('reconciliation') }) },
  responses: {
    200: json(
      'The reconciliation',
      reconciliationSchema
        .extend({ findings: z.array(findingSchema) })
        .meta({ id: 'ReconciliationWithFindings' }),
    ),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function reconciliations(app: App<Env>): void {
  app.openapi(start, async (c) => {
    const { from, to } = c.req.valid('json');
    const run = await startReconciliation(
      reconcilePorts(c.env),
      { slot: null, askedBy: c.get('actor').userId, period: { from: Date.parse(from), to: Date.parse(to) } },
      c.get('requestId'),
    );
    if (run === null) throw new Error('a reconciliation without a slot is always started');
    return c.json(shown(run), 202);
  });

  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? null : decodeCursor(positionSchema, cursor);
    const found = await reconcilePorts(c.env).runs.list({ after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next =
      last !== undefined && found.length > limit
        ? encodeCursor({ startedAt: last.startedAt, id: last.id })
        : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.map(shown), next }, 200);
  });

  app.openapi(read, async (c) => {
    const { id } = c.req.valid('param');
    const { runs, findings } = reconcilePorts(c.env);
    const run = await runs.find(id);
    if (run === null) throw new Problem({ slug: 'not-found', detail: `No reconciliation ${id}.` });
    const found = await findings.list({
      state: null,
      reconciliationId: id,
      after: null,
      limit: FINDINGS_SHOWN,
    });
    return c.json({ ...shown(run), findings: found.map(shownFinding) }, 200);
  });
}

const shown = (run: Reconciliation): z.infer<typeof reconciliationSchema> => ({
  id: run.id,
  slot: run.slot,
  askedBy: run.askedBy,
  from: run.from,
  to: run.to,
  state: run.state,
  phase: run.phase,
  counts: run.counts,
  failures: run.failures,
  error: run.error,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
});
