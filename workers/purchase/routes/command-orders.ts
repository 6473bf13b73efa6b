import { createRoute, z } from '@hono/zod-openapi';
import {
  type OrderBatch,
  orderBatchSchema,
  resolveOrdersSchema,
  retryOrdersSchema,
} from '#shared/contracts/http/order-batches.ts';
import type { App, AppEnv } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor } from '#shared/http/cursor.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { PROBLEMS } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339, systemClock } from '#shared/time/time.ts';
import type { Context } from 'hono';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import {
  type BatchCommand,
  commandOrders,
  type Outcome,
  type Selection,
  type Wish,
} from '../usecases/command-orders.ts';

const headers = z.object({
  'idempotency-key': idempotencyKey('Same key and body: the same orders, each asked once, for 24 hours'),
});
const positionSchema = z.strictObject({ createdAt: z.iso.datetime(), id: idSchema('order') });
const MANY = {
  200: json(
    'What became of each; `Idempotent-Replayed: true` marks a key that was sent before',
    orderBatchSchema,
  ),
  ...problems(
    'malformed-request',
    'invalid-cursor',
    'unauthenticated',
    'forbidden',
    'body-too-large',
    'unsupported-media-type',
    'validation-failed',
    'idempotency-key-reused',
  ),
};
const ONE_BY_ONE =
  'At most 100 orders, by id or by the cause for which they wait. Each is asked once for the key and answers for itself. A filter goes on with `cursor` = `next` under a new key.';

const retryRoute = createRoute({
  method: 'post',
  path: '/v1/orders/retries',
  operationId: 'retryOrders',
  tags: ['Orders'],
  summary: 'Give many orders in `needs_operator` another round',
  description: ONE_BY_ONE,
  ...authorised('orders.operate'),
  request: {
    headers,
    body: { required: true, content: { 'application/json': { schema: retryOrdersSchema } } },
  },
  responses: MANY,
});

const resolveRoute = createRoute({
  method: 'post',
  path: '/v1/orders/resolutions',
  operationId: 'resolveOrders',
  tags: ['Orders'],
  summary: 'End many orders in `needs_operator` by hand, for one reason',
  description: `${ONE_BY_ONE} One whose money, deliveries and stock would not fit refuses: look at it and confirm what is shown with \`resolveOrder\`.`,
  ...authorised('orders.resolve'),
  request: {
    headers,
    body: { required: true, content: { 'application/json': { schema: resolveOrdersSchema } } },
  },
  responses: { ...MANY, ...problems('unauthenticated', 'step-up-required') },
});

export function commandOrdersRoutes(app: App<Env>): void {
  app.openapi(retryRoute, async (c) => {
    const selection = selectionOf(c.req.valid('json'));
    return told(c, { key: c.req.valid('header')['idempotency-key'], selection, wish: { do: 'retry' } });
  });
  app.openapi(resolveRoute, async (c) => {
    const { as, reason, ...rest } = c.req.valid('json');
    const wish: Wish = { do: 'resolve', as, text: reason };
    return told(c, { key: c.req.valid('header')['idempotency-key'], selection: selectionOf(rest), wish });
  });
}

const utc = (time: string | undefined): string | null =>
  time === undefined ? null : rfc3339(Date.parse(time));

function selectionOf(body: z.infer<typeof retryOrdersSchema>): Selection {
  const { orderIds, attention = 'any', createdFrom, createdBefore, limit, cursor } = body;
  if (orderIds !== undefined) return { orderIds };
  return {
    attention,
    createdFrom: utc(createdFrom),
    createdBefore: utc(createdBefore),
    before: cursor === undefined ? null : decodeCursor(positionSchema, cursor),
    limit,
  };
}

async function told(c: Context<AppEnv<Env>>, command: Omit<BatchCommand, 'actorId'>) {
  const asked = { ...command, actorId: c.get('actor').userId };
  const done = await commandOrders(ports(c.env), { requestId: c.get('requestId') }, asked, systemClock.now());
  if (!done.ok) throw toProblem(done.error);
  const { outcomes, next, replayed } = done.value;
  if (replayed) c.header('idempotent-replayed', 'true');
  const items = outcomes.map(({ orderId, outcome }) => ({ orderId, ...itemOf(outcome) }));
  return c.json({ items, next: next === null ? null : encodeCursor(next) }, 200);
}

type Item = Omit<OrderBatch['items'][number], 'orderId'>;

function itemOf(outcome: Outcome): Item {
  if (outcome === null) return { outcome: 'unanswered', state: null, problem: null };
  if (outcome.ok) {
    const { order, replayed } = outcome.value;
    return { outcome: replayed ? 'replayed' : 'done', state: order.state, problem: null };
  }
  const { slug, detail } = toProblem(outcome.error).details;
  const { title, status } = PROBLEMS[slug];
  return {
    outcome: 'refused',
    state: null,
    problem: { type: `/problems/${slug}`, title, status, detail },
  };
}
