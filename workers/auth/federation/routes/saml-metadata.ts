import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { samlMetadataInputSchema, samlMetadataSchema } from '#shared/contracts/http/federation.ts';
import { authorised, open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { importMetadata, metadataOf } from '../usecases/saml-metadata.ts';

const XML = 'application/samlmetadata+xml';

const ours = createRoute({
  method: 'get',
  path: '/v1/auth/federation/{connection}/metadata',
  operationId: 'readServiceProviderMetadata',
  tags: TAGS.federation,
  summary: 'What a SAML identity provider is told of us; its address is our entityID there',
  ...open('identity providers read it, and it holds no secret'),
  request: { params: z.strictObject({ connection: idSchema('identityProvider') }) },
  responses: {
    200: { description: 'Metadata (SAML 2.0)', content: { [XML]: { schema: z.string() } } },
    ...problems('not-found', 'validation-failed'),
  },
});
const theirs = createRoute({
  method: 'post',
  path: '/v1/auth/saml-metadata',
  operationId: 'importSamlMetadata',
  tags: TAGS.federation,
  summary: 'Read a SAML identity provider’s metadata into what a connection is made of',
  ...authorised('identity_providers.manage'),
  request: jsonBody(samlMetadataInputSchema),
  responses: {
    200: json('What it says', samlMetadataSchema),
    ...problems(
      'step-up-required',
      'unauthenticated',
      'forbidden',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const samlMetadataEndpoints: Endpoint = (app, wired) => {
  app.openapi(ours, async (c) => {
    const xml = valueOrProblem(await metadataOf(wired(c).ports, c.req.valid('param').connection));
    return c.body(xml, 200, { 'content-type': XML });
  });
  app.openapi(theirs, async (c) => {
    const manager = { actor: c.get('actor'), organisationId: null };
    const read = valueOrProblem(await importMetadata(wired(c).ports, manager, c.req.valid('json')));
    return c.json(read, 200, NO_STORE);
  });
};
