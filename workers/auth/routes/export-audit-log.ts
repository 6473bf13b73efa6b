import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { auditPageSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { exportAuditLog } from '../usecases/administration.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/audit-log',
  operationId: 'exportAuditLog',
  tags: TAGS.accounts,
  summary: 'Up to 500 linked entries of the audit log, with all it takes to check them elsewhere',
  description:
    'The hash of an entry is SHA-256, as base64url, of a JSON array: the hash before it (empty for the first), then sequence, at, requestId, address, actorId, subject, action, outcome, factor and detail.',
  ...authorised('audit.read'),
  request: { query: z.strictObject({ after: z.coerce.number().int().min(0).default(0) }) },
  responses: {
    200: json('A page; go on after `next`', auditPageSchema),
    ...problems('unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export const exportAuditLogEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const { after } = c.req.valid('query');
    return c.json(valueOrProblem(await exportAuditLog(ports, c.get('actor'), after)), 200, NO_STORE);
  });
};
