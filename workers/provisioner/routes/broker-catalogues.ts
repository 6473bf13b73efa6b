import { createRoute, z } from '@hono/zod-openapi';
import {
  brokerCatalogueSchema,
  brokerPlanSchema,
  catalogueSyncSchema,
} from '#shared/contracts/http/service-brokers.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { nameSchema } from '../templates/template.ts';
import { getPlan, listPlans, syncCatalogue } from '../usecases/broker-catalogues.ts';

const REFUSED = ['unauthenticated', 'forbidden', 'not-found', 'validation-failed'] as const;
const params = z.object({ handle: nameSchema });
const positionSchema = z.strictObject({ planId: z.string().max(200) });

const listRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/connections/{handle}/plans',
  operationId: 'listBrokerPlans',
  tags: ['Provisioning'],
  summary: 'What a service broker offers, as its catalogue was last read',
  ...authorised('provisioning.read'),
  request: { params, query: pageQuerySchema },
  responses: {
    200: json('A page of plans', brokerCatalogueSchema),
    ...problems('invalid-cursor', ...REFUSED),
  },
});
const readRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/connections/{handle}/plans/{planId}',
  operationId: 'getBrokerPlan',
  tags: ['Provisioning'],
  summary: 'A plan with the schemas of its parameters',
  ...authorised('provisioning.read'),
  request: { params: params.extend({ planId: z.string().min(1).max(200) }) },
  responses: { 200: json('The plan', brokerPlanSchema), ...problems(...REFUSED) },
});
const syncRoute = createRoute({
  method: 'post',
  path: '/v1/provisioning/connections/{handle}/catalogue-reads',
  operationId: 'readBrokerCatalogue',
  tags: ['Provisioning'],
  summary: 'Read the catalogue of a service broker now; it is read every hour anyway. Safe to repeat',
  ...authorised('provisioning.write'),
  request: { params },
  responses: { 200: json('What has changed', catalogueSyncSchema), ...problems('conflict', ...REFUSED) },
});

export function brokerCatalogueRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? null : decodeCursor(positionSchema, cursor).planId;
    const found = await listPlans(portsOf(c.env), c.req.valid('param').handle, after, limit);
    if (!found.ok) throw toProblem(found.error);
    const next = found.value.next === null ? null : encodeCursor({ planId: found.value.next });
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ ...found.value, next }, 200);
  });
  app.openapi(readRoute, async (c) => {
    const { handle, planId } = c.req.valid('param');
    const found = await getPlan(portsOf(c.env), handle, planId);
    if (!found.ok) throw toProblem(found.error);
    return c.json(found.value, 200);
  });
  app.openapi(syncRoute, async (c) => {
    const read = await syncCatalogue(portsOf(c.env), c.req.valid('param').handle, c.get('requestId'));
    if (!read.ok) throw toProblem(read.error);
    return c.json(read.value, 200);
  });
}
