import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { dataDocumentSchema } from '#shared/contracts/http/data-requests.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { valueOrProblem } from '../../problem.ts';
import { NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { copyDocument } from '../copies.ts';
import { openCopy } from '../requests.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/data-requests/{id}/document',
  operationId: 'getDataDocument',
  tags: TAGS.privacy,
  summary: 'The copy of all one’s data',
  ...authorised('account.secure'),
  request: { params: z.strictObject({ id: idSchema('dataRequest') }) },
  responses: {
    200: json('The copy, as a file', dataDocumentSchema),
    ...problems('step-up-required', 'unauthenticated', 'forbidden', 'not-found', 'gone', 'validation-failed'),
  },
});

export const getDataDocumentEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const found = valueOrProblem(await openCopy(ports, caller, c.get('actor'), c.req.valid('param').id));
    const { accountId, id, parts, endedAt, askedAt } = found;
    const generatedAt = rfc3339(endedAt ?? askedAt);
    const document = copyDocument(ports.privacy.copies, { accountId, id, parts, generatedAt });
    return c.body(document, 200, {
      ...NO_STORE,
      'content-type': 'application/json',
      'content-disposition': `attachment; filename="${id}.json"`,
    }) as never;
  });
};
