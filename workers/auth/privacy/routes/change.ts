import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { dataRequestSchema } from '#shared/contracts/http/data-requests.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { cancelDataRequest, retryDataRequest } from '../requests.ts';
import { dataRequestBody } from './request-body.ts';

const ofCustomer = z.strictObject({ id: idSchema('user'), requestId: idSchema('dataRequest') });
const answers = {
  200: json('The request as it is now', dataRequestSchema),
  ...problems('unauthenticated', 'forbidden', 'not-found', 'conflict', 'validation-failed'),
};
const staffAnswers = {
  200: answers[200],
  ...problems(
    'step-up-required',
    'unauthenticated',
    'forbidden',
    'not-found',
    'conflict',
    'validation-failed',
  ),
};

const cancelRoute = createRoute({
  method: 'delete',
  path: '/v1/auth/data-requests/{id}',
  operationId: 'cancelOwnDataRequest',
  tags: TAGS.privacy,
  summary: 'Take an erasure back that has not begun',
  ...authorised('account.self'),
  request: { params: z.strictObject({ id: idSchema('dataRequest') }) },
  responses: answers,
});

export const cancelOwnDataRequestEndpoint: Endpoint = (app, wired) => {
  app.openapi(cancelRoute, async (c) => {
    const { ports, caller } = wired(c);
    const { id } = c.req.valid('param');
    const whose = { id, accountId: null, permission: 'account.self' } as const;
    const request = valueOrProblem(await cancelDataRequest(ports, caller, c.get('actor'), whose));
    return c.json(dataRequestBody(request), 200, NO_STORE);
  });
};

const cancelForRoute = createRoute({
  method: 'delete',
  path: '/v1/auth/accounts/{id}/data-requests/{requestId}',
  operationId: 'cancelDataRequestOfCustomer',
  tags: TAGS.privacy,
  summary: 'Take an erasure back for a customer',
  ...authorised('customers.data'),
  request: { params: ofCustomer },
  responses: staffAnswers,
});

export const cancelDataRequestOfCustomerEndpoint: Endpoint = (app, wired) => {
  app.openapi(cancelForRoute, async (c) => {
    const { ports, caller } = wired(c);
    const { id: accountId, requestId: id } = c.req.valid('param');
    const whose = { id, accountId, permission: 'customers.data' } as const;
    const request = valueOrProblem(await cancelDataRequest(ports, caller, c.get('actor'), whose));
    return c.json(dataRequestBody(request), 200, NO_STORE);
  });
};

const retryRoute = createRoute({
  method: 'post',
  path: '/v1/auth/accounts/{id}/data-requests/{requestId}/retry',
  operationId: 'retryDataRequest',
  tags: TAGS.privacy,
  summary: 'Let a request go on where it failed',
  ...authorised('customers.data'),
  request: { params: ofCustomer },
  responses: staffAnswers,
});

export const retryDataRequestEndpoint: Endpoint = (app, wired) => {
  app.openapi(retryRoute, async (c) => {
    const { ports, caller } = wired(c);
    const { id: accountId, requestId: id } = c.req.valid('param');
    const whose = { id, accountId, permission: 'customers.data' } as const;
    const request = valueOrProblem(await retryDataRequest(ports, caller, c.get('actor'), whose));
    return c.json(dataRequestBody(request), 200, NO_STORE);
  });
};
