import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { Context, MiddlewareHandler } from 'hono';
import { holdsCardNumber } from '#shared/domain/card-data.ts';
import type { AccessTokenVerifier, Actor } from '#shared/auth/access-token.ts';
import type { Permission } from '#shared/auth/permissions.ts';
import type { BindingKind, Costs } from '#shared/observability/costs.ts';
import { newCosts } from '#shared/observability/costs.ts';
import { log } from '#shared/observability/log.ts';
import { meterWork, spending } from '#shared/observability/work.ts';
import { cardDataInBody, cardDataInHead, refuseCardData } from './card-check.ts';
import { newRequestId, REQUEST_ID_HEADER, requestIdSchema } from './request-id.ts';
import { Problem, type ProblemDetails, problemResponse } from './problems.ts';
import { bodyUnread } from './unread-body.ts';
import { fieldErrors } from './validation.ts';

export interface AppVariables {
  requestId: string;
  costs: Costs;
  /** Set by `authorised`; reading it on a route without that middleware is a programming error. */
  actor: Actor;
  /** Set by `authorisedOrGuest`; null: a guest. */
  visitor: Actor | null;
  verifier: AccessTokenVerifier;
  /** Set by a worker that must know of each decision of `authorised`, before the route acts on it. */
  decided?: (actor: Actor, permissions: readonly Permission[], isAllowed: boolean) => Promise<void>;
}
export interface AppEnv<Bindings extends object> {
  Bindings: Bindings;
  Variables: AppVariables;
}
export type App<Bindings extends object> = OpenAPIHono<AppEnv<Bindings>>;

/** Default limit of a request body; a route that takes more says so itself. */
export const BODY_BYTES_MAX = 64 * 1024;

export interface AppOptions<Bindings extends object> {
  /** Name of the worker in its log lines. */
  system: string;
  /** Which bindings to meter; see `meterEnv`. */
  bindings: Partial<Record<keyof Bindings, BindingKind>>;
  /** Verifier of access tokens for this env, made once per isolate. */
  verifier: (env: Bindings) => AccessTokenVerifier;
  /** Bytes; null: no limit here, for a worker that streams every body on. */
  bodyBytesMax?: number | null;
  /** Stands around all that answers or refuses: for what every answer needs. */
  around?: MiddlewareHandler<AppEnv<Bindings>>;
  /** How a refusal is told where problem details are not understood; null: by problem details. */
  refused?: (error: unknown, c: Context<AppEnv<Bindings>>) => Promise<Response> | null;
  /** Paths whose routes read the body as it comes: they limit it themselves, and look for card data in it. */
  streamed?: RegExp;
}

/**
 * A worker's HTTP application: request id, metered bindings, body limit, no card data in any input, one log line a
 * request, and problem+json for every refusal. A 5xx tells the caller a request id and nothing else.
 */
export function createApp<Bindings extends object>(options: AppOptions<Bindings>): App<Bindings> {
  const app: App<Bindings> = new OpenAPIHono<AppEnv<Bindings>>({
    defaultHook: (result) => {
      if (result.success) return;
      throw new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: fieldErrors(PARTS[result.target] ?? 'body', result.error),
      });
    },
  });
  app.use(async (c, next) => {
    const sent = requestIdSchema.safeParse(c.req.header(REQUEST_ID_HEADER));
    const requestId = sent.success && !holdsCardNumber(sent.data) ? sent.data : newRequestId();
    const costs = newCosts();
    const started = Date.now();
    c.set('requestId', requestId);
    c.set('costs', costs);
    c.set('verifier', options.verifier(c.env));
    c.env = meterWork(c.env, options.bindings);
    await spending(costs, next);
    c.header(REQUEST_ID_HEADER, requestId);
    log.info('request', {
      system: options.system,
      requestId,
      method: c.req.method,
      path: c.req.path.replace(SECRET_PATH, '$1[redacted]'),
      status: c.res.status,
      ms: Date.now() - started,
      costs,
    });
  });
  if (options.around !== undefined) app.use(options.around);
  app.use((c, next) => {
    refuseCardData(cardDataInHead(c));
    return next();
  });
  const maxSize = options.bodyBytesMax === undefined ? BODY_BYTES_MAX : options.bodyBytesMax;
  if (maxSize !== null) {
    const tooLarge = { slug: 'body-too-large', detail: `At most ${maxSize} bytes.` } as const;
    const limited = bodyLimit({
      maxSize,
      onError: (c) => problemResponse(tooLarge, (c as Context<AppEnv<Bindings>>).get('requestId')),
    });
    const isUnread = bodyUnread(app);
    app.use((c, next) => {
      if (options.streamed?.test(c.req.path) === true || isUnread(c)) return next();
      return limited(c, async () => {
        refuseCardData(await cardDataInBody(c));
        await next();
      });
    });
  }
  app.notFound((c) =>
    problemResponse({ slug: 'not-found', detail: `No resource at ${c.req.path}.` }, c.get('requestId')),
  );
  app.onError(
    (error, c) =>
      options.refused?.(error, c) ??
      problemResponse(explain(error, options.system, c.get('requestId')), c.get('requestId')),
  );
  return app;
}

/** Paths whose last part is a right of its own: whoever reads the log must not hold it. */
const SECRET_PATH = /^(\/v1\/downloads\/).+/;

const PARTS: Partial<Record<string, 'body' | 'query' | 'path' | 'header'>> = {
  json: 'body',
  form: 'body',
  query: 'query',
  param: 'path',
  header: 'header',
};

function explain(error: unknown, system: string, requestId: string): ProblemDetails {
  if (error instanceof Problem) {
    if (error.details.slug === 'internal') log.error('problem', { system, requestId, error });
    return error.details;
  }
  if (error instanceof HTTPException && error.status === 415) {
    return {
      slug: 'unsupported-media-type',
      detail: 'Send the body as a content type this route names, usually `application/json`.',
    };
  }
  if (error instanceof HTTPException && error.status < 500) {
    return { slug: 'malformed-request', detail: error.message };
  }
  if ((error as { overloaded?: boolean }).overloaded === true) {
    log.warn('overloaded', { system, requestId, error });
    return {
      slug: 'unavailable',
      detail: 'Too much at once; repeat the request in a moment.',
      headers: { 'retry-after': '1' },
    };
  }
  log.error('unhandled', { system, requestId, error });
  return { slug: 'internal', detail: 'Quote the requestId when you report this.' };
}
