import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import type { Actor } from '#shared/auth/access-token.ts';
import { agreeToRenewalSchema, instanceRenewalSchema } from '#shared/contracts/http/instance-changes.ts';
import { customerOf } from '#shared/domain/customer.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { agreeToRenewal, endRenewal, renewalShown } from '../usecases/agree-to-renewal.ts';
import { demandManaging } from './demand-managing.ts';
import { demandOwnMethods } from './paying-with.ts';

const path = '/v1/instance-renewals/{instanceId}';
const params = z.object({ instanceId: idSchema('instance') });
const tags = ['Instances'];
const REFUSED = ['unauthenticated', 'forbidden', 'not-found', 'validation-failed'] as const;

const agreeRoute = createRoute({
  method: 'put',
  path,
  operationId: 'agreeToInstanceRenewal',
  tags,
  summary: 'Agree that a product renews by itself, paid with a kept payment method; safe to repeat',
  description:
    'A mail reminds of it a week before the term ends, and the method is charged the day before, at the price of then. What is not paid is tried four times in all. Needs `instances.manage` and `payment_methods.own` as well; not for what an organisation owns.',
  ...authorised('orders.create'),
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: agreeToRenewalSchema } } },
  },
  responses: {
    200: json('What was agreed', instanceRenewalSchema),
    ...problems(...REFUSED, 'malformed-request', 'conflict', 'body-too-large', 'unsupported-media-type'),
  },
});

const readRoute = createRoute({
  method: 'get',
  path,
  operationId: 'getInstanceRenewal',
  tags,
  summary: 'Whether a product renews by itself, and how far that is',
  ...authorised('instances.read'),
  request: { params },
  responses: { 200: json('What was agreed', instanceRenewalSchema), ...problems(...REFUSED) },
});

const endRoute = createRoute({
  method: 'delete',
  path,
  operationId: 'endInstanceRenewal',
  tags,
  summary: 'Switch off that a product renews by itself; safe to repeat',
  description: 'An order for it that is under way is cancelled like any other.',
  ...authorised('instances.manage'),
  request: { params },
  responses: { 204: { description: 'It does not renew by itself' }, ...problems(...REFUSED) },
});

export function instanceRenewalRoutes(app: App<Env>): void {
  app.openapi(agreeRoute, async (c) => {
    const actor = c.get('actor');
    const wanted = c.req.valid('json');
    demandManaging(actor);
    demandOwnMethods(actor, wanted);
    const agreed = await agreeToRenewal(
      ports(c.env),
      { requestId: c.get('requestId') },
      {
        buyer: buyerOf(actor),
        instanceId: c.req.valid('param').instanceId,
        wanted,
        now: systemClock.now(),
      },
    );
    if (!agreed.ok) throw toProblem(agreed.error);
    return c.json(renewalShown(agreed.value), 200);
  });

  app.openapi(readRoute, async (c) => {
    const { instanceId } = c.req.valid('param');
    const found = await ports(c.env).renewals.of(instanceId, ownerIn(c.get('actor')));
    if (found === null) throw new Problem({ slug: 'not-found', detail: 'It does not renew by itself.' });
    return c.json(renewalShown(found), 200);
  });

  app.openapi(endRoute, async (c) => {
    const of = { ...c.req.valid('param'), customerId: ownerIn(c.get('actor')) };
    const ended = await endRenewal(ports(c.env), { requestId: c.get('requestId') }, of);
    if (!ended.ok) throw toProblem(ended.error);
    return c.body(null, 204);
  });
}

const ownerIn = (actor: Actor): string => customerOf(buyerOf(actor));
