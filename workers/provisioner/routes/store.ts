import { createRoute, z } from '@hono/zod-openapi';
import {
  addDatabaseSchema,
  shardMoveSchema,
  startMoveInputSchema,
  storeSchema,
} from '#shared/contracts/http/store.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { addDatabase, cancelMove, listMoves, readMove, readStore, startMove } from '../usecases/store.ts';

const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const WRITE = ['malformed-request', 'body-too-large', 'unsupported-media-type', ...REFUSED] as const;
const PATH = '/v1/provisioning/store';
const common = { tags: ['Provisioning'], ...authorised('provisioning.operate') };
const params = z.object({ id: idSchema('shardMove') });
const positionSchema = z.strictObject({ id: z.string().max(100) });
const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true as const,
  content: { 'application/json': { schema } },
});

const readRoute = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'getProductStore',
  summary: 'The databases that hold what customers own, and which logical shards lie in each',
  ...common,
  responses: { 200: json('All of them', storeSchema), ...problems(...REFUSED) },
});
const addRoute = createRoute({
  method: 'post',
  path: `${PATH}/databases`,
  operationId: 'addStoreDatabase',
  summary: 'Take a further database in, empty: from then on shards may be moved to it',
  ...common,
  request: { body: body(addDatabaseSchema) },
  responses: {
    200: json('It is in, now or since before', storeSchema),
    ...problems('not-found', 'conflict', ...WRITE),
  },
});
const startRoute = createRoute({
  method: 'post',
  path: `${PATH}/moves`,
  operationId: 'startShardMove',
  summary: 'Move a logical shard to another database, while it is read and written',
  description:
    'One move runs at a time, others wait. At its end writes are refused for moments, with `Retry-After`.',
  ...common,
  request: { body: body(startMoveInputSchema) },
  responses: {
    202: json('It will be moved: see its `step`', shardMoveSchema),
    ...problems('not-found', 'conflict', ...WRITE),
  },
});
const listRoute = createRoute({
  method: 'get',
  path: `${PATH}/moves`,
  operationId: 'listShardMoves',
  summary: 'Moves of shards, newest first',
  ...common,
  request: { query: pageQuerySchema },
  responses: {
    200: json(
      'A page of moves',
      z
        .strictObject({ items: z.array(shardMoveSchema), next: z.string().nullable() })
        .meta({ id: 'ShardMovePage' }),
    ),
    ...problems('invalid-cursor', ...REFUSED),
  },
});
const readMoveRoute = createRoute({
  method: 'get',
  path: `${PATH}/moves/{id}`,
  operationId: 'getShardMove',
  summary: 'How far a move is',
  ...common,
  request: { params },
  responses: { 200: json('The move', shardMoveSchema), ...problems('not-found', ...REFUSED) },
});
const cancelRoute = createRoute({
  method: 'post',
  path: `${PATH}/moves/{id}/cancel`,
  operationId: 'cancelShardMove',
  summary: 'Leave a shard where it is; after the switch this changes nothing',
  ...common,
  request: { params },
  responses: {
    202: json('The move: it ends as `cancelled`, or as `done` when it was past the switch', shardMoveSchema),
    ...problems('not-found', ...REFUSED),
  },
});

export function storeRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(readRoute, async (c) => c.json(await readStore(portsOf(c.env)), 200));
  app.openapi(addRoute, async (c) => {
    const added = await addDatabase(portsOf(c.env), c.req.valid('json').name, c.get('actor').userId);
    if (!added.ok) throw toProblem(added.error);
    return c.json(added.value, 200);
  });
  app.openapi(startRoute, async (c) => {
    const move = await startMove(portsOf(c.env), { ...c.req.valid('json'), by: c.get('actor').userId });
    if (!move.ok) throw toProblem(move.error);
    return c.json(move.value, 202);
  });
  app.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const before = cursor === undefined ? null : decodeCursor(positionSchema, cursor).id;
    const found = await listMoves(portsOf(c.env), before, limit + 1);
    const items = found.slice(0, limit);
    const next = found.length > limit ? encodeCursor({ id: items.at(-1)?.id ?? '' }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
  app.openapi(readMoveRoute, async (c) => {
    const move = await readMove(portsOf(c.env), c.req.valid('param').id);
    if (!move.ok) throw toProblem(move.error);
    return c.json(move.value, 200);
  });
  app.openapi(cancelRoute, async (c) => {
    const move = await cancelMove(portsOf(c.env), c.req.valid('param').id);
    if (!move.ok) throw toProblem(move.error);
    return c.json(move.value, 202);
  });
}
