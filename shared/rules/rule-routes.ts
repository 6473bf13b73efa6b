import { createRoute, z } from '@hono/zod-openapi';
import type { Permission } from '#shared/auth/permissions.ts';
import type { App } from '#shared/http/app.ts';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { ifMatchHeader, versionIfSent, versionToMatch } from '#shared/http/entity-tag.ts';
import { idempotencyKey, keyReused } from '#shared/http/idempotency-key.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { ID_PREFIXES, type IdKind, idSchema } from '#shared/ids/ids.ts';
import { systemClock } from '#shared/time/time.ts';
import { assertNever } from '../domain/result.ts';
import { type RuleFailure, type RuleKind, RuleStore } from './store.ts';

export interface RuleRoutes<Bindings extends object, Input, View> {
  /** `/v1/promotions` */
  path: string;
  tag: string;
  /** Of one rule, as operation ids name it: `Promotion`. */
  name: string;
  /** In a sentence: `a promotion`. */
  words: string;
  idKind: IdKind;
  input: z.ZodType<Input>;
  view: z.ZodType<View>;
  kind: RuleKind<Input, View>;
  database: (env: Bindings) => D1Database;
  permissions: { read: Permission; write: Permission };
  /** Called after a write. */
  changed?: () => void;
}

const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const WRITE = ['malformed-request', 'body-too-large', 'unsupported-media-type', ...REFUSED] as const;
const positionSchema = z.strictObject({ id: z.string().max(100) });
const querySchema = pageQuerySchema.extend({
  /** `true` lists what was archived. */
  archived: z.stringbool().default(false),
});

/**
 * Adds list, create, read, replace and archive of one kind of rule. An Idempotency-Key decides the id of what is created,
 * so that a repeated request finds what the first one made.
 */
