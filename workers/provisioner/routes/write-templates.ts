import { createRoute, z } from '@hono/zod-openapi';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { authorised } from '#shared/http/authorised.ts';
import { ifMatchHeader, versionIfSent, versionToMatch } from '#shared/http/entity-tag.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import { ID_PREFIXES, idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { nameSchema } from '../templates/template.ts';
import { tellTemplatesNow } from '../usecases/tell-templates.ts';
import { addVersion, archiveTemplate, createTemplate } from '../usecases/templates.ts';
import { statedVersionSchema, templateSchema, templateView } from './template-schemas.ts';

const writing = authorised('provisioning.write');
const REFUSED = [
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
] as const;
const params = z.object({ id: idSchema('template') });

const createTemplateRoute = createRoute({
  method: 'post',
  path: '/v1/provisioning/templates',
  operationId: 'createProvisioningTemplate',
  tags: ['Provisioning'],
  summary: 'Makes a template, checked whole: its steps, what they need of one another, and their undoing',
  ...writing,
  request: {
    headers: z.object({
      'idempotency-key': idempotencyKey('Same key: the same template, for ever'),
    }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: statedVersionSchema.extend({ handle: nameSchema }).meta({ id: 'NewProvisioningTemplate' }),
        },
      },
    },
  },
  responses: {
    201: json('As it is now; `Idempotent-Replayed: true` marks a repeated answer', templateSchema),
    ...problems('conflict', 'idempotency-key-reused', ...REFUSED),
  },
});
const addVersionRoute = createRoute({
  method: 'post',
  path: '/v1/provisioning/templates/{id}/versions',
  operationId: 'addProvisioningTemplateVersion',
  tags: ['Provisioning'],
  summary: 'A further version, which new orders use; those under way keep the one they began with',
  description: 'Content that is already current makes no version, so a repeated request does nothing more.',
  ...writing,
  request: {
    params,
    headers: z.object(ifMatchHeader('the template')),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: statedVersionSchema.meta({ id: 'NewProvisioningTemplateVersion' }),
        },
      },
    },
  },
  responses: {
    201: json('The template with its new version', templateSchema),
    ...problems('not-found', 'conflict', 'precondition-failed', 'precondition-required', ...REFUSED),
  },
});
const archiveRoute = createRoute({
  method: 'delete',
  path: '/v1/provisioning/templates/{id}',
  operationId: 'archiveProvisioningTemplate',
  tags: ['Provisioning'],
  summary: 'Archives a template: products that name it can still be delivered. Safe to repeat',
  ...writing,
  request: { params, headers: z.object(ifMatchHeader('the template')) },
  responses: {
    204: { description: 'It is archived' },
    ...problems(
      'not-found',
      'conflict',
      'precondition-failed',
      'unauthenticated',
      'forbidden',
      'validation-failed',
    ),
  },
});

export function writeTemplateRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(createTemplateRoute, async (c) => {
    const { handle, document, note } = c.req.valid('json');
    const by = c.get('actor').userId;
    const key = c.req.valid('header')['idempotency-key'];
    const id = `${ID_PREFIXES.template}_${sha256Hex(JSON.stringify([by, 'template', key])).slice(0, 32)}`;
    const made = await createTemplate(portsOf(c.env), id, handle, { document, note, by });
    if (!made.ok) throw toProblem(made.error);
    await tellTemplatesNow(portsOf(c.env), c.get('requestId'));
    if (made.value.replayed) c.header('idempotent-replayed', 'true');
    c.header('etag', `"${made.value.made.version.version}"`);
    c.header('location', `/v1/provisioning/templates/${id}`);
    return c.json(templateView(made.value.made), 201);
  });

  app.openapi(addVersionRoute, async (c) => {
    const readVersion = versionToMatch(c.req.valid('header')['if-match'], 'the template');
    const added = await addVersion(portsOf(c.env), c.req.valid('param').id, readVersion, {
      ...c.req.valid('json'),
      by: c.get('actor').userId,
    });
    if (!added.ok) throw toProblem(added.error);
    await tellTemplatesNow(portsOf(c.env), c.get('requestId'));
    c.header('etag', `"${added.value.version.version}"`);
    return c.json(templateView(added.value), 201);
  });

  app.openapi(archiveRoute, async (c) => {
    const readVersion = versionIfSent(c.req.valid('header')['if-match'], 'the template');
    const done = await archiveTemplate(portsOf(c.env), c.req.valid('param').id, readVersion);
    if (!done.ok) throw toProblem(done.error);
    await tellTemplatesNow(portsOf(c.env), c.get('requestId'));
    return c.body(null, 204);
  });
}
