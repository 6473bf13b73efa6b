import { createRoute, z } from '@hono/zod-openapi';
import { gateLimitsSchema } from '#objects/partner-gate/face.ts';
import { authorised } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { listGates, listOperations, setGate } from '../usecases/connectors.ts';

const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;

const operationSchema = z
  .strictObject({
    connector: z.string(),
    operation: z.string(),
    title: z.string(),
    isEffectful: z.boolean(),
    isUndoable: z.boolean(),
    endsLater: z.boolean(),
    /** `check`: looked at by a dry run; `suspend`: told to its maker too; `update`: changed in place; `rotate`: renews credentials. */
    can: z.strictObject({
      check: z.boolean(),
      suspend: z.boolean(),
      update: z.boolean(),
      rotate: z.boolean(),
    }),
    /** JSON Schemas (2020-12) of what it takes and leaves. */
    input: z.record(z.string(), z.unknown()),
    output: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'ConnectorOperation' });
const gateSchema = z
  .strictObject({
    partner: z.string(),
    /** `half_open`: one call at a time tries whether it is back; `held`: an operator stopped it. */
    breaker: z.enum(['closed', 'open', 'half_open', 'held']),
    running: z.int(),
    limits: gateLimitsSchema,
    openSince: z.iso.datetime().nullable(),
    openUntil: z.iso.datetime().nullable(),
    heldBy: z.string().nullable(),
  })
  .meta({ id: 'PartnerGate' });

const operationsRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/connectors',
  operationId: 'listConnectors',
  tags: ['Provisioning'],
  summary: 'What a template’s steps can do, with the JSON Schemas of inputs and results',
  ...authorised('provisioning.read'),
  responses: {
    200: json(
      'All operations',
      z.strictObject({ items: z.array(operationSchema) }).meta({ id: 'ConnectorList' }),
    ),
    ...problems(...REFUSED),
  },
});
const gatesRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/gates',
  operationId: 'listPartnerGates',
  tags: ['Provisioning'],
  summary: 'Whether calls to each partner go through, and how many run at once',
  ...authorised('provisioning.read'),
  responses: {
    200: json('All partners', z.strictObject({ items: z.array(gateSchema) }).meta({ id: 'PartnerGateList' })),
    ...problems(...REFUSED),
  },
});
const setGateRoute = createRoute({
  method: 'put',
  path: '/v1/provisioning/gates/{partner}',
  operationId: 'setPartnerGate',
  tags: ['Provisioning'],
  summary: 'Stop calls to a partner, let them through again, or set its limits; what waits is not failed',
  ...authorised('provisioning.operate'),
  request: {
    params: z.object({ partner: z.string().max(60) }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({ held: z.boolean().optional(), limits: gateLimitsSchema.optional() })
            .meta({ id: 'SetPartnerGate' }),
        },
      },
    },
  },
  responses: {
    200: json('How it stands', gateSchema),
    ...problems('malformed-request', 'not-found', 'body-too-large', 'unsupported-media-type', ...REFUSED),
  },
});

export function connectorRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(operationsRoute, (c) => c.json({ items: listOperations() }, 200));
  app.openapi(gatesRoute, async (c) => c.json({ items: await listGates(portsOf(c.env)) }, 200));
  app.openapi(setGateRoute, async (c) => {
    const { held, limits } = c.req.valid('json');
    const by = c.get('actor').userId;
    const { partner } = c.req.valid('param');
    const gate = await setGate(portsOf(c.env), partner, { limits, isHeld: held, by });
    if (gate === null) throw new Problem({ slug: 'not-found', detail: 'There is no such partner.' });
    return c.json(gate, 200);
  });
}
