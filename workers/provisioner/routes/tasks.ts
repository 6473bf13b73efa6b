import { createRoute, z } from '@hono/zod-openapi';
import {
  taskDecisionSchema,
  taskDetailSchema,
  taskKindSchema,
  taskSchema,
  taskStateSchema,
} from '#shared/contracts/http/provisioning-tasks.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { decideTask, listTasks, readTask, taskView } from '../usecases/tasks.ts';

const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const WRITE = ['malformed-request', 'body-too-large', 'unsupported-media-type', ...REFUSED] as const;
const params = z.object({ id: idSchema('task') });
const positionSchema = z.strictObject({ id: z.string().max(100) });

const listRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/tasks',
  operationId: 'listProvisioningTasks',
  tags: ['Provisioning'],
  summary: 'What waits for a person: approvals, answers, steps that failed, what could not be taken back',
  ...authorised('provisioning.read'),
  request: {
    query: pageQuerySchema.extend({
      state: taskStateSchema.default('open'),
      kind: taskKindSchema.optional(),
      connector: z.string().max(40).optional(),
      code: z.string().max(100).optional(),
      instanceId: idSchema('instance').optional(),
    }),
  },
  responses: {
    200: json(
      'A page of tasks',
      z
        .strictObject({ items: z.array(taskSchema), next: z.string().nullable() })
        .meta({ id: 'ProvisioningTaskPage' }),
    ),
    ...problems('invalid-cursor', ...REFUSED),
  },
});
const readRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/tasks/{id}',
  operationId: 'getProvisioningTask',
  tags: ['Provisioning'],
  summary: 'One of them with the inputs of its step, masked, and what can be decided',
  ...authorised('provisioning.read'),
  request: { params },
  responses: { 200: json('The task', taskDetailSchema), ...problems('not-found', ...REFUSED) },
});
const decideRoute = createRoute({
  method: 'post',
  path: '/v1/provisioning/tasks/{id}/decisions',
  operationId: 'decideProvisioningTask',
  tags: ['Provisioning'],
  summary: 'Decide: retry, skip, replace the result, hand over, roll back; approve or refuse; answer',
  description:
    '`retry` goes on from the step. `skip` and `hand_over` first remove what the failed try may have left at the partner. `replace` takes `result` as what the step leaves. `roll_back` undoes the line. Of two decisions the first counts; it is kept in the history of the instance with who and why.',
  ...authorised('provisioning.operate'),
  request: {
    params,
    headers: z.object({
      'idempotency-key': idempotencyKey('Same key: the decision that was made with it, for ever'),
    }),
    body: { required: true, content: { 'application/json': { schema: taskDecisionSchema } } },
  },
  responses: {
    200: json('The task as it is now; `Idempotent-Replayed: true` marks a repeated answer', taskSchema),
    ...problems('not-found', 'conflict', ...WRITE),
  },
});

export function taskRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query');
    const rows = await listTasks(portsOf(c.env), {
      ...filter,
      after: cursor === undefined ? '' : decodeCursor(positionSchema, cursor).id,
      limit: limit + 1,
    });
    const items = rows.slice(0, limit).map(taskView);
    const next = rows.length > limit ? encodeCursor({ id: items.at(-1)?.id ?? '' }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });

  app.openapi(readRoute, async (c) => {
    const task = await readTask(portsOf(c.env), c.req.valid('param').id);
    if (!task.ok) throw toProblem(task.error);
    c.header('cache-control', 'private, no-store');
    return c.json(task.value, 200);
  });

  app.openapi(decideRoute, async (c) => {
    const decided = await decideTask(portsOf(c.env), c.req.valid('param').id, {
      input: c.req.valid('json'),
      key: `${c.get('actor').userId}/${c.req.valid('header')['idempotency-key']}`,
      by: c.get('actor').userId,
      requestId: c.get('requestId'),
    });
    if (!decided.ok) throw toProblem(decided.error);
    if (decided.value.replayed) c.header('idempotent-replayed', 'true');
    return c.json(taskView(decided.value.task), 200);
  });
}
