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

  it('tells how much can be bought, of a variant as it says itself, and per customer of both', async () => {
    const perCustomer = { quantity: 4, days: 30 };
    const own = {
      quantityMin: 2,
      quantityMax: 6,
      quantityMultiple: 2,
      perCustomer: { quantity: 2, days: null },
    };
    const priced = { prices: [{ amount: 1, currency: 'EUR' }] };
    const input = productInput({
      limits: { quantityMin: 3, quantityMultiple: 3, perCustomer },
      optionNames: ['Size'],
      variants: [
        { ...priced, sku: unique('sku'), options: { Size: 'S' } },
        { ...priced, sku: unique('sku'), options: { Size: 'M' }, limits: own },
      ],
    });
    const { product } = await create(input);
    expect(product.variants.map(({ limits }) => limits)).toEqual([null, own]);
    const ids = product.variants.map(({ id }) => id);
    const resolved = await rpc.resolveVariants(call, { items: ids.map(one), currency: 'EUR' });
    const [small, medium] = resolved.ok ? resolved.value.variants : [];
    const ofProduct = { ...perCustomer, scope: product.id };
    expect(small).toMatchObject({ quantityMin: 3, quantityMax: 100, quantityMultiple: 3 });
    expect(small?.customerLimits).toEqual([ofProduct]);
    expect(medium).toMatchObject({ quantityMin: 2, quantityMax: 6, quantityMultiple: 2 });
    expect(medium?.customerLimits).toEqual([ofProduct, { quantity: 2, days: null, scope: ids[1] }]);
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
            quantityMin: 1,
            quantityMultiple: 1,
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
