import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ledgerPorts } from '../ports.ts';
import { FINDING_CODES, type Finding } from '../usecases/findings/ports.ts';
import { findingSchema } from './finding-body.ts';

const REASON_MAX = 1_000;
const positionSchema = z.strictObject({ foundAt: z.string(), id: z.string() });

const list = createRoute({
  method: 'get',
  path: '/v1/payment-findings',
  operationId: 'listPaymentFindings',
  tags: ['Payments'],
  summary: 'What a person must look at about payments, newest first',
  ...authorised('payments.reconcile'),
  request: {
    query: pageQuerySchema.extend({
      state: z.enum(['open', 'resolved']).optional(),
      reconciliationId: idSchema('reconciliation').optional(),
    }),
  },
  responses: {
    200: json(
      'A page of findings',
      z
        .strictObject({ items: z.array(findingSchema), next: z.string().nullable() })
        .meta({ id: 'PaymentFindingPage' }),
    ),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

const resolve = createRoute({
  method: 'post',
  path: '/v1/payment-findings/{id}/resolve',
  operationId: 'resolvePaymentFinding',
  tags: ['Payments'],
  summary: 'Close a finding with a reason',
  description:
    'It stays closed until something about the matter changes. Safe to repeat: the first reason stays.',
  ...authorised('payments.reconcile'),
  request: {
    params: z.object({ id: idSchema('finding') }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({ reason: z.string().trim().min(1).max(REASON_MAX) })
            .meta({ id: 'ResolvePaymentFinding' }),
        },
      },
    },
  },
  responses: {
    200: json('The finding as it is now', findingSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'not-found',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function paymentFindings(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const { state, reconciliationId, limit, cursor } = c.req.valid('query');
    const found = await ledgerPorts(c.env).findings.list({
      state: state ?? null,
      reconciliationId: reconciliationId ?? null,
      after: cursor === undefined ? null : decodeCursor(positionSchema, cursor),
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next =
      last !== undefined && found.length > limit
        ? encodeCursor({ foundAt: last.foundAt, id: last.id })
        : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.map(shownFinding), next }, 200);
  });

  app.openapi(resolve, async (c) => {
    const { id } = c.req.valid('param');
    const { reason } = c.req.valid('json');
    const by = c.get('actor').userId;
    const finding = await ledgerPorts(c.env).findings.resolve(id, { by, reason }, systemClock.now());
    if (finding === null) throw new Problem({ slug: 'not-found', detail: `No finding ${id}.` });
    return c.json(shownFinding(finding), 200);
  });
}

export const shownFinding = (finding: Finding): z.infer<typeof findingSchema> => ({
  ...finding,
  title: FINDING_CODES[finding.code],
});
