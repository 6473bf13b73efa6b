import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { customerOf } from '#shared/domain/customer.ts';
import { may } from '#shared/auth/permissions.ts';
import { type Progress, progressSchema } from '#shared/contracts/http/provisioning-progress.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { readProgress } from '../usecases/progress.ts';
import { CONNECTION_MS, toldEvents } from './told-events.ts';

const reading = authorised('instances.read', 'instances.read_all');
const params = z.object({ id: idSchema('instance') });
const REFUSED = ['unauthenticated', 'forbidden', 'not-found', 'validation-failed'] as const;

const readRoute = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/progress',
  operationId: 'getInstanceProgress',
  tags: ['Instances'],
  summary: 'How far the making of a product is: each step in words, what is asked, how long it should take',
  ...reading,
  request: { params },
  responses: { 200: json('As it is now', progressSchema), ...problems(...REFUSED) },
});
const followRoute = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/progress/events',
  operationId: 'followInstanceProgress',
  tags: ['Instances'],
  summary: 'The same as it changes, by Server-Sent Events',
  description:
    'Each event `progress` holds the whole of it as JSON. An event `end` closes the stream when nothing more will happen by itself; a connection lasts ten minutes at most: come back, the first event tells how it stands. Of one account at most twenty are open at once.',
  ...reading,
  request: { params },
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    ...problems(...REFUSED, 'rate-limited'),
  },
});

/** Nothing changes by itself any more. */
const AT_REST = new Set<Progress['state']>(['active', 'suspended', 'failed', 'undone']);

export function progressRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(readRoute, async (c) => {
    const actor = c.get('actor');
    const reader = { customerId: customerOf(buyerOf(actor)), readsAll: may(actor, 'instances.read_all') };
    const progress = await readProgress(portsOf(c.env), reader, c.req.valid('param').id);
    if (!progress.ok) throw toProblem(progress.error);
    c.header('cache-control', 'private, no-store');
    return c.json(progress.value, 200);
  });

  app.openapi(followRoute, async (c) => {
    const actor = c.get('actor');
    const reader = { customerId: customerOf(buyerOf(actor)), readsAll: may(actor, 'instances.read_all') };
    const ports = portsOf(c.env);
    const { id } = c.req.valid('param');
    const first = await readProgress(ports, reader, id);
    if (!first.ok) throw toProblem(first.error);
    const until = Math.min(Date.now() + CONNECTION_MS, actor.expiresAt * SECOND_MS);
    const look = async () => {
      const found = await readProgress(ports, reader, id);
      return found.ok ? found.value : null;
    };
    return toldEvents({
      userId: actor.userId,
      event: 'progress',
      first: first.value,
      look,
      isAtRest: ({ state }) => AT_REST.has(state),
      until,
      requestId: c.get('requestId'),
    });
  });
}
