import { createRoute } from '@hono/zod-openapi';
import { providerListSchema, routeInputSchema, routeSchema } from '#shared/contracts/http/federation.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { listedProviders, routeByEmail } from '../usecases/find-provider.ts';
import { providerBody } from './bodies.ts';

const list = createRoute({
  method: 'get',
  path: '/v1/auth/federation',
  operationId: 'listProviders',
  tags: TAGS.federation,
  summary: 'Identity providers that everybody may sign in with',
  ...open('it is what the sign-in page shows'),
  responses: { 200: json('Providers', providerListSchema) },
});
const route = createRoute({
  method: 'post',
  path: '/v1/auth/federation/route',
  operationId: 'routeByEmail',
  tags: TAGS.federation,
  summary: 'The identity provider of an address’s domain, whether or not the address has an account',
  ...open('it precedes a sign-in and looks at the domain alone; requests are limited'),
  request: jsonBody(routeInputSchema),
  responses: {
    200: json('The provider; null: the domain has none', routeSchema),
    ...problems(
      'rate-limited',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const providerEndpoints: Endpoint = (app, wired) => {
  app.openapi(list, async (c) => {
    const providers = await listedProviders(wired(c).ports);
    return c.json({ items: providers.map(providerBody) }, 200, NO_STORE);
  });
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const provider = valueOrProblem(await routeByEmail(ports, caller, c.req.valid('json')));
    return c.json({ connection: provider === null ? null : providerBody(provider) }, 200, NO_STORE);
  });
};
