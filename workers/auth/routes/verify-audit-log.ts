import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { auditVerificationSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { checkAuditLog } from '../usecases/administration.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/audit-log/verification',
  operationId: 'verifyAuditLog',
  tags: TAGS.accounts,
  summary: 'Recompute up to 500 links of the audit log; repeat from `verifiedThrough` while `more`',
  ...authorised('audit.read'),
  request: { query: z.strictObject({ after: z.coerce.number().int().min(0).default(0) }) },
  responses: {
    200: json('What was found', auditVerificationSchema),
    ...problems('step-up-required', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export const verifyAuditLogEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const { after } = c.req.valid('query');
    return c.json(valueOrProblem(await checkAuditLog(ports, c.get('actor'), after)), 200, NO_STORE);
  });
};
