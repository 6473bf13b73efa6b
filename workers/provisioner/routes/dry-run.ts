import { createRoute } from '@hono/zod-openapi';
import { dryRunRequestSchema, dryRunSchema } from '#shared/contracts/http/provisioning-dry-runs.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { dryRun } from '../usecases/dry-run.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/provisioning/dry-runs',
  operationId: 'dryRunProvisioning',
  tags: ['Provisioning'],
  summary: 'What an order of a product would do, step by step, without doing any of it',
  description:
    'The plan with its inputs as mapped and the branches taken, and what would stand in the way: the catalogue, stock, templates and what connectors look at. Nothing is written, sent or asked of a partner.',
  ...authorised('provisioning.read'),
  request: { body: { required: true, content: { 'application/json': { schema: dryRunRequestSchema } } } },
  responses: {
    200: json('What would happen', dryRunSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function dryRunRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) =>
    c.json(await dryRun(portsOf(c.env), c.req.valid('json'), c.get('requestId')), 200),
  );
}