export function ruleRoutes<Bindings extends object, Input extends object, View extends object>(
  app: App<Bindings>,
  options: RuleRoutes<Bindings, Input, View>,
): void {
  const { path, tag, name, words, idKind, permissions } = options;
  const view = options.view as z.ZodType;
  const store = (env: Bindings, writtenBy = '') =>
    new RuleStore(options.database(env), options.kind, systemClock, writtenBy);
  const params = z.object({ id: idSchema(idKind) });
  const headers = z.object(ifMatchHeader(words));
  const body = { required: true, content: { 'application/json': { schema: options.input as z.ZodType } } };
  const tags = [tag];

  const list = createRoute({
    method: 'get',
    path,
    operationId: `list${name}s`,
    tags,
    summary: `Lists by id what there is of ${words}`,
    ...authorised(permissions.read),
    request: { query: querySchema },
    responses: {
      200: json(
        'A page',
        z.strictObject({ items: z.array(view), next: z.string().nullable() }).meta({ id: `${name}Page` }),
      ),
      ...problems('invalid-cursor', ...REFUSED),
    },
  });
  const create = createRoute({
    method: 'post',
    path,
    operationId: `create${name}`,
    tags,
    summary: `Makes ${words}`,
    ...authorised(permissions.write),
    request: {
      headers: z.object({ 'idempotency-key': idempotencyKey('Same key: the same resource, for ever') }),
      body,
    },
    responses: {
      201: json('As it is now; `Idempotent-Replayed: true` marks a repeated answer', view),
      ...problems('conflict', 'idempotency-key-reused', ...WRITE),
    },
  });
  const read = createRoute({
    method: 'get',
    path: `${path}/{id}`,
    operationId: `get${name}`,
    tags,
    summary: `Reads ${words}`,
    ...authorised(permissions.read),
    request: { params },
    responses: { 200: json('As it is now', view), ...problems('not-found', ...REFUSED) },
  });
  const replace = createRoute({
    method: 'put',
    path: `${path}/{id}`,
    operationId: `replace${name}`,
    tags,
    summary: `Replaces ${words}; orders that were priced already keep their prices`,
    ...authorised(permissions.write),
    request: { params, headers, body },
    responses: {
      200: json('As it is now', view),
      ...problems('not-found', 'conflict', 'precondition-failed', 'precondition-required', ...WRITE),
    },
  });
  const archive = createRoute({
    method: 'delete',
    path: `${path}/{id}`,
    operationId: `archive${name}`,
    tags,
    summary: `Archives ${words}: it counts no more, and orders that name it still can. Safe to repeat`,
    ...authorised(permissions.write),
    request: { params, headers },
    responses: {
      204: { description: 'It is archived' },
      ...problems('not-found', 'precondition-failed', ...REFUSED),
    },
  });

  app.openapi(list, async (c) => {
    const { limit, cursor, archived } = c.req.valid('query');
    const after = cursor === undefined ? '' : decodeCursor(positionSchema, cursor).id;
    const found = await store(c.env).list({ after, limit: limit + 1, archived });
    const page = found.slice(0, limit);
    const next = found.length > limit ? encodeCursor({ id: page.at(-1)?.id ?? '' }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.map((item) => item.view), next }, 200);
  });
  app.openapi(create, async (c) => {
    const key = c.req.valid('header')['idempotency-key'];
    const input = c.req.valid('json') as Input;
    const id = derivedId(idKind, c.get('actor').userId, path, key);
    const made = await store(c.env, c.get('actor').userId).create(id, input);
    options.changed?.();
    if (!made.ok) throw ruleProblem(made.error, words);
    const { version, isNew, isSame } = made.value;
    if (!isNew && version === 1 && !isSame) throw keyReused();
    if (!isNew) c.header('idempotent-replayed', 'true');
    c.header('etag', `"${version}"`);
    c.header('location', `${path}/${id}`);
    return c.json(made.value.view, 201);
  });
  app.openapi(read, async (c) => {
    const found = await store(c.env).read(c.req.valid('param').id);
    if (found === null) throw ruleProblem({ code: 'not_found' }, words);
    c.header('etag', `"${found.version}"`);
    return c.json(found.view, 200);
  });
  app.openapi(replace, async (c) => {
    const version = versionToMatch(c.req.valid('header')['if-match'], words);
    const replaced = await store(c.env, c.get('actor').userId).replace(
      c.req.valid('param').id,
      c.req.valid('json') as Input,
      version,
    );
    options.changed?.();
    if (!replaced.ok) throw ruleProblem(replaced.error, words);
    c.header('etag', `"${replaced.value.version}"`);
    return c.json(replaced.value.view, 200);
  });
  app.openapi(archive, async (c) => {
    const header = c.req.valid('header')['if-match'];
    const done = await store(c.env, c.get('actor').userId).archive(
      c.req.valid('param').id,
      versionIfSent(header, words),
    );
    options.changed?.();
    if (!done.ok) throw ruleProblem(done.error, words);
    return c.body(null, 204);
  });
}

/** The id that one person's key stands for. */
const derivedId = (kind: IdKind, actorId: string, path: string, key: string): string =>
  `${ID_PREFIXES[kind]}_${sha256Hex(JSON.stringify([actorId, path, key])).slice(0, 32)}`;

export function ruleProblem(failure: RuleFailure, words: string): Problem {
  switch (failure.code) {
    case 'not_found':
      return new Problem({ slug: 'not-found', detail: `There is no such thing as ${words} under this id.` });
    case 'changed_meanwhile':
      return new Problem({
        slug: 'precondition-failed',
        detail: 'It has changed meanwhile: read it again and send its new ETag as If-Match.',
      });
    case 'archived':
      return new Problem({ slug: 'conflict', detail: 'It is archived and changes no more.' });
    case 'contradicts':
      return new Problem({
        slug: 'validation-failed',
        detail: 'It says something else than another that is in use.',
        errors: failure.contradictions.map(({ pointer, detail }) => ({ in: 'body', pointer, detail })),
      });
    case 'taken':
      return new Problem({ slug: 'conflict', detail: 'Its name is taken by another.' });
    default:
      return assertNever(failure);
  }
}
