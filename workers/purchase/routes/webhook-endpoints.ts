import { createRoute, z } from '@hono/zod-openapi';
import type { EndpointError } from '#objects/webhook-endpoint/face.ts';
import {
  changeWebhookEndpointSchema,
  createWebhookEndpointSchema,
  rotateWebhookKeySchema,
  webhookEndpointPageSchema,
  webhookEndpointSchema,
  webhookEndpointWithSecretSchema,
} from '#shared/contracts/http/webhook-endpoints.ts';
import type { Result } from '#shared/domain/result.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { endpointProblem } from '../endpoint-problem.ts';
import { createEndpoint } from '../usecases/create-endpoint.ts';
import { entityTag, ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';

const tags = ['Webhooks'];
const path = '/v1/webhook-endpoints';
export const endpointParams = z.object({ id: idSchema('webhookEndpoint') });
const ifMatch = z.object(ifMatchHeader('the endpoint'));
const bodyOf = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
});
const READ = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const WRITE = ['malformed-request', ...READ, 'body-too-large', 'unsupported-media-type'] as const;

const list = createRoute({
  method: 'get',
  path,
  operationId: 'listWebhookEndpoints',
  tags,
  summary: 'Webhook endpoints in the order of their creation',
  ...authorised('webhooks.read'),
  request: { query: pageQuerySchema },
  responses: {
    200: json('A page of endpoints', webhookEndpointPageSchema),
    ...problems('invalid-cursor', ...READ),
  },
});

const create = createRoute({
  method: 'post',
  path,
  operationId: 'createWebhookEndpoint',
  tags,
  summary: 'Register a receiver of events; the secret is told once',
  description:
    'Events are signed and sent as Standard Webhooks say. The URL must be https and lead to the public internet. An answer outside 2xx, a redirect too, is tried again: ten times over about three days.',
  ...authorised('webhooks.write'),
  request: {
    headers: z.object({ 'idempotency-key': idempotencyKey() }),
    body: bodyOf(createWebhookEndpointSchema),
  },
  responses: {
    201: json(
      'The endpoint; `Idempotent-Replayed: true` marks a repeated answer, without the secret',
      webhookEndpointWithSecretSchema,
    ),
    ...problems('conflict', 'idempotency-key-reused', 'unavailable', ...WRITE),
  },
});

const read = createRoute({
  method: 'get',
  path: `${path}/{id}`,
  operationId: 'getWebhookEndpoint',
  tags,
  summary: 'One webhook endpoint',
  ...authorised('webhooks.read'),
  request: { params: endpointParams },
  responses: { 200: json('The endpoint', webhookEndpointSchema), ...problems('not-found', ...READ) },
});

const change = createRoute({
  method: 'patch',
  path: `${path}/{id}`,
  operationId: 'changeWebhookEndpoint',
  tags,
  summary: 'Change, disable or enable an endpoint, if it is still as the caller read it',
  ...authorised('webhooks.write'),
  request: { params: endpointParams, headers: ifMatch, body: bodyOf(changeWebhookEndpointSchema) },
  responses: {
    200: json('The endpoint', webhookEndpointSchema),
    ...problems('not-found', 'precondition-failed', 'precondition-required', ...WRITE),
  },
});

const remove = createRoute({
  method: 'delete',
  path: `${path}/{id}`,
  operationId: 'deleteWebhookEndpoint',
  tags,
  summary: 'Delete an endpoint with its delivery log; what is still to be sent is dropped',
  ...authorised('webhooks.write'),
  request: { params: endpointParams },
  responses: { 204: { description: 'It is gone' }, ...problems('not-found', ...READ) },
});

const rotate = createRoute({
  method: 'post',
  path: `${path}/{id}/rotate-key`,
  operationId: 'rotateWebhookKey',
  tags,
  summary: 'Sign with a new key; the old one signs along until the overlap ends',
  description:
    'A repeat makes one more key; at most five sign at once: another one is refused until the first has ended.',
  ...authorised('webhooks.write'),
  request: { params: endpointParams, body: bodyOf(rotateWebhookKeySchema) },
  responses: {
    200: json('The endpoint and the new secret', webhookEndpointWithSecretSchema),
    ...problems('not-found', 'conflict', ...WRITE),
  },
});

export function webhookEndpointRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? null : decodeCursor(idSchema('webhookEndpoint'), cursor);
    const found = await ports(c.env).endpoints.list(after, limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = last !== undefined && found.length > limit ? encodeCursor(last.id) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
  app.openapi(create, async (c) => {
    const made = await createEndpoint(
      { ...ports(c.env), clock: systemClock },
      { requestId: c.get('requestId') },
      {
        actorId: c.get('actor').userId,
        key: c.req.valid('header')['idempotency-key'],
        request: c.req.valid('json'),
      },
    );
    if (!made.ok) throw endpointProblem(made.error);
    const { replayed, ...body } = made.value;
    if (replayed) c.header('idempotent-replayed', 'true');
    c.header('location', `${path}/${body.endpoint.id}`);
    c.header('etag', entityTag(body.endpoint));
    c.header('cache-control', 'no-store');
    return c.json(body, 201);
  });
  app.openapi(read, async (c) => {
    const call = { requestId: c.get('requestId') };
    const endpoint = await ports(c.env).endpoint(c.req.valid('param').id, (object) => object.read(call));
    if (endpoint === null) throw endpointProblem({ code: 'not_found' });
    c.header('etag', entityTag(endpoint));
    return c.json(endpoint, 200);
  });
  app.openapi(change, async (c) => {
    const readVersion = versionToMatch(c.req.valid('header')['if-match'], 'the endpoint');
    const input = { readVersion, changes: c.req.valid('json') };
    const call = { requestId: c.get('requestId') };
    const endpoint = valueOf(
      await ports(c.env).endpoint(c.req.valid('param').id, (object) => object.change(call, input)),
    );
    c.header('etag', entityTag(endpoint));
    return c.json(endpoint, 200);
  });
  app.openapi(remove, async (c) => {
    const call = { requestId: c.get('requestId') };
    valueOf(await ports(c.env).endpoint(c.req.valid('param').id, (object) => object.remove(call)));
    return c.body(null, 204);
  });
  app.openapi(rotate, async (c) => {
    const call = { requestId: c.get('requestId') };
    const input = c.req.valid('json');
    const rotated = await ports(c.env).endpoint(c.req.valid('param').id, (object) =>
      object.rotate(call, input),
    );
    c.header('cache-control', 'no-store');
    return c.json(valueOf(rotated), 200);
  });
}

export function valueOf<Value>(result: Result<Value, EndpointError>): Value {
  if (!result.ok) throw endpointProblem(result.error);
  return result.value;
}
