import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  customerDataRequestPageSchema,
  dataRequestListSchema,
  dataRequestSchema,
} from '#shared/contracts/http/data-requests.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { valueOrProblem } from '../../problem.ts';
import { NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { currentSession } from '../../usecases/current-session.ts';
import { findDataRequest, listDataRequests } from '../requests.ts';
import { dataRequestBody } from './request-body.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/v1/auth/data-requests',
  operationId: 'listOwnDataRequests',
  tags: TAGS.privacy,
  summary: 'What one asked about one’s data, the newest first',
  ...authorised('account.self'),
  responses: {
    200: json('The 50 newest', dataRequestListSchema),
    ...problems('unauthenticated', 'forbidden'),
  },
});

export const listOwnDataRequestsEndpoint: Endpoint = (app, wired) => {
  app.openapi(listRoute, async (c) => {
    const { ports, caller } = wired(c);
    const whose = { accountId: null, permission: 'account.self' } as const;
    const found = valueOrProblem(await listDataRequests(ports, caller, c.get('actor'), whose));
    return c.json({ items: found.map(dataRequestBody) }, 200, NO_STORE);
  });
};

const getRoute = createRoute({
  method: 'get',
  path: '/v1/auth/data-requests/{id}',
  operationId: 'getOwnDataRequest',
  tags: TAGS.privacy,
  summary: 'What has become of a request of one’s own',
  ...authorised('account.self'),
  request: { params: z.strictObject({ id: idSchema('dataRequest') }) },
  responses: {
    200: json('The request', dataRequestSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export const getOwnDataRequestEndpoint: Endpoint = (app, wired) => {
  app.openapi(getRoute, async (c) => {
    const { ports, caller } = wired(c);
    const { id } = c.req.valid('param');
    const whose = { id, accountId: null, permission: 'account.self' } as const;
    const found = valueOrProblem(await findDataRequest(ports, caller, c.get('actor'), whose));
    return c.json(dataRequestBody(found), 200, NO_STORE);
  });
};

const customerRoute = createRoute({
  method: 'get',
  path: '/v1/auth/accounts/{id}/data-requests',
  operationId: 'listDataRequestsOfCustomer',
  tags: TAGS.privacy,
  summary: 'What was asked about a customer’s data, the newest first; of an erased customer the receipt',
  ...authorised('customers.data'),
  request: { params: z.strictObject({ id: idSchema('user') }) },
  responses: {
    200: json('The 50 newest', dataRequestListSchema),
    ...problems('step-up-required', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export const listDataRequestsOfCustomerEndpoint: Endpoint = (app, wired) => {
  app.openapi(customerRoute, async (c) => {
    const { ports, caller } = wired(c);
    const whose = { accountId: c.req.valid('param').id, permission: 'customers.data' } as const;
    const found = valueOrProblem(await listDataRequests(ports, caller, c.get('actor'), whose));
    return c.json({ items: found.map(dataRequestBody) }, 200, NO_STORE);
  });
};

const positionSchema = z.strictObject({ id: idSchema('dataRequest') });
const allRoute = createRoute({
  method: 'get',
  path: '/v1/auth/customer-data-requests',
  operationId: 'listCustomerDataRequests',
  tags: TAGS.privacy,
  summary: 'What customers asked about their data, the newest first; with why it failed',
  ...authorised('customers.data'),
  request: { query: pageQuerySchema.extend({ state: dataRequestSchema.shape.state.optional() }) },
  responses: {
    200: json('A page', customerDataRequestPageSchema),
    ...problems('invalid-cursor', 'step-up-required', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export const listCustomerDataRequestsEndpoint: Endpoint = (app, wired) => {
  app.openapi(allRoute, async (c) => {
    const { ports } = wired(c);
    valueOrProblem(await currentSession(ports, c.get('actor'), { permission: 'customers.data' }));
    const { limit, cursor, state = null } = c.req.valid('query');
    const before = cursor === undefined ? null : decodeCursor(positionSchema, cursor).id;
    const rows = await ports.privacy.rows.page(state, before, limit + 1);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const next = rows.length > limit && last !== undefined ? encodeCursor({ id: last.id }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    const items = shown.map(({ askedBy, askedAt, endedAt, state, ...row }) => ({
      ...row,
      state: dataRequestSchema.shape.state.parse(state),
      askedBy: askedBy === row.accountId ? ('person' as const) : ('staff' as const),
      askedAt: rfc3339(askedAt),
      endedAt: endedAt === null ? null : rfc3339(endedAt),
    }));
    return c.json({ items, next }, 200, NO_STORE);
  });
};
