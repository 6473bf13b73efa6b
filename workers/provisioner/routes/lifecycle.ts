import { createRoute, z } from '@hono/zod-openapi';
import {
  acceptTransferSchema,
  lifecycleOperationSchema,
  lifecycleRequestSchema,
} from '#shared/contracts/http/lifecycle.ts';
import { authorised } from '#shared/http/authorised.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { askOperation } from '../usecases/lifecycle/ask.ts';
import { callOff } from '../usecases/lifecycle/call-off.ts';
import { acceptTransfer } from '../usecases/lifecycle/transfer.ts';
import { readOperation } from '../usecases/lifecycle/view.ts';
import { askerOf } from './lifecycle-asker.ts';

const managed = authorised('instances.manage', 'instances.operate');
const WHO = { own: 'instances.manage', all: 'instances.operate' } as const;
const REFUSED = [
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
] as const;

const askRoute = createRoute({
  method: 'post',
  path: '/v1/instances/{id}/operations',
  operationId: 'askInstanceOperation',
  tags: ['Instances'],
  summary: 'Suspend, resume, configure, renew, hand on or end a product, or renew its credentials',
  description:
    'Now, or at a time to come. One operation is at work on an instance at a time, and one of a kind waits for its time. Only staff renew.',
  ...managed,
  request: {
    params: z.object({ id: idSchema('instance') }),
    headers: z.object({ 'idempotency-key': idempotencyKey('Same key and body: the same operation') }),
    body: { required: true, content: { 'application/json': { schema: lifecycleRequestSchema } } },
  },
  responses: {
    202: json('The operation as it is now', lifecycleOperationSchema),
    ...problems(...REFUSED, 'idempotency-key-reused'),
  },
});

const callOffRoute = createRoute({
  method: 'post',
  path: '/v1/instances/{id}/operations/{operationId}/call-off',
  operationId: 'callInstanceOperationOff',
  tags: ['Instances'],
  summary: 'Call off what has not begun, an offer, or an end within its grace; safe to repeat',
  ...managed,
  request: {
    params: z.object({ id: idSchema('instance'), operationId: idSchema('lifecycleOperation') }),
  },
  responses: {
    200: json('The operation as it is now', lifecycleOperationSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'conflict', 'validation-failed'),
  },
});

const acceptRoute = createRoute({
  method: 'post',
  path: '/v1/instance-transfers',
  operationId: 'acceptInstanceTransfer',
  tags: ['Instances'],
  summary: 'Accept a product somebody hands on, by the code they gave; safe to repeat',
  description: 'It is the receiver’s once its credentials are renewed: then it is among their instances.',
  ...authorised('instances.manage'),
  request: { body: { required: true, content: { 'application/json': { schema: acceptTransferSchema } } } },
  responses: {
    202: json(
      'What is handed on',
      z
        .strictObject({ instanceId: idSchema('instance'), state: lifecycleOperationSchema.shape.state })
        .meta({ id: 'AcceptedTransfer' }),
    ),
    ...problems(...REFUSED),
  },
});

export function lifecycleRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(askRoute, async (c) => {
    const ports = portsOf(c.env);
    const asker = askerOf(c.get('actor'), WHO);
    const { id } = c.req.valid('param');
    const asked = await askOperation(ports, asker, id, c.req.valid('json'), {
      key: c.req.valid('header')['idempotency-key'],
      requestId: c.get('requestId'),
    });
    if (!asked.ok) throw toProblem(asked.error);
    const read = await readOperation(ports, asker, id, asked.value.operation.id);
    if (!read.ok) throw toProblem(read.error);
    if (asked.value.replayed) c.header('idempotent-replayed', 'true');
    return c.json(read.value, 202);
  });

  app.openapi(callOffRoute, async (c) => {
    const ports = portsOf(c.env);
    const asker = askerOf(c.get('actor'), WHO);
    const { id: instanceId, operationId: id } = c.req.valid('param');
    const done = await callOff(ports, asker, { instanceId, id, requestId: c.get('requestId') });
    if (!done.ok) throw toProblem(done.error);
    const read = await readOperation(ports, asker, instanceId, id);
    if (!read.ok) throw toProblem(read.error);
    return c.json(read.value, 200);
  });

  app.openapi(acceptRoute, async (c) => {
    const asker = askerOf(c.get('actor'), WHO);
    const { code } = c.req.valid('json');
    const accepted = await acceptTransfer(portsOf(c.env), asker, code, c.get('requestId'));
    if (!accepted.ok) throw toProblem(accepted.error);
    const { instanceId, state } = accepted.value;
    return c.json({ instanceId, state }, 202);
  });
}
