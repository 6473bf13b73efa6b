import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, Env } from 'hono';
import { matchedRoutes } from 'hono/route';

/**
 * Tells requests whose route takes no body, by what its `createRoute` says: nobody reads what is sent with them, so that
 * the API document need not tell of refusals for it. Of a path that no route answers nothing is known.
 */
export function bodyUnread<E extends Env>(app: OpenAPIHono<E>): (c: Context) => boolean {
  let takesBody: Map<string, boolean> | null = null;
  return (c) => {
    takesBody ??= declared(app);
    const first = matchedRoutes(c).find(({ method, path }) => takesBody?.has(nameOf(method, path)));
    return first !== undefined && takesBody.get(nameOf(first.method, first.path)) === false;
  };
}

const nameOf = (method: string, path: string): string => `${method.toUpperCase()} ${path}`;

/** Whether each route takes a body; asked when all are registered. */
const declared = <E extends Env>(app: OpenAPIHono<E>): Map<string, boolean> =>
  new Map(
    app.openAPIRegistry.definitions.flatMap((definition) => {
      if (definition.type !== 'route') return [];
      const { method, path, request } = definition.route;
      const routed = path.replaceAll(/\/\{(.+?)\}/g, '/:$1');
      return [[nameOf(method, routed), request?.body !== undefined] as const];
    }),
  );
