import { createRoute, z } from '@hono/zod-openapi';
import type { Actor } from '#shared/auth/access-token.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { MINUTE_MS, SECOND_MS, systemClock } from '#shared/time/time.ts';
import { eventStream } from './event-stream.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { followOrder } from '../usecases/follow-order.ts';
import { readerOf } from './asker.ts';

/** Longest life of one connection; the client goes on with another. A session that ends sooner ends it sooner. */
const CONNECTION_MS = 10 * MINUTE_MS;
/** The subprotocol an upgrade agrees on, when the client named any (RFC 6455 §4.2.2). */
const PROTOCOL = 'tradepost.v1';

const sequenceSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const route = createRoute({
  method: 'get',
  path: '/v1/orders/{id}/events',
  operationId: 'followOrder',
  tags: ['Orders'],
  summary: 'The timeline as it grows, by Server-Sent Events or WebSocket',
  description: [
    'Without `Upgrade` a stream of Server-Sent Events: `id` is the sequence number, `data` a TimelineEntry; an event',
    '`end` closes it when the order has ended (with `beyondEnd` it is told, and the stream goes on). With `Upgrade: websocket` the same as messages `{"type":"entry",',
    '"entry":…}` and `{"type":"end","state":…,"after":…}`; send `ping` to be answered `pong`, nothing else. Browsers name',
    'the subprotocols `tradepost.v1` and `bearer.<access token>`, other clients send `Authorization`. A connection lasts',
    'ten minutes at most and no longer than the token (close code 4001): come back with `Last-Event-ID` or `after`, and',
    'nothing is lost or repeated. 204 means that the order has ended and you have everything.',
  ].join(' '),
  ...authorised('orders.read', 'orders.read_all'),
  request: {
    params: z.object({ id: idSchema('order') }),
    query: z.object({
      after: sequenceSchema.default(0).openapi({ description: 'Last sequence number received' }),
      beyondEnd: z
        .enum(['true', 'false'])
        .default('false')
        .openapi({ description: 'Stay connected when the order ends: refunds and returns are told of too' }),
    }),
    headers: z.object({
      'last-event-id': sequenceSchema.optional().openapi({ description: 'The same; goes before `after`' }),
      upgrade: z.string().max(100).optional(),
    }),
  },
  responses: {
    101: { description: 'Messages over a WebSocket' },
    200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    204: { description: 'The order has ended and there is nothing after `after`' },
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed', 'rate-limited'),
  },
});

export function followOrderRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    const header = c.req.valid('header');
    const overSocket = header.upgrade?.toLowerCase() === 'websocket';
    const { issue } = c.get('actor');
    const until = connectionEnd(c.get('actor'));
    const followed = await followOrder(ports(c.env), readerOf(c.get('actor')), {
      orderId: id,
      after: header['last-event-id'] ?? c.req.valid('query').after,
      until,
      issue: { subjects: [...issue.subjects], at: issue.at },
      refuseEnded: !overSocket,
      beyondEnd: c.req.valid('query').beyondEnd === 'true',
    });
    if (!followed.ok) throw toProblem(followed.error);
    const socket = followed.value;
    if (socket === null) return c.body(null, 204);
    if (overSocket) {
      const named = c.req.header('sec-websocket-protocol') !== undefined;
      const headers = named ? { 'sec-websocket-protocol': PROTOCOL } : {};
      return new Response(null, { status: 101, webSocket: socket, headers });
    }
    return new Response(eventStream(socket, until - systemClock.now()), {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      },
    });
  });
}

const connectionEnd = (actor: Actor): number =>
  Math.min(systemClock.now() + CONNECTION_MS, actor.expiresAt * SECOND_MS);
