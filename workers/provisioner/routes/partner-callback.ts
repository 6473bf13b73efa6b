import { createRoute, z } from '@hono/zod-openapi';
import { open } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { problems } from '#shared/http/responses.ts';
import { fieldErrors } from '#shared/http/validation.ts';
import { partnerNewsSchema } from '../partner-news-schema.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { removeLate, takePartnerNews } from '../usecases/partner-news.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/partner-callbacks/{operationId}',
  operationId: 'partnerCallback',
  tags: ['Call-backs'],
  summary: 'A partner tells how an operation ended; safe to repeat',
  ...open('the partner signs the body'),
  description:
    'JSON, signed as Standard Webhooks say (`webhook-id`, `webhook-timestamp`, `webhook-signature`).',
  request: {
    params: z.object({ operationId: z.string().max(200) }),
    // Read raw, as it was signed, rather than through the validator.
    body: { required: true, content: { 'application/octet-stream': { schema: z.string() } } },
  },
  responses: {
    204: { description: 'It is known' },
    ...problems(
      'malformed-request',
      'invalid-signature',
      'not-found',
      'conflict',
      'body-too-large',
      'validation-failed',
    ),
  },
});

export function partnerCallbackRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const ports = portsOf(c.env);
    const requestId = c.get('requestId');
    const body = await c.req.text();
    if (!ports.callbacks.isGenuine(body, c.req.header())) {
      throw new Problem({
        slug: 'invalid-signature',
        detail: 'This call-back is not signed by our partner.',
      });
    }
    const news = partnerNewsSchema.safeParse(parsed(body));
    if (!news.success) {
      throw new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: fieldErrors('body', news.error),
      });
    }
    const taken = await takePartnerNews(ports, c.req.valid('param').operationId, news.data, requestId);
    if (!taken.ok) throw toProblem(taken.error);
    // The partner need not wait for what is our own business; the sweeper repeats it if it fails.
    if (taken.value.late !== null) c.executionCtx.waitUntil(removeLate(ports, taken.value.late, requestId));
    return c.body(null, 204);
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Problem({ slug: 'malformed-request', detail: 'The body is no JSON.' });
  }
}
