import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '#shared/auth/permissions.ts';
import { encodeCursor } from '#shared/http/cursor.ts';
import { newId } from '#shared/ids/ids.ts';
import { type Costs, meterEnv, newCosts } from '#shared/observability/costs.ts';
import { signedIn } from '#shared/testing/runtime.ts';
import { createPurchaseApp } from './app.ts';
import { BINDINGS } from './env.ts';
import { ownedBy, servicePlan } from './testing/instances.ts';
import { address, bindings, openShop, payments, place, stocked, variant } from './testing/shop.ts';

beforeAll(openShop);
const app = createPurchaseApp();

/** What one request costs once the isolate is warm (the key set is loaded). */
async function costOf(
  method: string,
  path: string,
  as: [string, Role],
  body?: unknown,
): Promise<{ status: number; costs: Partial<Costs> }> {
  const costs = newCosts();
  const context = createExecutionContext();
  const response = await app.fetch(
    new Request(`https://shop.test${path}`, {
      method,
      headers: {
        ...(await signedIn(...as)),
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
        'if-match': '*',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
    meterEnv(bindings, BINDINGS, costs),
    context,
  );
  if (response.headers.get('content-type')?.startsWith('text/event-stream') === true)
    await response.body?.cancel();
  await waitOnExecutionContext(context);
  const spent = Object.entries(costs).filter(([, count]) => Number(count) > 0);
  return { status: response.status, costs: Object.fromEntries(spent) };
}

/** Each cart route once, in an order that makes sense. */
async function cartCosts(customerId: string, variantId: string) {
  const as: [string, Role] = [customerId, 'customer'];
  const createCart = await costOf('POST', '/v1/carts', as, { currency: 'EUR' });
  const cartId = (await bindings.BUYER.getByName(customerId).currentCart({ requestId: 'test' })) ?? '';
  const path = `/v1/carts/${cartId}`;
  const addCartLine = await costOf('POST', `${path}/lines`, as, { variantId });
  const cart = await bindings.CART.getByName(cartId).read(
    { requestId: 'test' },
    { customerId, tokenHash: null },
  );
  const line = `${path}/lines/${cart.ok ? cart.value.lines[0]?.id : ''}`;
  return {
    createCart,
    addCartLine,
    getCart: await costOf('GET', path, as),
    getCurrentCart: await costOf('GET', '/v1/carts/current', as),
    changeCart: await costOf('PATCH', path, as, { delivery: 'as_ready' }),
    changeCartLine: await costOf('PATCH', line, as, { quantity: 2 }),
    removeCartCode: await costOf('DELETE', `${path}/codes/WELCOME`, as),
    claimCart: await costOf('POST', `${path}/claim`, as),
    quoteCart: await costOf('POST', `${path}/quote`, as),
    checkoutCart: await costOf('POST', `${path}/checkout`, as, {}),
  };
}

/** A further term of something an order made. */
async function changeCosts(customerId: string) {
  const as: [string, Role] = [customerId, 'customer'];
  const { variantId } = await variant({ kind: 'service', fulfilment: servicePlan('small') });
  const { instanceId } = await ownedBy(await place(customerId, { lines: [{ variantId, quantity: 1 }] }));
  const quoteInstanceChange = await costOf('POST', '/v1/instance-changes/quotes', as, {
    change: 'renewal',
    instanceId,
  });
  const quote = await bindings.ORDERS_DB.prepare('SELECT id FROM instance_quotes WHERE customer_id = ?')
    .bind(customerId)
    .first<{ id: string }>();
  const orderInstanceChange = await costOf('POST', '/v1/instance-changes', as, { quoteId: quote?.id });
  const renewal = `/v1/instance-renewals/${instanceId}`;
  return {
    quoteInstanceChange,
    orderInstanceChange,
    agreeToInstanceRenewal: await costOf('PUT', renewal, as, { paymentMethodId: 'pm_kept', agreed: true }),
    getInstanceRenewal: await costOf('GET', renewal, as),
    endInstanceRenewal: await costOf('DELETE', renewal, as),
  };
}

/** Behind the last order there can be. */
const EMPTY_PART = encodeCursor({ shard: 15, after: `ord_${'f'.repeat(32)}` });

describe('what a request costs', () => {
  it('is bounded for every endpoint, because a hidden round trip is paid for each time', async () => {
    const customer = newId('user');
    const staff = newId('user');
    const thing = await stocked(100);
    const body = { currency: 'EUR' as const, lines: [{ variantId: thing.variantId, quantity: 1 }] };
    const orders = await Promise.all([place(customer, body), place(customer, body)]);
    const [order] = orders;
    await costOf('GET', '/v1/orders', [customer, 'customer']);
    const code = `CARD-${crypto.randomUUID()}`;
    await payments.addCard(code, { cardId: newId('giftCard'), balance: 100 });
    const table = {
      placeOrder: await costOf('POST', '/v1/orders', [customer, 'customer'], body),
      placeOrderWithCard: await costOf('POST', '/v1/orders', [customer, 'customer'], {
        ...body,
        giftCards: [{ code }],
      }),
      getOrder: await costOf('GET', `/v1/orders/${order.id}`, [customer, 'customer']),
      getOrderTimeline: await costOf('GET', `/v1/orders/${order.id}/timeline`, [customer, 'customer']),
      listOrders: await costOf('GET', '/v1/orders?limit=100', [customer, 'customer']),
      editOrder: await costOf('PATCH', `/v1/orders/${order.id}`, [customer, 'customer'], {
        shippingAddress: address,
      }),
      noteOnOrder: await costOf('POST', `/v1/orders/${order.id}/notes`, [staff, 'operator'], {
        text: 'Called',
      }),
      refundOrder: await costOf('POST', `/v1/orders/${order.id}/refunds`, [staff, 'operator'], {
        everything: true,
        reason: 'Too early',
      }),
      decideOrderAccess: await costOf('POST', `/v1/orders/${order.id}/access`, [staff, 'operator'], {
        decision: 'suspend',
        reason: 'Too early',
      }),
      requestReturn: await costOf('POST', `/v1/orders/${order.id}/returns`, [customer, 'customer'], {
        lines: [{ lineId: order.lines[0]?.id, quantity: 1, reason: 'Too early' }],
      }),
      listOrderVersions: await costOf('GET', `/v1/orders/${order.id}/versions`, [customer, 'customer']),
      readOrderVersion: await costOf('GET', `/v1/orders/${order.id}/versions/2`, [customer, 'customer']),
      cancelOrder: await costOf('POST', `/v1/orders/${order.id}/cancel`, [customer, 'customer'], {}),
      retryOrder: await costOf('POST', `/v1/orders/${order.id}/retry`, [staff, 'operator'], {}),
      resolveOrder: await costOf('POST', `/v1/orders/${order.id}/resolve`, [staff, 'operator'], {
        as: 'cancelled',
        reason: 'Settled by phone',
      }),
      retryOrders: await costOf('POST', '/v1/orders/retries', [staff, 'operator'], {
        orderIds: orders.map(({ id }) => id),
      }),
      resolveOrders: await costOf('POST', '/v1/orders/resolutions', [staff, 'operator'], {
        attention: 'nothing_to_refund_from',
        as: 'cancelled',
        reason: 'Settled by phone',
      }),
      getOrderEffects: await costOf('GET', `/v1/orders/${order.id}/effects`, [staff, 'operator']),
      followOrder: await costOf('GET', `/v1/orders/${order.id}/events`, [customer, 'customer']),
      searchByEmail: await costOf('GET', `/v1/orders?email=${customer}@mail.test`, [staff, 'support']),
      rebuildOrderProjection: await costOf('POST', '/v1/orders/projection/rebuild', [staff, 'operator'], {
        cursor: EMPTY_PART,
      }),
      getStock: await costOf('GET', `/v1/stock/${thing.sku}`, [staff, 'operator']),
      setStock: await costOf('PUT', `/v1/stock/${thing.sku}`, [staff, 'operator'], { onHand: 9 }),
      ...(await cartCosts(customer, thing.variantId)),
      ...(await changeCosts(customer)),
      changeStockSettings: await costOf('PATCH', `/v1/stock/${thing.sku}`, [staff, 'operator'], {
        shards: 1,
      }),
      restock: await costOf('POST', `/v1/stock/${thing.sku}/restock`, [staff, 'operator'], { quantity: 9 }),
      listStockMovements: await costOf('GET', `/v1/stock/${thing.sku}/movements`, [staff, 'operator']),
      listStock: await costOf('GET', '/v1/stock?low=true', [staff, 'operator']),
      listPurchaseDeadLetters: await costOf('GET', '/v1/dead-letters/purchase', [staff, 'operator']),
      replayPurchaseDeadLetter: await costOf('POST', '/v1/dead-letters/purchase/dl_0/replay', [
        staff,
        'operator',
      ]),
    };
    expect(table).toEqual({
      placeOrder: { status: 201, costs: { objects: 2 } },
      placeOrderWithCard: { status: 201, costs: { objects: 3, services: 1 } },
      getOrder: { status: 200, costs: { objects: 1 } },
      getOrderTimeline: { status: 200, costs: { objects: 1 } },
      listOrders: { status: 200, costs: { d1: 1, d1Statements: 1 } },
      editOrder: { status: 200, costs: { objects: 1 } },
      noteOnOrder: { status: 200, costs: { objects: 1 } },
      refundOrder: { status: 409, costs: { objects: 2 } },
      decideOrderAccess: { status: 409, costs: { objects: 1 } },
      requestReturn: { status: 409, costs: { objects: 1 } },
      listOrderVersions: { status: 200, costs: { objects: 1 } },
      readOrderVersion: { status: 200, costs: { objects: 1 } },
      cancelOrder: { status: 200, costs: { objects: 2 } },
      retryOrder: { status: 409, costs: { objects: 1 } },
      resolveOrder: { status: 409, costs: { objects: 1 } },
      retryOrders: { status: 200, costs: { d1: 2, d1Statements: 4, objects: 2 } },
      resolveOrders: { status: 200, costs: { d1: 3, d1Statements: 6 } },
      getOrderEffects: { status: 200, costs: { objects: 1 } },
      followOrder: { status: 200, costs: { objects: 1 } },
      searchByEmail: { status: 200, costs: { d1: 1, d1Statements: 1, services: 1 } },
      rebuildOrderProjection: { status: 200, costs: { objects: 1 } },
      getStock: { status: 200, costs: { objects: 1 } },
      setStock: { status: 200, costs: { objects: 1 } },
      createCart: { status: 201, costs: { objects: 3 } },
      addCartLine: { status: 201, costs: { objects: 1 } },
      getCart: { status: 200, costs: { objects: 1 } },
      getCurrentCart: { status: 200, costs: { objects: 2 } },
      changeCart: { status: 200, costs: { objects: 1 } },
      changeCartLine: { status: 200, costs: { objects: 1 } },
      removeCartCode: { status: 200, costs: { objects: 1 } },
      claimCart: { status: 200, costs: { objects: 2 } },
      quoteCart: { status: 201, costs: { objects: 1 } },
      checkoutCart: { status: 201, costs: { objects: 1 } },
      quoteInstanceChange: { status: 201, costs: { d1: 2, d1Statements: 9, objects: 1, services: 2 } },
      agreeToInstanceRenewal: { status: 200, costs: { d1: 2, d1Statements: 2, services: 1 } },
      getInstanceRenewal: { status: 200, costs: { d1: 1, d1Statements: 1 } },
      endInstanceRenewal: { status: 204, costs: { d1: 1, d1Statements: 1 } },
      orderInstanceChange: { status: 201, costs: { d1: 1, d1Statements: 2, objects: 2 } },
      changeStockSettings: { status: 200, costs: { objects: 1 } },
      restock: { status: 200, costs: { objects: 1 } },
      listStockMovements: { status: 200, costs: { objects: 1 } },
      listStock: { status: 200, costs: { services: 1 } },
      listPurchaseDeadLetters: { status: 200, costs: { d1: 1, d1Statements: 1 } },
      replayPurchaseDeadLetter: { status: 404, costs: { d1: 1, d1Statements: 1 } },
    });
  });

  it('is small for a sweep with nothing to do, because there is one each minute', async () => {
    const { status, costs } = await costOf('POST', '/v1/orders/sweep', [newId('user'), 'operator']);
    expect(status).toBe(200);
    expect(costs.objects).toBe(1);
    expect(costs.d1).toBeLessThanOrEqual(2);
  });
});
