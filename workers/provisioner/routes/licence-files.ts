import { createRoute } from '@hono/zod-openapi';
import {
  licenceFileSchema,
  licenceKeySetSchema,
  makeLicenceFileSchema,
} from '#shared/contracts/http/licence-files.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { makeLicenceFile } from '../usecases/entitlements/files.ts';
import { LICENCE_PROBLEMS, licenceNamed, licenceRight } from './entitlement-request.ts';

const fileRoute = createRoute({
  method: 'post',
  path: '/v1/entitlements/files',
  operationId: 'makeLicenceFile',
  tags: ['Entitlements'],
  summary: 'A signed licence file that is verified without us, until it expires',
  description:
    'A JWT (RFC 7519) of the type `licence+jwt`, signed with Ed25519 by a key of `/.well-known/licence-keys.json`; docs/entitlements.md verifies one. A licence with seats gives files to devices that have one.',
  ...licenceRight('instances.use'),
  request: {
    body: { required: true, content: { 'application/json': { schema: makeLicenceFileSchema } } },
  },
  responses: {
    200: json('The file', licenceFileSchema),
    ...problems('not-found', 'entitlement-refused', ...LICENCE_PROBLEMS),
  },
});
const keysRoute = createRoute({
  method: 'get',
  path: '/.well-known/licence-keys.json',
  operationId: 'licenceKeys',
  tags: ['Entitlements'],
  summary: 'Public keys of licence files and of signed licence keys (RFC 7517)',
  ...open('public keys are public'),
  responses: { 200: json('The key set', licenceKeySetSchema) },
});

export function licenceFileRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(fileRoute, async (c) => {
    const { licenceKey, instanceId, ...wanted } = c.req.valid('json');
    const name = licenceNamed(c, { licenceKey, instanceId });
    const made = await makeLicenceFile(portsOf(c.env), name, wanted, c.get('requestId'));
    if (!made.ok) throw toProblem(made.error);
    return c.json(made.value, 200);
  });
  app.openapi(keysRoute, async (c) => {
    c.header('cache-control', 'public, max-age=300');
    return c.json({ keys: await portsOf(c.env).signer.publicKeys() }, 200);
  });
}
