import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { askDataRequestSchema, dataRequestSchema } from '#shared/contracts/http/data-requests.ts';
import { authorised } from '#shared/http/authorised.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { askForData } from '../requests.ts';
import { dataRequestBody } from './request-body.ts';

const shared = {
  responses: {
    202: json('The request; `Idempotent-Replayed: true` marks a repeated answer', dataRequestSchema),
    ...problems(
      'step-up-required',
      'unauthenticated',
      'forbidden',
      'not-found',
      'conflict',
      'erasure-obstructed',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
      'idempotency-key-reused',
    ),
  },
};
const request = {
  headers: z.object({ 'idempotency-key': idempotencyKey() }),
  ...jsonBody(askDataRequestSchema),
};

const ownRoute = createRoute({
  method: 'post',
  path: '/v1/auth/data-requests',
  operationId: 'askForOwnData',
  tags: TAGS.privacy,
  summary: 'Ask for a copy of all one’s data, or that it is erased',
  description:
    'A copy is ready soon: a mail tells when, and it lies there for seven days. An erasure waits for a few days, in which it can be taken back; `erasesAt` says until when.',
  ...authorised('account.secure'),
  request,
  ...shared,
});

export const askForOwnDataEndpoint: Endpoint = (app, wired) => {
  app.openapi(ownRoute, async (c) => {
    const { ports, caller } = wired(c);
    const { kind } = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'];
    const asked = { accountId: null, permission: 'account.secure', kind, key } as const;
    const { request: made, replayed } = valueOrProblem(
      await askForData(ports, caller, c.get('actor'), asked),
    );
    if (replayed) c.header('idempotent-replayed', 'true');
    c.header('location', `/v1/auth/data-requests/${made.id}`);
    return c.json(dataRequestBody(made), 202, NO_STORE);
  });
};

const customerRoute = createRoute({
  method: 'post',
  path: '/v1/auth/accounts/{id}/data-requests',
  operationId: 'askForCustomerData',
  tags: TAGS.privacy,
  summary: 'Ask for the same for a customer who wrote in; a copy is fetched by the customer alone',
  ...authorised('customers.data'),
  request: { params: z.strictObject({ id: idSchema('user') }), ...request },
  ...shared,
});

export const askForCustomerDataEndpoint: Endpoint = (app, wired) => {
  app.openapi(customerRoute, async (c) => {
    const { ports, caller } = wired(c);
    const { kind } = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'];
    const asked = { accountId: c.req.valid('param').id, permission: 'customers.data', kind, key } as const;
    const { request: made, replayed } = valueOrProblem(
      await askForData(ports, caller, c.get('actor'), asked),
    );
    if (replayed) c.header('idempotent-replayed', 'true');
    return c.json(dataRequestBody(made), 202, NO_STORE);
  });
};
