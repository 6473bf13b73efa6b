import { createRoute, z } from '@hono/zod-openapi';
import {
  collectionInputSchema,
  collectionOrderSchema,
  collectionViewSchema,
} from '#shared/contracts/http/collections.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { ifMatchHeader, versionIfSent, versionToMatch } from '#shared/http/entity-tag.ts';
import { json, problems } from '#shared/http/responses.ts';
import { assertNever } from '#shared/domain/result.ts';
import { Problem } from '#shared/http/problems.ts';
import { collectionView } from '../domain/collection-views.ts';
import type { Env } from '../env.ts';
import { toProblem } from '../problem.ts';
import {
  type CollectionFailure,
  collectionKey,
  createCollection,
  deleteCollection,
  orderCollection,
  replaceCollection,
} from '../usecases/collections.ts';
import type { StoredCollection } from '../domain/stored-collection.ts';
import { conditionalJson } from './conditional.ts';
import { performOwed, ports, type RouteContext } from './context.ts';

/*
 * What operators do with collections: create, replace (and so move), put in order, take away. Reading: read-collection.ts.
 */

const tags = ['Catalogue'];
export const collectionParams = z.object({ idOrHandle: z.string().min(1).max(200) });
const body = { required: true, content: { 'application/json': { schema: collectionInputSchema } } };
const REFUSED = [
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
] as const;

const create = createRoute({
  method: 'post',
  path: '/v1/collections',
  operationId: 'createCollection',
  tags,
  summary: 'Creates a collection, at its place in the tree and with its rule',
  ...authorised('products.write'),
  request: { body },
  responses: { 201: json('The collection', collectionViewSchema), ...problems('conflict', ...REFUSED) },
});
const replace = createRoute({
  method: 'put',
  path: '/v1/collections/{idOrHandle}',
  operationId: 'replaceCollection',
  tags,
  summary: 'Replaces a collection whole, and so moves it with everything below it',
  ...authorised('products.write'),
  request: { params: collectionParams, headers: z.object(ifMatchHeader('the collection')), body },
  responses: {
    200: json('The collection', collectionViewSchema),
    ...problems('not-found', 'conflict', 'precondition-failed', 'precondition-required', ...REFUSED),
  },
});
const remove = createRoute({
  method: 'delete',
  path: '/v1/collections/{idOrHandle}',
  operationId: 'deleteCollection',
  tags,
  summary: 'Takes away a collection that has none below it; its products stay',
  ...authorised('products.write'),
  request: { params: collectionParams, headers: z.object(ifMatchHeader('the collection')) },
  responses: {
    204: { description: 'It is gone' },
    ...problems(
      'unauthenticated',
      'forbidden',
      'not-found',
      'conflict',
      'precondition-failed',
      'validation-failed',
    ),
  },
});
const order = createRoute({
  method: 'put',
  path: '/v1/collections/{idOrHandle}/order',
  operationId: 'orderCollection',
  tags,
  summary: 'Puts products of a collection in order. Safe to repeat',
  ...authorised('products.write'),
  request: {
    params: collectionParams,
    body: { required: true, content: { 'application/json': { schema: collectionOrderSchema } } },
  },
  responses: { 204: { description: 'They are in this order' }, ...problems('not-found', ...REFUSED) },
});

export function collectionRoutes(app: App<Env>): void {
  app.openapi(create, async (c) => {
    const created = await createCollection(ports(c), c.req.valid('json'));
    if (!created.ok) throw refusal(created.error);
    await performOwed(c);
    c.header('location', `/v1/collections/${created.value.id}`);
    const answer = shown(c, created.value);
    return new Response(answer.body, { status: 201, headers: answer.headers }) as never;
  });
  app.openapi(replace, async (c) => {
    const target = {
      key: collectionKey(c.req.valid('param').idOrHandle),
      readVersion: versionToMatch(c.req.valid('header')['if-match'], 'the collection'),
    };
    const replaced = await replaceCollection(ports(c), target, c.req.valid('json'));
    if (!replaced.ok) throw refusal(replaced.error);
    await performOwed(c);
    return shown(c, replaced.value) as never;
  });
  app.openapi(remove, async (c) => {
    const removed = await deleteCollection(ports(c), {
      key: collectionKey(c.req.valid('param').idOrHandle),
      readVersion: versionIfSent(c.req.valid('header')['if-match'], 'the collection'),
    });
    if (!removed.ok) throw refusal(removed.error);
    await performOwed(c);
    return c.body(null, 204);
  });
  app.openapi(order, async (c) => {
    const key = collectionKey(c.req.valid('param').idOrHandle);
    const ordered = await orderCollection(ports(c), key, c.req.valid('json').productIds);
    if (!ordered.ok) throw refusal(ordered.error);
    await performOwed(c);
    return c.body(null, 204);
  });
}

/** As stated, in the catalogue's own language. */
export const shown = (c: RouteContext, collection: StoredCollection): Response =>
  conditionalJson(c, collectionView(collection, []), {
    isPrivate: true,
    tags: [],
    version: collection.version,
  });

export function refusal(failure: CollectionFailure): Problem {
  switch (failure.code) {
    case 'invalid':
      return toProblem(failure);
    case 'handle_taken':
      return new Problem({
        slug: 'conflict',
        detail: 'The handle belongs to another collection.',
        errors: [{ in: 'body', pointer: '/handle', detail: 'is taken' }],
      });
    case 'unknown_collection':
      return new Problem({ slug: 'not-found', detail: 'There is no such collection.' });
    case 'changed_meanwhile':
      return new Problem({
        slug: 'precondition-failed',
        detail: 'Read the collection again and send its new ETag as If-Match.',
      });
    case 'has_children':
      return new Problem({ slug: 'conflict', detail: 'Move or take away the collections below it first.' });
    default:
      return assertNever(failure);
  }
}
