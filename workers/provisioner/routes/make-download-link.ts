import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { customerOf } from '#shared/domain/customer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { downloadLinkSchema } from '#shared/contracts/http/instances.ts';
import { authorised } from '#shared/http/authorised.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { makeLink } from '../usecases/downloads.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/instances/{id}/download-link',
  operationId: 'makeDownloadLink',
  tags: ['Instances'],
  summary: 'A signed link to the file, good for 15 minutes; each link spends one download',
  ...authorised('instances.read'),
  request: {
    params: z.object({ id: idSchema('instance') }),
    headers: z.object({
      'idempotency-key': idempotencyKey(
        'The same key gives the same link and spends nothing more',
      ).optional(),
    }),
  },
  responses: {
    201: json('The link; it needs no Authorization', downloadLinkSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'conflict', 'suspended', 'validation-failed'),
  },
});

export function makeDownloadLinkRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const link = await makeLink(
      portsOf(c.env),
      customerOf(buyerOf(c.get('actor'))),
      c.req.valid('param').id,
      c.req.valid('header')['idempotency-key'] ?? null,
    );
    if (!link.ok) throw toProblem(link.error);
    const { replayed, ...body } = link.value;
    if (replayed) c.header('idempotent-replayed', 'true');
    c.header('cache-control', 'private, no-store');
    return c.json(body, 201);
  });
}
