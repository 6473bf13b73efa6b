import { createRoute, z } from '@hono/zod-openapi';
import { open } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { removeLate, takeConnectorNews } from '../usecases/partner-news.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/connector-callbacks/{operationId}',
  operationId: 'connectorCallback',
  tags: ['Call-backs'],
  summary: 'Whoever is behind a connection tells how a call ended; safe to repeat',
  ...open('the other side of the connection signs the body'),
  description:
    'JSON, signed with the secret of the connection as Standard Webhooks say (`webhook-id`, `webhook-timestamp`, `webhook-signature`).',
  request: {
    params: z.object({ operationId: idSchema('operation') }),
    // Read raw, as it was signed, rather than through the validator.
    body: { required: true, content: { 'application/octet-stream': { schema: z.string() } } },
  },
  responses: {
    204: { description: 'It is known' },
    ...problems('invalid-signature', 'not-found', 'conflict', 'body-too-large', 'validation-failed'),
  },
});

export function connectorCallbackRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const ports = portsOf(c.env);
    const requestId = c.get('requestId');
    const { operationId } = c.req.valid('param');
    const taken = await takeConnectorNews(ports, operationId, await c.req.text(), c.req.header(), requestId);
    if (!taken.ok) throw toProblem(taken.error);
    if (taken.value.late !== null) c.executionCtx.waitUntil(removeLate(ports, taken.value.late, requestId));
    return c.body(null, 204);
  });
}
