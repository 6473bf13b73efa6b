import type { AccessTokenVerifier } from '#shared/auth/access-token.ts';
import { workerVerifier } from '#shared/auth/worker-verifier.ts';
import { backupRoutes } from '#shared/backup/routes.ts';
import { type App, createApp } from '#shared/http/app.ts';
import { deadLetterRoutes } from '#shared/queues/dead-letter-routes.ts';
import { sources } from './backups.ts';
import { BINDINGS, type Env } from './env.ts';
import { forgetSearchRules } from './queries/search-rules.ts';
import { tellBookmark } from './routes/context.ts';
import { archiveProductRoute } from './routes/archive-product.ts';
import { createProductRoute } from './routes/create-product.ts';
import { bulkEditRoutes } from './routes/bulk-edit.ts';
import { exportRoutes } from './routes/export-products.ts';
import { importProductsRoute } from './routes/import-products.ts';
import { jobRoutes } from './routes/jobs.ts';
import { mediaRoutes } from './routes/media.ts';
import { collectionRoutes } from './routes/collections.ts';
import { collectionVersionRoutes } from './routes/collection-versions.ts';
import { readCollectionRoutes } from './routes/read-collection.ts';
import { listCollectionsRoute } from './routes/list-collections.ts';
import { listProductsRoute } from './routes/list-products.ts';
import { priceListRoutes } from './routes/price-lists.ts';
import { productJsonLdRoute } from './routes/product-json-ld.ts';
import { productTypeRoutes } from './routes/product-types.ts';
import { productVersionRoutes } from './routes/product-versions.ts';
import { readProductRoute } from './routes/read-product.ts';
import { rebuildSearchRoute } from './routes/rebuild-search.ts';
import { replaceProductRoute } from './routes/replace-product.ts';
import { searchRuleRoutes } from './routes/search-rules.ts';
import { rebuildIndexRoute } from './routes/rebuild-index.ts';
import { suggestRoute } from './routes/suggest.ts';
import { searchRoute } from './routes/search.ts';

/** The catalogue's HTTP face: products, collections, imports, its dead letters. */
export function createCatalogueApp(): App<Env> {
  let cached: AccessTokenVerifier | null = null;
  const app = createApp<Env>({
    system: 'catalogue',
    bindings: BINDINGS,
    streamed: /^\/v1\/(?:imports|media)$/,
    verifier: (env) => (cached ??= workerVerifier(env)),
  });
  app.use(tellBookmark);
  listProductsRoute(app);
  searchRoute(app);
  suggestRoute(app);
  rebuildIndexRoute(app);
  searchRuleRoutes(app, forgetSearchRules);
  createProductRoute(app);
  rebuildSearchRoute(app);
  readProductRoute(app);
  productJsonLdRoute(app);
  replaceProductRoute(app);
  archiveProductRoute(app);
  productVersionRoutes(app);
  listCollectionsRoute(app);
  collectionRoutes(app);
  collectionVersionRoutes(app);
  readCollectionRoutes(app);
  importProductsRoute(app);
  exportRoutes(app);
  bulkEditRoutes(app);
  jobRoutes(app);
  mediaRoutes(app);
  productTypeRoutes(app, forgetSearchRules);
  priceListRoutes(app);
  backupRoutes(app, { worker: 'catalogue', sources });
  deadLetterRoutes(app, {
    worker: 'catalogue',
    database: (env) => env.CATALOGUE_DB,
    queues: (env) => ({ 'stock-events': env.STOCK_EVENTS }),
  });
  return app;
}
