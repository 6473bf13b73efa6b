import { beforeAll, describe, expect, it } from 'vitest';
import type { OrganisationRole } from '#shared/auth/permissions.ts';
import { cartSchema, newCartSchema } from '#shared/contracts/http/carts.ts';
import { orderPageSchema, orderSchema, type Order } from '#shared/contracts/http/orders.ts';
import { newId } from '#shared/ids/ids.ts';
import { actingFor, self, signedIn } from '#shared/testing/runtime.ts';
import { mailsOf, OPERATOR, openShop, orderOf, pay, request, variant } from './testing/shop.ts';

beforeAll(openShop);

type Header = { authorization: string };
const organisation = newId('organisation');
const as = (role: OrganisationRole | 'key', userId = newId('user'), id = organisation) =>
  actingFor(userId, { id, role });

const send = (who: Header, method: string, path: string, body?: unknown, key: string = crypto.randomUUID()) =>
  self.fetch(`https://shop.test${path}`, {
    method,
    headers: {
      ...who,
      'idempotency-key': key,
      ...(method === 'PATCH' ? { 'if-match': '*' } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function ordered(who: Header, key?: string): Promise<Order> {
  const { variantId } = await variant();
  return orderOf(
    await send(who, 'POST', '/v1/orders', { currency: 'EUR', lines: [{ variantId, quantity: 1 }] }, key),
    201,
  );
}
const listed = async (who: Header, query = ''): Promise<string[]> =>
  orderPageSchema
    .parse(await (await send(who, 'GET', `/v1/orders${query}`)).json())
    .items.map(({ id }) => id);

describe('an order placed for an organisation', () => {
  it('is the organisation’s: its buyers see and act on it, whoever placed it, and it is in their list', async () => {
    const userId = newId('user');
    const placer = await as('buyer', userId);
    const order = await ordered(placer);
    expect(order).toMatchObject({ customerId: organisation, organisationId: organisation, placedBy: userId });
    const colleague = await as('buyer');
    const seen = orderSchema.parse(await (await send(colleague, 'GET', `/v1/orders/${order.id}`)).json());
    expect(seen.payment?.clientSecret).toBe(order.payment?.clientSecret);
    expect(await listed(colleague)).toContain(order.id);
    const { items } = orderPageSchema.parse(
      await (await request('GET', `/v1/orders?customerId=${organisation}`, { as: OPERATOR })).json(),
    );
    expect(items.find(({ id }) => id === order.id)).toMatchObject({
      organisationId: organisation,
      placedBy: userId,
    });
    const found = await request('GET', `/v1/orders?email=${userId}@mail.test`, { as: OPERATOR });
    expect(orderPageSchema.parse(await found.json()).items.map(({ id }) => id)).toEqual([order.id]);
    const edited = await send(colleague, 'PATCH', `/v1/orders/${order.id}`, {
      lines: [{ lineId: order.lines[0]?.id, quantity: 2 }],
    });
    expect((await orderOf(edited)).lines[0]?.quantity).toBe(2);
    const versions = await send(colleague, 'GET', `/v1/orders/${order.id}/versions`);
    expect(versions.status).toBe(200);
    const cancelled = await send(colleague, 'POST', `/v1/orders/${order.id}/cancel`, {});
    expect((await orderOf(cancelled)).state).not.toBe('awaiting_payment');
  });

  it('by its key is charged to nothing that the key’s maker keeps, nor keeps anything of theirs', async () => {
    const { variantId } = await variant();
    const order = { currency: 'EUR', lines: [{ variantId, quantity: 1 }] };
    const cart = `/v1/carts/${newId('cart')}/checkout`;
    const key = await as('key');
    for (const kept of [{ paymentMethodId: 'pm_1' }, { savePaymentMethod: true }]) {
      expect((await send(key, 'POST', '/v1/orders', { ...order, ...kept })).status).toBe(403);
      expect((await send(key, 'POST', cart, kept)).status).toBe(403);
    }
    expect(
      (await send(await as('key'), 'POST', '/v1/orders', { ...order, savePaymentMethod: false })).status,
    ).toBe(201);
    expect(
      (await send(await as('buyer'), 'POST', '/v1/orders', { ...order, savePaymentMethod: true })).status,
    ).toBe(201);
  });

  it.each<[string, () => Promise<Header>]>([
    ['another organisation', () => as('owner', newId('user'), newId('organisation'))],
    ['somebody in none', () => signedIn(newId('user'), 'customer')],
  ])('is not there for %s, by any route', async (_who, signed) => {
    const order = await ordered(await as('buyer'));
    const stranger = await signed();
    const path = `/v1/orders/${order.id}`;
    const [line] = order.lines;
    const answers = await Promise.all([
      send(stranger, 'GET', path),
      send(stranger, 'GET', `${path}/timeline`),
      send(stranger, 'GET', `${path}/events`),
      send(stranger, 'GET', `${path}/versions`),
      send(stranger, 'GET', `${path}/versions/1`),
      send(stranger, 'POST', `${path}/cancel`, {}),
      send(stranger, 'PATCH', path, { lines: [{ lineId: line?.id, quantity: 2 }] }),
      send(stranger, 'POST', `${path}/returns`, { lines: [{ lineId: line?.id, quantity: 1, reason: 'x' }] }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    expect(await listed(stranger)).not.toContain(order.id);
    expect((await send(stranger, 'GET', `/v1/orders?customerId=${organisation}`)).status).toBe(403);
  });

  it('is not there for whoever placed it once they act for themselves, nor are their own for the organisation', async () => {
    const userId = newId('user');
    const [self_, acting] = [await signedIn(userId, 'customer'), await as('buyer', userId)];
    const [own, ours] = [await ordered(self_), await ordered(acting)];
    expect(own).toMatchObject({ customerId: userId, organisationId: null, placedBy: userId });
    expect((await send(self_, 'GET', `/v1/orders/${ours.id}`)).status).toBe(404);
    expect((await send(acting, 'GET', `/v1/orders/${own.id}`)).status).toBe(404);
    expect([(await listed(self_)).includes(ours.id), (await listed(acting)).includes(own.id)]).toEqual([
      false,
      false,
    ]);
  });

  it('cannot be placed or read by a member whose role does not say so, and staff who act are no staff', async () => {
    const order = await ordered(await as('buyer'));
    const member = await as('member');
    const body = { currency: 'EUR', lines: [{ variantId: (await variant()).variantId, quantity: 1 }] };
    expect((await send(member, 'POST', '/v1/orders', body)).status).toBe(403);
    expect((await send(member, 'GET', `/v1/orders/${order.id}`)).status).toBe(403);
  });

  it('means another order under the same key than the person’s own, and the same at a repeat', async () => {
    const userId = newId('user');
    const key = crypto.randomUUID();
    const { variantId } = await variant();
    const body = { currency: 'EUR', lines: [{ variantId, quantity: 1 }] };
    const placed = async (who: Header) =>
      (await orderOf(await send(who, 'POST', '/v1/orders', body, key), 201)).id;
    const [own, ours] = [
      await placed(await signedIn(userId, 'customer')),
      await placed(await as('buyer', userId)),
    ];
    expect(ours).not.toBe(own);
    expect(await placed(await as('buyer', userId))).toBe(ours);
    expect(await placed(await as('buyer', userId, newId('organisation')))).not.toBe(ours);
  });

  it('tells by mail whoever the organisation’s mails go to, as auth says it', async () => {
    const userId = newId('user');
    const order = await ordered(await as('buyer', userId));
    await pay(order);
    await expect
      .poll(() => mailsOf(order.id).map(({ to }) => to))
      .toContain(`${organisation}.${userId}@mail.test`);
  });

  it('may come from a cart, which is priced and ordered for it and is not the person’s own cart', async () => {
    const userId = newId('user');
    const [self_, acting] = [await signedIn(userId, 'customer'), await as('buyer', userId)];
    const open = async (who: Header) =>
      newCartSchema.parse(await (await send(who, 'POST', '/v1/carts', { currency: 'EUR' })).json()).cart;
    const [own, ours] = [await open(self_), await open(acting)];
    expect(ours.id).not.toBe(own.id);
    expect([own.organisationId, ours.organisationId, ours.customerId]).toEqual([null, organisation, userId]);
    const { variantId } = await variant();
    const filled = await send(acting, 'POST', `/v1/carts/${ours.id}/lines`, { variantId });
    expect(cartSchema.parse(await filled.json()).lines).toHaveLength(1);
    expect((await send(self_, 'GET', `/v1/carts/${ours.id}`)).status).toBe(404);
    expect((await send(acting, 'GET', `/v1/carts/${own.id}`)).status).toBe(404);
    expect((await send(self_, 'POST', `/v1/carts/${ours.id}/checkout`, {})).status).toBe(404);
    const order = await orderOf(await send(acting, 'POST', `/v1/carts/${ours.id}/checkout`, {}), 201);
    expect(order).toMatchObject({ customerId: organisation, placedBy: userId });
  });

  it('may be placed by a key of the organisation, in its own name', async () => {
    const order = await ordered(await as('key', 'usr_00000000000000000000000000000007'));
    expect(order).toMatchObject({
      customerId: organisation,
      placedBy: 'usr_00000000000000000000000000000007',
    });
  });
});
