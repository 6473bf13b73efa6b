import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Actor } from '#shared/auth/access-token.ts';
import type { AppEnv } from '#shared/http/app.ts';
import { mayNow } from '#shared/http/authorised.ts';
import { log } from '#shared/observability/log.ts';
import type { Env } from '../env.ts';
import { type Ports, portsOf } from '../ports.ts';
import { drainOutbox } from '../usecases/drain-outbox.ts';

export type RouteContext = Context<AppEnv<Env>>;

const groupsOfRequest = new WeakMap<Request, readonly string[]>();

/** Marks a request as asked for one customer, by a worker that knows the groups he is in. No client can say so. */
export function ofCustomer(request: Request, groups: readonly string[]): Request {
  groupsOfRequest.set(request, groups);
  return request;
}

/** Null: the request is nobody's in particular. */
export const customerGroups = (c: RouteContext): readonly string[] | null =>
  groupsOfRequest.get(c.req.raw) ?? null;

const portsOfRequest = new WeakMap<RouteContext, Ports>();

/** The same for all of one request. */
export function ports(c: RouteContext): Ports {
  const known = portsOfRequest.get(c);
  if (known !== undefined) return known;
  const invocation = {
    later: (work: Promise<unknown>) => c.executionCtx.waitUntil(work),
    platformCache: (c.executionCtx as ExecutionContext).cache,
    bookmark: bookmarkOf(c),
    author: { actorId: actorOf(c), reason: 'request', jobId: null, restoredFrom: null } as const,
  };
  const made = portsOf(c.env, c.get('requestId'), invocation);
  portsOfRequest.set(c, made);
  return made;
}

/** Null on routes that ask for nobody. */
const actorOf = (c: RouteContext): string | null => {
  const actor = c.get('actor') as Actor | undefined;
  return actor?.actingId ?? actor?.userId ?? null;
};

const BOOKMARK_HEADER = 'x-d1-bookmark';
const BOOKMARK = /^[0-9a-f]{8}(?:-[0-9a-f]{8}){2}-[0-9a-f]{32}$/;

/** Where the database stood when the caller last wrote, if he says so; what is no bookmark is as good as none. */
export function bookmarkOf(c: RouteContext): string | undefined {
  const sent = c.req.header(BOOKMARK_HEADER);
  return sent !== undefined && BOOKMARK.test(sent) ? sent : undefined;
}

/** Tells whoever may write where the database stands, so that his next read, wherever it is answered, is not older. */
export const tellBookmark = createMiddleware<AppEnv<Env>>(async (c, next) => {
  await next();
  const isShared = c.res.headers.get('cache-control')?.startsWith('public') === true;
  const bookmark = isShared ? null : (portsOfRequest.get(c)?.catalogue.bookmark() ?? null);
  if (bookmark !== null) c.header(BOOKMARK_HEADER, bookmark);
});

/** Who asks for what he has just written gets no cache's answer. */
export const readsFresh = (c: RouteContext, operator: boolean): boolean =>
  operator || bookmarkOf(c) !== undefined;

/**
 * Is the caller an operator of the catalogue? Everybody may read the catalogue, so a missing, expired or foreign token
 * makes an ordinary reader and never a refusal, and so does a sign-in that showed too little (`STEP_UP`).
 */
export const readsAsOperator = (c: RouteContext): Promise<boolean> => mayNow(c, 'products.write');

/**
 * Performs what a write owes before it is answered, so that the operator's next read of a list shows it. When that
 * fails the write stands all the same and the cron makes up for it.
 */
export async function performOwed(c: RouteContext): Promise<void> {
  const work = drainOutbox(ports(c)).catch((error: unknown) =>
    log.error('outbox not drained', { requestId: c.get('requestId'), error }),
  );
  c.executionCtx.waitUntil(work);
  await work;
}
