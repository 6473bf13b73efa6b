import { beforeAll, describe, expect, it } from 'vitest';
import { exports } from 'cloudflare:workers';
import type { CatalogueService } from '#shared/contracts/catalogue.ts';
import { GIFT_CARD_WISHES } from '#shared/domain/gift-card.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { create, operator, productInput, send, unique } from './testing/requests.ts';

const rpc = (exports as unknown as { CatalogueRpc: CatalogueService }).CatalogueRpc;
beforeAll(migrateDatabases);

const giftCard = (overrides: Parameters<typeof productInput>[0] = {}) =>
  productInput({
    kind: 'gift_card',
    taxClass: 'exempt',
    fulfilment: { template: 'gift-card', validDays: null },
    optionNames: ['Amount'],
    variants: [25, 50].map((worth) => ({
      sku: unique(`gift-${worth}`),
      options: { Amount: `${worth}` },
      prices: [{ amount: worth * 100, currency: 'EUR' }],
    })),
    ...overrides,
  });

describe('a gift card in the catalogue', () => {
  it('is a product whose variants are amounts, with what may be said of every card', async () => {
    const { product } = await create(giftCard());
    expect(product.customisationSchema).toEqual(GIFT_CARD_WISHES);
    const variantId = product.variants[1]?.id ?? '';
    const resolved = await rpc.resolveVariants(
      { requestId: 'gift-card' },
      { items: [{ variantId, quantity: 1 }], currency: 'EUR' },
    );
    expect(resolved.ok ? resolved.value.variants : []).toMatchObject([
      { kind: 'gift_card', unitPrice: { amount: 5_000 }, taxClass: 'exempt' },
    ]);
  });

  it.each([
    ['/taxClass', { taxClass: 'standard' }],
    ['/quantityMax', { quantityMax: 101 }],
    ['/fulfilment/template', { fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null } }],
    [
      '/fulfilment/value',
      { fulfilment: { template: 'gift-card', validDays: null, value: { amount: 1, currency: 'EUR' } } },
    ],
    ['/customisationSchema', { customisationSchema: { type: 'object', properties: {} } }],
  ])('is refused with another %s', async (pointer, overrides) => {
    const refused = await send('POST', '/v1/products', giftCard(overrides), await operator());
    expect(refused.status).toBe(422);
    const { errors } = await refused.json<{ errors: { pointer: string }[] }>();
    expect(errors.map((error) => error.pointer)).toContain(pointer);
  });

  it('is no part of a bundle, which has one price for all', async () => {
    const { product } = await create(giftCard());
    const bundle = productInput({
      kind: 'bundle',
      fulfilment: { template: 'bundle', components: [{ sku: product.variants[0]?.sku, quantity: 1 }] },
    });
    const refused = await send('POST', '/v1/products', bundle, await operator());
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('/fulfilment/components/0/sku');
  });
});
