import { Hono } from 'hono';
import type { CollectionView } from '#shared/contracts/http/collections.ts';
import { breadcrumbsJsonLd } from '#shared/contracts/http/product-json-ld.ts';
import type { ProductPage } from '#shared/contracts/http/products.ts';
import { publicApi, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { pricesNow } from '../prices-now.ts';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { page } from './layout.tsx';
import { NextPage, RefusalNotice } from './parts.tsx';
import { ProductCard } from './product-card.tsx';

const PAGE_SIZE = 24;

/** A collection: the way to it, what is right below it, and its own products in its own order. */
export const collection = new Hono<PageEnv>().get('/collections/:handle', async (c) => {
  const path = `/v1/collections/${encodeURIComponent(c.req.param('handle'))}`;
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  const cursor = c.req.query('cursor');
  if (cursor !== undefined) query.set('cursor', cursor);
  const [read, listed] = await Promise.all([
    publicApi<CollectionView>(c, { method: 'GET', path }),
    publicApi<ProductPage>(c, { method: 'GET', path: `${path}/products?${query.toString()}` }),
  ]);
  const found = valueOf(read);
  // A stale cursor is told on the page; everything else is a failure.
  if (!listed.ok && (listed.error.status >= 500 || listed.error.status === 429)) valueOf(listed);
  const currency = c.get('cart').currency ?? 'EUR';
  const ids = listed.ok ? listed.value.items.map(({ id }) => id) : [];
  const prices = await pricesNow(c, ids, currency);
  const { title, descriptionHtml, seo, locale, children } = found;
  const jsonLd = breadcrumbsJsonLd(found.path, c.env.PUBLIC_ORIGIN, null);
  return page(c, {
    title: seo.title === '' ? title : seo.title,
    ...(seo.description === '' ? {} : { description: seo.description }),
    ...(jsonLd === null ? {} : { jsonLd }),
    status: listed.ok ? 200 : 400,
    children: (
      <>
        <div lang={locale}>
          <Breadcrumbs path={found.path.slice(0, -1)} here={title} />
          <h1>{title}</h1>
          {/* The catalogue lets through a short list of harmless tags only; no script runs here whatever they say. */}
          <div dangerouslySetInnerHTML={{ __html: descriptionHtml }} />
          {children.length > 0 && (
            <nav aria-label="Within this collection">
              <ul>
                {children.map((child) => (
                  <li>
                    <a href={`/collections/${encodeURIComponent(child.handle)}`}>{child.title}</a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
        </div>
        <p>
          <a href={`/?collection=${encodeURIComponent(found.handle)}`}>
            {children.length > 0
              ? 'All products of this collection and those below it'
              : 'Narrow down these products'}
          </a>
        </p>
        <RefusalNotice refusal={listed.ok ? null : listed.error} />
        {listed.ok && (
          <>
            <ul class="grid">
              {listed.value.items.map((product) => (
                <ProductCard product={product} currency={currency} price={prices.get(product.id)?.[0]} />
              ))}
            </ul>
            <NextPage url={c.req.url} next={listed.value.next} />
          </>
        )}
      </>
    ),
  });
});
