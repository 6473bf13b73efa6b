import { createRoute, z } from '@hono/zod-openapi';
import {
  activationSchema,
  deviceOfLicenceSchema,
  giveUpDeviceSchema,
} from '#shared/contracts/http/entitlements.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { activateDevice, deactivateDevice } from '../usecases/entitlements/devices.ts';
import { activationView } from '../usecases/entitlements/views.ts';
import { LICENCE_PROBLEMS, licenceNamed, licenceRight } from './entitlement-request.ts';

const activateRoute = createRoute({
  method: 'post',
  path: '/v1/entitlements/activations',
  operationId: 'activateDevice',
  tags: ['Entitlements'],
  summary: 'Give a device a seat; the same device always finds its own',
  description:
    'Safe to repeat. A refusal (409, or 404 for `UNKNOWN`) has the `code` a check would answer; `TOO_MANY_ACTIVATIONS` when no seat is free.',
  ...licenceRight('instances.use'),
  request: {
    body: { required: true, content: { 'application/json': { schema: deviceOfLicenceSchema } } },
  },
  responses: {
    200: json('It had a seat', activationSchema),
    201: json('It has a seat now', activationSchema),
    ...problems('not-found', 'entitlement-refused', ...LICENCE_PROBLEMS),
  },
});
const deactivateRoute = createRoute({
  method: 'post',
  path: '/v1/entitlements/deactivations',
  operationId: 'deactivateDevice',
  tags: ['Entitlements'],
  summary: 'Free the seat of a device; safe to repeat',
  ...licenceRight('instances.use'),
  request: { body: { required: true, content: { 'application/json': { schema: giveUpDeviceSchema } } } },
  responses: {
    200: json('It has none now', z.strictObject({ deactivated: z.boolean() }).meta({ id: 'Deactivated' })),
    ...problems('not-found', ...LICENCE_PROBLEMS),
  },
});

export function licenceDeviceRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(activateRoute, async (c) => {
    const { device, ...which } = c.req.valid('json');
    const done = await activateDevice(portsOf(c.env), licenceNamed(c, which), device, c.get('requestId'));
    if (!done.ok) throw toProblem(done.error);
    return c.json(activationView(done.value.activation), done.value.isNew ? 201 : 200);
  });
  app.openapi(deactivateRoute, async (c) => {
    const { fingerprint, ...which } = c.req.valid('json');
    const name = licenceNamed(c, which);
    const done = await deactivateDevice(portsOf(c.env), name, fingerprint, c.get('requestId'));
    if (!done.ok) throw toProblem(done.error);
    return c.json({ deactivated: done.value }, 200);
  });
}
