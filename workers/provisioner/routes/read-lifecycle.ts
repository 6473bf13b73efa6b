import { createRoute, z } from '@hono/zod-openapi';
import {
  lifecycleOperationSchema,
  lifecyclePageSchema,
  type LifecycleState,
} from '#shared/contracts/http/lifecycle.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { listOperations, readOperation } from '../usecases/lifecycle/view.ts';
import { askerOf } from './lifecycle-asker.ts';
import { CONNECTION_MS, toldEvents } from './told-events.ts';

const reading = authorised('instances.read', 'instances.read_all');
const WHO = { own: 'instances.read', all: 'instances.read_all' } as const;
const one = z.object({ id: idSchema('instance'), operationId: idSchema('lifecycleOperation') });
const REFUSED = ['unauthenticated', 'forbidden', 'not-found', 'validation-failed'] as const;

const listRoute = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/operations',
  operationId: 'listInstanceOperations',
  tags: ['Instances'],
  summary: 'What was asked of a product since it was made, newest first',
  ...reading,
  request: { params: z.object({ id: idSchema('instance') }), query: pageQuerySchema },
  responses: {
    200: json('A page of operations', lifecyclePageSchema),
    ...problems('invalid-cursor', ...REFUSED),
  },
});
const readRoute = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/operations/{operationId}',
  operationId: 'getInstanceOperation',
  tags: ['Instances'],
  summary: 'How one operation stands, step by step, and how long it should take',
  ...reading,
  request: { params: one },
  responses: { 200: json('As it is now', lifecycleOperationSchema), ...problems(...REFUSED) },
});
const followRoute = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/operations/{operationId}/events',
  operationId: 'followInstanceOperation',
  tags: ['Instances'],
  summary: 'The same as it changes, by Server-Sent Events',
  description:
    'Each event `operation` holds the whole of it as JSON; `end` closes the stream when nothing more happens by itself. A connection lasts ten minutes at most.',
  ...reading,
  request: { params: one },
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    ...problems(...REFUSED, 'rate-limited'),
  },
});

/** Nothing changes by itself for now. */
const AT_REST = new Set<LifecycleState>([
  'scheduled',
  'offered',
  'grace',
  'done',
  'failed',
  'called_off',
  'undone',
]);
const positionSchema = z.strictObject({ sequence: z.int() });

export function readLifecycleRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const before =
      cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(positionSchema, cursor).sequence;
    const asker = askerOf(c.get('actor'), WHO);
    const { id } = c.req.valid('param');
    const found = await listOperations(portsOf(c.env), asker, id, { before, limit: limit + 1 });
    if (!found.ok) throw toProblem(found.error);
    const shown = found.value.slice(0, limit);
    const last = shown.at(-1);
    const next =
      last !== undefined && found.value.length > limit ? encodeCursor({ sequence: last.sequence }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: shown.map(({ operation }) => operation), next }, 200);
  });

  app.openapi(readRoute, async (c) => {
    const { id, operationId } = c.req.valid('param');
    const read = await readOperation(portsOf(c.env), askerOf(c.get('actor'), WHO), id, operationId);
    if (!read.ok) throw toProblem(read.error);
    c.header('cache-control', 'private, no-store');
    return c.json(read.value, 200);
  });

  app.openapi(followRoute, async (c) => {
    const { id, operationId } = c.req.valid('param');
    const actor = c.get('actor');
    const [ports, asker] = [portsOf(c.env), askerOf(actor, WHO)];
    const first = await readOperation(ports, asker, id, operationId);
    if (!first.ok) throw toProblem(first.error);
    return toldEvents({
      userId: actor.userId,
      event: 'operation',
      first: first.value,
      look: async () => {
        const found = await readOperation(ports, asker, id, operationId);
        return found.ok ? found.value : null;
      },
      isAtRest: ({ state }) => AT_REST.has(state),
      until: Math.min(Date.now() + CONNECTION_MS, actor.expiresAt * SECOND_MS),
      requestId: c.get('requestId'),
    });
  });
}
