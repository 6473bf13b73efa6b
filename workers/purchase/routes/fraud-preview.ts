import { createRoute } from '@hono/zod-openapi';
import { fraudPreviewSchema, fraudScoreSchema } from '#shared/contracts/http/fraud.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { previewFraud } from '../usecases/preview-fraud.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/fraud/preview',
  operationId: 'previewFraud',
  tags: ['Fraud'],
  summary: 'What an order like this would score by the present rules. Nothing is counted or kept',
  ...authorised('fraud.read'),
  request: { body: { required: true, content: { 'application/json': { schema: fraudPreviewSchema } } } },
  responses: {
    200: json('The score, with the rules that counted', fraudScoreSchema),
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

export function fraudPreviewRoute(app: App<Env>): void {
  app.openapi(route, async (c) => c.json(await previewFraud(ports(c.env), c.req.valid('json')), 200));
}
