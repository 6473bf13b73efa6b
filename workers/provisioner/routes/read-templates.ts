import { createRoute, z } from '@hono/zod-openapi';
import {
  templateSummarySchema,
  templateVersionSchema,
} from '#shared/contracts/http/provisioning-templates.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { summaryView, templateSchema, templateView, versionView } from './template-schemas.ts';

const reading = authorised('provisioning.read');
const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const params = z.object({ id: idSchema('template') });
const positionSchema = z.strictObject({ id: z.string().max(100) });
const versionPositionSchema = z.strictObject({ version: z.int().min(1) });
const versionNumber = z.coerce.number().int().min(1).max(1_000_000);

const listRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/templates',
  operationId: 'listProvisioningTemplates',
  tags: ['Provisioning'],
  summary: 'How products are made: the templates by id',
  ...reading,
  request: {
    query: pageQuerySchema.extend({
      /** `true` lists what was archived. */
      archived: z.stringbool().default(false),
    }),
  },
  responses: {
    200: json(
      'A page of templates',
      z
        .strictObject({ items: z.array(templateSummarySchema), next: z.string().nullable() })
        .meta({ id: 'ProvisioningTemplatePage' }),
    ),
    ...problems('invalid-cursor', ...REFUSED),
  },
});
const readRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/templates/{id}',
  operationId: 'getProvisioningTemplate',
  tags: ['Provisioning'],
  summary: 'A template as new orders use it, or as an older version has it',
  ...reading,
  request: { params, query: z.strictObject({ version: versionNumber.optional() }) },
  responses: { 200: json('The template', templateSchema), ...problems('not-found', ...REFUSED) },
});
const versionsRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/templates/{id}/versions',
  operationId: 'listProvisioningTemplateVersions',
  tags: ['Provisioning'],
  summary: 'Its versions, the newest first; none ever changes',
  ...reading,
  request: { params, query: pageQuerySchema },
  responses: {
    200: json(
      'A page of versions',
      z
        .strictObject({ items: z.array(templateVersionSchema), next: z.string().nullable() })
        .meta({ id: 'ProvisioningTemplateVersionPage' }),
    ),
    ...problems('invalid-cursor', ...REFUSED),
  },
});

export function readTemplateRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor, archived } = c.req.valid('query');
    const rows = await portsOf(c.env).registry.templates.list({
      status: archived ? 'archived' : 'active',
      after: cursor === undefined ? '' : decodeCursor(positionSchema, cursor).id,
      limit: limit + 1,
    });
    const items = rows.slice(0, limit).map(summaryView);
    const next = rows.length > limit ? encodeCursor({ id: items.at(-1)?.id ?? '' }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });

  app.openapi(readRoute, async (c) => {
    const { version } = c.req.valid('query');
    const found = await portsOf(c.env).registry.templates.get(c.req.valid('param'), version);
    if (found === null) throw toProblem('unknown_template');
    c.header('etag', `"${found.version.version}"`);
    return c.json(templateView(found), 200);
  });

  app.openapi(versionsRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const before =
      cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(versionPositionSchema, cursor).version;
    const rows = await portsOf(c.env).registry.templates.versions(c.req.valid('param').id, before, limit + 1);
    const items = rows.slice(0, limit).map(versionView);
    const last = items.at(-1);
    const next = last !== undefined && rows.length > limit ? encodeCursor({ version: last.version }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
}
