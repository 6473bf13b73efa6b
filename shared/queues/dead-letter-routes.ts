import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { systemClock } from '#shared/time/time.ts';
import { deadLetterSchema, listDeadLetters, replayDeadLetter } from './dead-letters.ts';

export interface DeadLetterRoutesOptions<Bindings extends object> {
  /** Path segment of the consuming worker: `/v1/dead-letters/<worker>`. */
  worker: 'catalogue' | 'payments' | 'purchase' | 'provisioner';
  /** The database that holds the worker's `dead_letters` table. */
  database: (env: Bindings) => D1Database;
  /** Producer of each queue the worker consumes, by the queue's name: where a message is sent again. */
  queues: (env: Bindings) => Record<string, Queue>;
}

const positionSchema = z.strictObject({ receivedAt: z.string(), id: z.string() });
const querySchema = pageQuerySchema.extend({
  /** `true` lists what was already sent again. */
  replayed: z.stringbool().default(false),
});
const pageSchema = z
  .strictObject({ items: z.array(deadLetterSchema), next: z.string().nullable() })
  .meta({ id: 'DeadLetterPage' });
const replaySchema = z
  .strictObject({ id: z.string(), replayed: z.literal(true) })
  .meta({ id: 'DeadLetterReplay' });

/**
 * Adds `GET /v1/dead-letters/<worker>` and `POST /v1/dead-letters/<worker>/{id}/replay` to a worker's application.
 *
 * @example deadLetterRoutes(app, { worker: 'purchase', database: (env) => env.ORDERS_DB, queues: (env) => ({ 'payment-events': env.PAYMENT_EVENTS }) })
 */
export function deadLetterRoutes<Bindings extends object>(
  app: App<Bindings>,
  options: DeadLetterRoutesOptions<Bindings>,
): void {
  const { list, replay } = routesOf(options.worker);

  app.openapi(list, async (c) => {
    const query = c.req.valid('query');
    const items = await listDeadLetters(options.database(c.env), {
      after: query.cursor === undefined ? null : decodeCursor(positionSchema, query.cursor),
      limit: query.limit + 1,
      replayed: query.replayed,
    });
    const page = items.slice(0, query.limit);
    const last = page.at(-1);
    const next =
      last !== undefined && items.length > query.limit
        ? encodeCursor({ receivedAt: last.receivedAt, id: last.id })
        : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page, next }, 200);
  });

  app.openapi(replay, async (c) => {
    const { id } = c.req.valid('param');

    const outcome = await replayDeadLetter(
      options.database(c.env),
      options.queues(c.env),
      id,
      systemClock.now(),
    );
    switch (outcome) {
      case 'unknown':
        throw new Problem({ slug: 'not-found', detail: `No dead letter ${id}.` });
      case 'no_queue':
        throw new Problem({ slug: 'conflict', detail: 'Its queue does not exist any more.' });
      case 'replayed':
        return c.json({ id, replayed: true as const }, 202);
    }
  });
}

function routesOf(worker: DeadLetterRoutesOptions<object>['worker']) {
  const name = `${worker.slice(0, 1).toUpperCase()}${worker.slice(1)}`;
  const list = createRoute({
    method: 'get',
    path: `/v1/dead-letters/${worker}`,
    operationId: `list${name}DeadLetters`,
    tags: ['Operations'],
    summary: `Messages the ${worker} worker could not process, oldest first`,
    ...authorised('dead_letters.read'),
    request: { query: querySchema },
    responses: {
      200: json('A page of dead letters', pageSchema),
      ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
    },
  });
  const replay = createRoute({
    method: 'post',
    path: `/v1/dead-letters/${worker}/{id}/replay`,
    operationId: `replay${name}DeadLetter`,
    tags: ['Operations'],
    summary: 'Send such a message to its queue again; safe to repeat',
    ...authorised('dead_letters.replay'),
    request: { params: z.object({ id: z.string().regex(/^dl_[\w-]{1,200}$/) }) },
    responses: {
      202: json('It was sent again', replaySchema),
      ...problems('unauthenticated', 'forbidden', 'not-found', 'conflict', 'validation-failed'),
    },
  });
  return { list, replay };
}
