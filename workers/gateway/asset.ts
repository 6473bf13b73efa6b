import type { Context } from 'hono';
import { ASSETS } from './assets.generated.ts';

const BY_PATH = new Map(Object.values(ASSETS).map((asset) => [asset.path, asset]));

/** Serves a file of our own. Its path changes with its content, so a browser may keep it for good. */
export function serveAsset(c: Context): Response | Promise<Response> {
  const asset = BY_PATH.get(c.req.path);
  if (asset === undefined) return c.notFound();
  return c.body(asset.content, 200, {
    'content-type': asset.contentType,
    'cache-control': 'public, max-age=31536000, immutable',
  });
}
