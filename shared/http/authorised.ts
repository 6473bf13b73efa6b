import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Actor } from '#shared/auth/access-token.ts';
import { may, STEP_UP, stepUpFor, type Permission } from '#shared/auth/permissions.ts';
import { log } from '#shared/observability/log.ts';
import type { AppEnv } from './app.ts';
import { Problem } from './problems.ts';
import { stepUpRequired } from './step-up.ts';

const CREDENTIALS = /^(?:(Bearer|DPoP) ([\w-]+\.[\w-]+\.[\w-]+)|Bearer (tpk_[\w-]+))$/i;
const SUBPROTOCOL = /^bearer\.([\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * Spread into `createRoute`: demands an access token whose role carries `permission`, and
 * the authentication that `STEP_UP` asks for it; states both in the API document.
 *
 * @example createRoute({ method: 'get', path: '/v1/orders', ...authorised('orders.read'), responses })
 */
export function authorised(permission: Permission, ...others: Permission[]) {
  const any = [permission, ...others];
  return {
    middleware: requireAny(any),
    security: [{ accessToken: [] }],
    ...described(any),
  };
}

/** What the API document says of them: `x-step-up` has those that ask for a newer or stronger sign-in, with what they ask. */
function described(permissions: readonly Permission[]) {
  const asking = permissions.flatMap((permission) => {
    const asked = STEP_UP[permission];
    return asked === undefined ? [] : [[permission, asked] as const];
  });
  return {
    'x-permissions': [...permissions],
    ...(asking.length === 0 ? {} : { 'x-step-up': Object.fromEntries(asking) }),
  };
}

/**
 * Like `authorised` for routes that guests use too, with a right of their own that the route checks: without an access
 * token `visitor` is null, a bad one is refused all the same. `scheme` names that right in the API document.
 */
export function authorisedOrGuest(permission: Permission, scheme?: string, ...others: Permission[]) {
  const any = [permission, ...others];
  return {
    middleware: visiting(any),
    security: [{ accessToken: [] }, scheme === undefined ? {} : { [scheme]: [] }],
    ...described(any),
  };
}

/**
 * Spread into `createRoute` of a route that asks for no access token: says in the API document why it may. A route that
 * has none of the three fails the test over all routes, so that none is open by being forgotten.
 */
export const open = (because: string) => ({ security: [], 'x-open-because': because });

function visiting(permissions: readonly Permission[]) {
  const demanded = requireAny(permissions);
  return createMiddleware<AppEnv<object>>(async (c, next) => {
    c.set('visitor', null);
    if (c.req.header('authorization') === undefined) return next();
    return demanded(c, async () => {
      c.set('visitor', c.get('actor'));
      await next();
    });
  });
}

interface Credentials {
  scheme: 'Bearer' | 'DPoP';
  token: string;
}

/**
 * Browsers let a page set no header on a WebSocket but the subprotocols (RFC 6455 §4.1): an upgrade may carry its token
 * there, as `bearer.<token>` beside the protocol it wants to speak. Never in the address, which others write down.
 */
function credentialsOf(header: (name: string) => string | undefined): Credentials | null {
  const sent = header('authorization');
  if (sent !== undefined || header('upgrade')?.toLowerCase() !== 'websocket') {
    const [, scheme = '', jwt, key] = CREDENTIALS.exec(sent ?? '') ?? [];
    const token = jwt ?? key;
    if (token === undefined) return null;
    return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token };
  }
  const offered = (header('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim());
  const token = offered
    .map((protocol) => SUBPROTOCOL.exec(protocol)?.[1])
    .find((found) => found !== undefined);
  return token === undefined ? null : { scheme: 'Bearer', token };
}

/** Who sent this request; null: nobody that can be proven. */
async function presentedActor<E extends AppEnv<object>>(c: Context<E>): Promise<Actor | null> {
  const credentials = credentialsOf((name) => c.req.header(name));
  if (credentials === null) return null;
  const verifier = (c as unknown as Context<AppEnv<object>>).get('verifier');
  if (credentials.scheme === 'Bearer') return verifier.verify(credentials.token);
  const proof = c.req.header('dpop') ?? '';
  const { method, path } = c.req;
  return verifier.verify(credentials.token, { scheme: 'DPoP', proof, method, path });
}

/**
 * Whether whoever sent this request may, with the sign-in that is behind it: for routes that everybody may use, and that show
 * some more. Whoever would first have to show a second factor may not.
 */
export async function mayNow<E extends AppEnv<object>>(
  c: Context<E>,
  permission: Permission,
): Promise<boolean> {
  const actor = await presentedActor(c);
  return actor !== null && may(actor, permission) && demandOf(actor, permission) === null;
}

/** Who sent this request, or a refusal as RFC 6750 §3 and RFC 9449 §7.1 ask for. */
export async function demandedActor<E extends AppEnv<object>>(c: Context<E>): Promise<Actor> {
  const actor = await presentedActor(c);
  if (actor !== null) return actor;
  const [, scheme] = /^(Bearer|DPoP) /i.exec(c.req.header('authorization') ?? '') ?? [];
  const isDpop = scheme?.toLowerCase() === 'dpop';
  throw new Problem({
    slug: 'unauthenticated',
    detail:
      'Send a valid access token as `Authorization: Bearer`; one that is bound to a key as `DPoP`, with its proof.',
    headers: {
      'www-authenticate': `${isDpop ? 'DPoP' : 'Bearer'}${scheme === undefined ? '' : ' error="invalid_token"'}`,
    },
  });
}

/** Any one of `permissions` suffices; which one is for the handler to ask with `may`. */
function requireAny(permissions: readonly Permission[]) {
  return createMiddleware<AppEnv<object>>(async (c, next) => {
    const actor = await demandedActor(c);
    const held = permissions.filter((permission) => may(actor, permission));
    await c.get('decided')?.(actor, permissions, held.length > 0);
    if (held.length === 0) {
      throw new Problem({ slug: 'forbidden', detail: `Needs the permission ${permissions.join(' or ')}.` });
    }
    demandStepUp(actor, held);
    if (actor.actingId !== null) {
      const { userId, actingId } = actor;
      log.info('acting for a customer', { requestId: c.get('requestId'), userId, actingId });
    }
    c.set('actor', actor);
    await next();
  });
}

/** What of the sign-in is too little for it; null: nothing. Services, which no person stands behind, show nothing. */
const demandOf = (actor: Actor, permission: Permission) =>
  actor.sessionId === null ? null : stepUpFor(actor, permission, Math.floor(Date.now() / 1_000));

/** Refuses when one of the permissions asks for more than was shown. */
function demandStepUp(actor: Actor, held: readonly Permission[]): void {
  for (const permission of held) {
    const demand = demandOf(actor, permission);
    if (demand !== null) throw new Problem(stepUpRequired(demand));
  }
}
