import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { customerOf } from '#shared/domain/customer.ts';
import { taskSchema } from '#shared/contracts/http/provisioning-tasks.ts';
import { authorised } from '#shared/http/authorised.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { answerTask, taskView } from '../usecases/tasks.ts';

const bodySchema = z
  .strictObject({
    taskId: idSchema('task'),
    /** As the task’s `fields` say. */
    answer: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'InstanceAnswer' });

const route = createRoute({
  method: 'post',
  path: '/v1/instances/{id}/answers',
  operationId: 'answerInstanceTask',
  tags: ['Instances'],
  summary: 'Give what the making of one’s product waits for; see its progress for what is asked',
  ...authorised('instances.read'),
  request: {
    params: z.object({ id: idSchema('instance') }),
    headers: z.object({ 'idempotency-key': idempotencyKey('Same key: the same answer, once') }),
    body: { required: true, content: { 'application/json': { schema: bodySchema } } },
  },
  responses: {
    200: json('The task as it is now', taskSchema),
    ...problems(
      'malformed-request',
      'not-found',
      'conflict',
      'body-too-large',
      'unsupported-media-type',
      'unauthenticated',
      'forbidden',
      'validation-failed',
    ),
  },
});

export function answerTaskRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const { userId } = c.get('actor');
    const { taskId, answer } = c.req.valid('json');
    const answered = await answerTask(
      portsOf(c.env),
      { customerId: customerOf(buyerOf(c.get('actor'))), instanceId: c.req.valid('param').id, taskId },
      {
        input: { decision: 'answer', result: answer },
        key: `${userId}/${c.req.valid('header')['idempotency-key']}`,
        by: userId,
        requestId: c.get('requestId'),
      },
    );
    if (!answered.ok) throw toProblem(answered.error);
    if (answered.value.replayed) c.header('idempotent-replayed', 'true');
    return c.json(taskView(answered.value.task), 200);
  });
}
