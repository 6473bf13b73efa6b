import { createRoute, z } from '@hono/zod-openapi';
import { open } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { fieldErrors } from '#shared/http/validation.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { partnerMessageSchema } from '../connectors/queue/request.ts';
import { toProblem } from '../problem.ts';
import { nameSchema } from '../templates/template.ts';
import { acknowledgeMessages, fetchMessages } from '../usecases/partner-queues.ts';

const SIGNED = 'JSON, signed with the secret of the connection as Standard Webhooks say.';
const PROBLEMS = [
  'malformed-request',
  'invalid-signature',
  'not-found',
  'body-too-large',
  'validation-failed',
] as const;
const request = {
  params: z.object({ handle: nameSchema }),
  // Read raw, as it was signed, rather than through the validator.
  body: { required: true, content: { 'application/octet-stream': { schema: z.string() } } },
} as const;

const fetchRoute = createRoute({
  method: 'post',
  path: '/v1/connector-queues/{handle}/fetch',
  operationId: 'fetchPartnerMessages',
  tags: ['Call-backs'],
  summary:
    'A partner fetches its next messages; each comes again after two minutes unless it is acknowledged',
  ...open('the other side of the connection signs the body'),
  description: `${SIGNED} Body: \`{"limit": 1–100}\`.`,
  request,
  responses: {
    200: json(
      'The oldest first',
      z.strictObject({ messages: z.array(partnerMessageSchema) }).meta({ id: 'PartnerMessages' }),
    ),
    ...problems(...PROBLEMS),
  },
});
const acknowledgeRoute = createRoute({
  method: 'post',
  path: '/v1/connector-queues/{handle}/acknowledgements',
  operationId: 'acknowledgePartnerMessages',
  tags: ['Call-backs'],
  summary: 'A partner has handled messages, which it gets no more; safe to repeat',
  ...open('the other side of the connection signs the body'),
  description: `${SIGNED} Body: \`{"ids": […]}\`.`,
  request,
  responses: { 204: { description: 'They are done' }, ...problems(...PROBLEMS) },
});

const fetchSchema = z.strictObject({ limit: z.int().min(1).max(100).default(10) });
const acknowledgeSchema = z.strictObject({ ids: z.array(z.string().min(1).max(200)).min(1).max(100) });

export function partnerQueueRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(fetchRoute, async (c) => {
    const body = await c.req.text();
    const signed = { handle: c.req.valid('param').handle, body, headers: c.req.header() };
    const messages = await fetchMessages(portsOf(c.env), signed, parsed(fetchSchema, body).limit);
    if (!messages.ok) throw toProblem(messages.error);
    c.header('cache-control', 'private, no-store');
    return c.json({ messages: messages.value }, 200);
  });
  app.openapi(acknowledgeRoute, async (c) => {
    const body = await c.req.text();
    const signed = { handle: c.req.valid('param').handle, body, headers: c.req.header() };
    const done = await acknowledgeMessages(portsOf(c.env), signed, parsed(acknowledgeSchema, body).ids);
    if (!done.ok) throw toProblem(done.error);
    return c.body(null, 204);
  });
}

function parsed<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  const found = schema.safeParse(jsonOf(text));
  if (found.success) return found.data;
  throw new Problem({
    slug: 'validation-failed',
    detail: 'See `errors` for each field.',
    errors: fieldErrors('body', found.error),
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem({ slug: 'malformed-request', detail: 'The body is no JSON.' });
  }
}
