import { createMiddleware } from 'hono/factory';
import { allows, type Permission } from '#shared/auth/permissions.ts';
import type { AppEnv } from './app.ts';
import { Problem } from './problems.ts';

const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;
const SUBPROTOCOL = /^bearer\.([\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * Spread into `createRoute`: demands an access token whose role carries `permission`, and states it in the API document.
 *
 * @example createRoute({ method: 'get', path: '/v1/orders', ...authorised('orders.read'), responses })
 */
export function authorised(permission: Permission, ...others: Permission[]) {
  const any = [permission, ...others];
  return {
    middleware: requireAny(any),
    security: [{ accessToken: [] }],
    'x-permissions': any,
  };
}

/**
 * Like `authorised` for routes that guests use too, with a right of their own that the route checks: without an access
 * token `visitor` is null, a bad one is refused all the same. `scheme` names that right in the API document.
 */
export function authorisedOrGuest(permission: Permission, scheme?: string) {
  return {
    middleware: visiting(permission),
    security: [{ accessToken: [] }, scheme === undefined ? {} : { [scheme]: [] }],
    'x-permissions': [permission],
  };
}

function visiting(permission: Permission) {
  const demanded = requireAny([permission]);
  return createMiddleware<AppEnv<object>>(async (c, next) => {
    c.set('visitor', null);
    if (c.req.header('authorization') === undefined) return next();
    return demanded(c, async () => {
      c.set('visitor', c.get('actor'));
      await next();
    });
  });
}

/**
 * Browsers let a page set no header on a WebSocket but the subprotocols (RFC 6455 §4.1): an upgrade may carry its token
 * there, as `bearer.<token>` beside the protocol it wants to speak. Never in the address, which others write down.
 */
function tokenOf(header: (name: string) => string | undefined): string | undefined {
  const sent = header('authorization');
  if (sent !== undefined || header('upgrade')?.toLowerCase() !== 'websocket')
    return BEARER.exec(sent ?? '')?.[1];
  const offered = (header('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim());
  return offered.map((protocol) => SUBPROTOCOL.exec(protocol)?.[1]).find((token) => token !== undefined);
}

/** Any one of `permissions` suffices; which one is for the handler to ask with `allows`. */
function requireAny(permissions: readonly Permission[]) {
  return createMiddleware<AppEnv<object>>(async (c, next) => {
    const token = tokenOf((name) => c.req.header(name));
    const actor = token === undefined ? null : await c.get('verifier').verify(token);
    if (actor === null) {
      throw new Problem({
        slug: 'unauthenticated',
        detail: 'Send a valid access token as `Authorization: Bearer`.',
        headers: { 'www-authenticate': token === undefined ? 'Bearer' : 'Bearer error="invalid_token"' },
      });
    }
    if (!permissions.some((permission) => allows(actor.roles, permission))) {
      throw new Problem({ slug: 'forbidden', detail: `Needs the permission ${permissions.join(' or ')}.` });
    }
    c.set('actor', actor);
    await next();
  });
}
