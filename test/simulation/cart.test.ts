import { expect, it } from 'vitest';
import { CartEngine } from '#objects/cart/engine.ts';
import type { CartFace } from '#objects/cart/face.ts';
import type { CartPorts } from '#objects/cart/ports.ts';
import { silenceLog } from '#shared/observability/log.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { Kernel } from './kernel/kernel.ts';
import { Network, person } from './kernel/network.ts';
import { Objects } from './kernel/objects.ts';
import { catalogueSeenBy, variantIdOf } from './world/catalogue.ts';
import { SOUND } from './world/plan.ts';

silenceLog();
const CALL = { requestId: 'cart' };
const CART = `cart_${'1'.repeat(32)}`;
const customerId = `usr_${'1'.repeat(32)}`;
const asker = { customerId, tokenHash: null };

it('a cart asks for its order again when nobody ever answered, because it would stay shut for ever', async () => {
  const kernel = new Kernel(1);
  const network = new Network(kernel, SOUND.line);
  const objects = new Objects(kernel, { mortality: SOUND.mortality, plan: null, failed: () => {} });
  const catalogue = catalogueSeenBy(person('cart'), network, () => ({
    shards: null,
    isParcel: false,
    customerLimit: null,
  }));
  let asked = 0;
  const ports: CartPorts = {
    pricer: {
      price: async (call, { lines }) => {
        const items = lines.map(({ variantId }) => ({ variantId }));
        const answer = await catalogue.resolveVariants(call, { items, currency: 'EUR' });
        const truths = answer.ok ? answer.value.variants.map((variant) => ({ variant })) : [];
        return { lines: truths, priced: null, refusedCodes: [], refusals: [], shippingMethods: [] };
      },
    },
    order: () => {
      asked += 1;
      return new Promise<never>(() => {});
    },
    cart: () => Promise.reject(new Error('no other cart')),
    buyer: () => Promise.reject(new Error('no buyer')),
  };
  const carts = objects.namespace<CartFace>('cart', network, (_, host) => new CartEngine(host, ports));
  const cart = carts.seenBy(person('customer')).getByName(CART);
  const runFor = (ms: number) => kernel.run(kernel.now + ms, () => void objects.settle(), 10_000);

  void cart.open(CALL, {
    cartId: CART,
    owner: { as: 'customer', customerId },
    currency: 'EUR',
    locale: 'en',
  });
  await runFor(MINUTE_MS);
  const line = { variantId: variantIdOf({ index: 0, sku: 0, price: 100 }), quantity: 1, customisation: {} };
  void cart.add(CALL, asker, { key: 'one', fingerprint: 'f'.repeat(64), line });
  await runFor(MINUTE_MS);
  void cart.checkout(CALL, {
    customerId,
    key: 'order',
    fingerprint: 'f'.repeat(64),
    quoteId: null,
    paymentWindowSeconds: 600,
  });
  await runFor(30 * MINUTE_MS);
  expect(asked).toBeGreaterThan(3);
  objects.close();
});
