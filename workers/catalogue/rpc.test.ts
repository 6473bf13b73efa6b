import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CatalogueService, purchasableVariantSchema } from '#shared/contracts/catalogue.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { portsOf } from './ports.ts';
import { create, operator, productInput, send, unique } from './testing/requests.ts';
import { resolveVariants } from './usecases/resolve-variants.ts';

beforeAll(migrateDatabases);

const rpc = (exports as unknown as { CatalogueRpc: CatalogueService }).CatalogueRpc;
const call = { requestId: 'rpc-test-1' };
const one = (variantId: string) => ({ variantId, quantity: 1 });

describe('orders ask the catalogue what can be bought', () => {
  it('tells which product may not be delivered without the rest of its order', async () => {
    const { product } = await create(productInput({ delivery: 'together' }));
    const resolved = await rpc.resolveVariants(call, {
      items: [one(product.variants[0]?.id ?? '')],
      currency: 'EUR',
      groups: [],
    });
    expect(resolved.ok && resolved.value.variants[0]?.delivery).toBe('together');
    expect(product.delivery).toBe('together');
  });

  it('answers in the order asked for and names what cannot be bought', async () => {
    const sku = unique('sku');
    const schema = { type: 'object', properties: { name: { type: 'string' } } };
    const { product: good } = await create(
      productInput({
        customisationSchema: schema,
        quantityMax: 7,
        variants: [{ sku, prices: [{ amount: 1234, currency: 'EUR' }], stockTracked: true, onHand: 1 }],
      }),
    );
    const { product: draft } = await create(productInput({ status: 'draft' }));
    const { product: dollars } = await create(
      productInput({ variants: [{ sku: unique('sku'), prices: [{ amount: 1, currency: 'USD' }] }] }),
    );
    const variantOf = (product: typeof good): string => product.variants[0]?.id ?? '';
    const nobody = newId('variant');
    const answer = await rpc.resolveVariants(call, {
      items: [variantOf(draft), nobody, variantOf(good), variantOf(dollars)].map(one),
      currency: 'EUR',
    });
    expect(answer).toEqual({
      ok: true,
      value: {
        variants: [
          {
            productId: good.id,
            productVersion: 1,
            variantId: variantOf(good),
            sku,
            kind: 'licence',
            title: good.title,
            variantTitle: '',
            listPrice: { amount: 1234, currency: 'EUR' },
            compareAt: null,
            unitPrice: { amount: 1234, currency: 'EUR' },
            priceSource: { list: 'base', reason: 'Standard price' },
            taxClass: 'standard',
            collections: [],
            stockTracked: true,
            availability: 'low_stock',
            expectedAt: null,
            stockShards: 1,
            quantityMax: 7,
            customisationSchema: schema,
            delivery: 'any',
            fulfilment: good.fulfilment,
          },
        ],
        refused: [
          { variantId: variantOf(draft), reason: 'not_published' },
          { variantId: nobody, reason: 'unknown_variant' },
          { variantId: variantOf(dollars), reason: 'no_price_in_currency' },
        ],
      },
    });
    if (answer.ok) purchasableVariantSchema.parse(answer.value.variants[0]);
  });

  it('answers the price of this moment, not of a cache', async () => {
    const input = productInput();
    const { product, etag } = await create(input);
    const items = [one(product.variants[0]?.id ?? '')];
    const price = async () => {
      const answer = await rpc.resolveVariants(call, { items, currency: 'EUR' });
      return answer.ok ? answer.value.variants[0]?.unitPrice.amount : null;
    };
    expect(await price()).toBe(1900);
    const dearer = {
      ...input,
      variants: [{ sku: `${input.handle}-1`, prices: [{ amount: 2900, currency: 'EUR' }] }],
    };
    await send('PUT', `/v1/products/${product.id}`, dearer, { ...(await operator()), 'if-match': etag });
    expect(await price()).toBe(2900);
  });

  it('takes a hundred variants at once and refuses what is not asked by the contract', async () => {
    const items = Array.from({ length: 100 }, () => one(newId('variant')));
    const answer = await rpc.resolveVariants(call, { items, currency: 'EUR' });
    expect(answer.ok && answer.value.refused.length).toBe(100);
    const ports = portsOf(workerEnv<Env>(), 'rpc-test-2', { later: () => undefined });
    await expect(resolveVariants(ports, { items: [one('x')], currency: 'EUR' })).rejects.toThrow(
      'must be an id',
    );
    await expect(resolveVariants(ports, { items: [], currency: 'EUR' })).rejects.toThrow('must not be empty');
  });
});
