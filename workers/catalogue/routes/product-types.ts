import { productTypeInputSchema, productTypeSchema } from '#shared/contracts/http/product-types.ts';
import type { App } from '#shared/http/app.ts';
import { ruleRoutes } from '#shared/rules/rule-routes.ts';
import { PRODUCT_TYPES } from '../domain/product-type-kind.ts';
import type { Env } from '../env.ts';

/**
 * Product types. Products are held to their type whenever they are saved; a change of a type leaves those that are kept
 * as they are until then.
 */
export function productTypeRoutes(app: App<Env>, changed: () => void): void {
  ruleRoutes(app, {
    path: '/v1/product-types',
    tag: 'Catalogue',
    name: 'ProductType',
    words: 'a product type',
    idKind: 'productType',
    input: productTypeInputSchema,
    view: productTypeSchema,
    kind: PRODUCT_TYPES,
    database: (env) => env.CATALOGUE_DB,
    permissions: { read: 'products.write', write: 'products.write' },
    changed,
  });
}
