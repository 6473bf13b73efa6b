import type { Hono } from 'hono';
import { createApp, type App } from '#shared/http/app.ts';
import { serveAsset } from './asset.ts';
import { coarseLimit } from './coarse-limit.ts';
import { crossOrigin } from './cross-origin.ts';
import { BINDINGS, type Env } from './env.ts';
import { forwardApi } from './forward-api.ts';
import { apiDocument } from './pages/docs.tsx';
import { pages } from './pages/index.ts';
import { securityHeaders } from './security.ts';

/** The front door: API paths go to the worker that answers them, everything else is a page of the shop. */
export function createGateway(): App<Env> {
  const app = createApp<Env>({
    system: 'gateway',
    bindings: BINDINGS,
    // Tokens pass through; the worker that answers verifies them.
    verifier: () => ({ verify: () => Promise.resolve(null) }),
    bodyBytesMax: null,
    around: securityHeaders,
  });
  app.get('/assets/:file', serveAsset);
  app.get('/.well-known/change-password', (c) => c.redirect('/account', 303));
  for (const path of ['/v1/*', '/v1', '/.well-known/*'])
    app.use(path, crossOrigin, coarseLimit).all(path, forwardApi);
  app.route('/', apiDocument());
  app.route('/', pages() as unknown as Hono);
  return app;
}
