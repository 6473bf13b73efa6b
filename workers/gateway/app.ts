import type { Context, Hono } from 'hono';
import { createApp, type App } from '#shared/http/app.ts';
import { APPLE_PAY_FILE, applePayFile } from './apple-pay.ts';
import { serveAsset } from './asset.ts';
import { coarseLimit } from './coarse-limit.ts';
import { crossOrigin } from './cross-origin.ts';
import { BINDINGS, type Env, type PageEnv } from './env.ts';
import { forwardApi } from './forward-api.ts';
import { apiDocument } from './pages/docs.tsx';
import { refusedPage } from './pages/failure.tsx';
import { pages } from './pages/index.ts';
import { isApiPath } from './routing.ts';
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
    refused: (error, c) =>
      isApiPath(c.req.path) ? null : refusedPage(error, c as unknown as Context<PageEnv>),
  });
  app.get('/assets/:file', serveAsset);
  app.get(APPLE_PAY_FILE, coarseLimit, applePayFile);
  app.get('/.well-known/change-password', (c) => c.redirect('/account', 303));
  for (const path of ['/v1/*', '/v1', '/.well-known/*'])
    app.use(path, crossOrigin, coarseLimit).all(path, forwardApi);
  app.route('/', apiDocument());
  app.route('/', pages() as unknown as Hono);
  return app;
}
