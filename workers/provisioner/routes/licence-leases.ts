import { createRoute, z } from '@hono/zod-openapi';
import {
  deviceOfLicenceSchema,
  giveUpDeviceSchema,
  heartbeatSchema,
  leaseSchema,
} from '#shared/contracts/http/entitlements.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { leaseToDevice, releaseLease, renewLease } from '../usecases/entitlements/devices.ts';
import { leaseView } from '../usecases/entitlements/views.ts';
import { LICENCE_PROBLEMS, licenceNamed, licenceRight } from './entitlement-request.ts';

const right = licenceRight('instances.use');
const leaseRoute = createRoute({
  method: 'post',
  path: '/v1/entitlements/leases',
  operationId: 'leaseToDevice',
  tags: ['Entitlements'],
  summary: 'Lease floating use to a device, or renew the lease it has; safe to repeat',
  ...right,
  request: {
    body: { required: true, content: { 'application/json': { schema: deviceOfLicenceSchema } } },
  },
  responses: {
    200: json('Its lease, renewed', leaseSchema),
    201: json('A new lease', leaseSchema),
    ...problems('not-found', 'entitlement-refused', ...LICENCE_PROBLEMS),
  },
});
const heartbeatRoute = createRoute({
  method: 'post',
  path: '/v1/entitlements/leases/heartbeat',
  operationId: 'renewLease',
  tags: ['Entitlements'],
  summary: 'Renew a lease before it expires; one that has expired is `LEASE_EXPIRED`',
  ...right,
  request: { body: { required: true, content: { 'application/json': { schema: heartbeatSchema } } } },
  responses: {
    200: json('As it is now', leaseSchema),
    ...problems('not-found', 'entitlement-refused', ...LICENCE_PROBLEMS),
  },
});
const releaseRoute = createRoute({
  method: 'post',
  path: '/v1/entitlements/leases/release',
  operationId: 'releaseLease',
  tags: ['Entitlements'],
  summary: 'Give a device’s lease back before it expires; safe to repeat',
  ...right,
  request: { body: { required: true, content: { 'application/json': { schema: giveUpDeviceSchema } } } },
  responses: {
    200: json('It has none now', z.strictObject({ released: z.boolean() }).meta({ id: 'Released' })),
    ...problems('not-found', ...LICENCE_PROBLEMS),
  },
});

export function licenceLeaseRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(leaseRoute, async (c) => {
    const { device, ...which } = c.req.valid('json');
    const done = await leaseToDevice(portsOf(c.env), licenceNamed(c, which), device, c.get('requestId'));
    if (!done.ok) throw toProblem(done.error);
    return c.json(leaseView(done.value.lease), done.value.isNew ? 201 : 200);
  });
  app.openapi(heartbeatRoute, async (c) => {
    const { leaseId, ...which } = c.req.valid('json');
    const done = await renewLease(portsOf(c.env), licenceNamed(c, which), leaseId, c.get('requestId'));
    if (!done.ok) throw toProblem(done.error);
    return c.json(leaseView(done.value), 200);
  });
  app.openapi(releaseRoute, async (c) => {
    const { fingerprint, ...which } = c.req.valid('json');
    const name = licenceNamed(c, which);
    const done = await releaseLease(portsOf(c.env), name, fingerprint, c.get('requestId'));
    if (!done.ok) throw toProblem(done.error);
    return c.json({ released: done.value }, 200);
  });
}
