import { Webhook } from 'standardwebhooks';
import { beforeEach } from 'vitest';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { operator } from './templates.ts';
import { type Fault, Wire } from './wire.ts';
import type { World } from './world.ts';

interface Parcel {
  id: string;
  state: string;
  carrier: string;
  trackingCode: string;
  items: { sku: string; quantity: number; returned?: number }[];
  shippedAt: string;
}
interface FulfilmentOrder {
  id: string;
  version: number;
  state: 'accepted' | 'shipping' | 'shipped' | 'cancelled';
  shipments: Parcel[];
  body: { items: { sku: string; quantity: number }[]; callbackUrl: string };
}

/** A warehouse behind the connection `warehouse`, as docs/fulfilment.md has it. */
export class FakeFulfiller {
  static readonly origin = 'http://warehouse.test';
  readonly wire = new Wire();
  readonly orders = new Map<string, FulfilmentOrder>();
  readonly faults: Record<'POST' | 'GET' | 'DELETE', Fault[]> = { POST: [], GET: [], DELETE: [] };
  /** Whether goods leave as soon as they are ordered. */
  sendsAtOnce = true;
  /** Whether what has left can be called back. */
  isStoppable = true;
  secret = '';

  readonly fetch = (request: Request): Promise<Response> =>
    this.wire.carry(this.faults[request.method as 'POST'].shift(), request, async (arrived) => {
      const text = await arrived.text();
      new Webhook(this.secret).verify(text, Object.fromEntries(arrived.headers), { jsonParse: false });
      return this.#answer(arrived, text);
    });

  /** Goods that are with a customer or on their way there. */
  live(): FulfilmentOrder[] {
    return [...this.orders.values()].filter(
      ({ state, shipments }) =>
        state !== 'cancelled' && shipments.some((parcel) => parcel.state === 'shipped'),
    );
  }
  only(): FulfilmentOrder {
    const [order] = this.orders.values();
    if (order === undefined) throw new Error('nothing was ordered');
    return order;
  }

  /** Sends a part, or all that is left. `evenIfGone`: although it was cancelled. */
  send(order: FulfilmentOrder, units = Number.MAX_SAFE_INTEGER, evenIfGone = false): void {
    const [item] = order.body.items;
    if (item === undefined || (order.state === 'cancelled' && !evenIfGone)) return;
    const sent = order.shipments.reduce((sum, { items }) => sum + (items[0]?.quantity ?? 0), 0);
    const quantity = Math.min(units, item.quantity - sent);
    if (quantity > 0)
      order.shipments.push({
        id: `parcel-${order.shipments.length + 1}`,
        state: 'shipped',
        carrier: 'DHL',
        trackingCode: `JD${order.shipments.length + 1}`,
        items: [{ sku: item.sku, quantity }],
        shippedAt: new Date().toISOString(),
      });
    order.version += 1;
    order.state = sent + quantity === item.quantity ? 'shipped' : 'shipping';
  }

  /** Tells all there is of an order, signed. */
  callBack(order: FulfilmentOrder, document: object = order): Promise<Response> {
    const { body: _, ...told } = document as FulfilmentOrder;
    const body = JSON.stringify(told);
    const at = new Date();
    return self.fetch(order.body.callbackUrl, {
      method: 'POST',
      body,
      headers: {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': new Webhook(this.secret).sign('msg_1', at, body),
      },
    });
  }

  #answer(request: Request, text: string): Response {
    const id = new URL(request.url).pathname.split('/')[2];
    if (request.method === 'POST') return Response.json(this.#take(request, text), { status: 201 });
    const found = [...this.orders.values()].find((order) => order.id === id);
    if (found === undefined) return new Response(null, { status: 404 });
    if (request.method === 'GET') return Response.json(found);
    if (found.shipments.length > 0 && !this.isStoppable) return Response.json(found, { status: 409 });
    found.state = 'cancelled';
    found.version += 1;
    return new Response(null, { status: 204 });
  }

  #take(request: Request, text: string): FulfilmentOrder {
    const key = request.headers.get('idempotency-key') ?? '';
    const known = this.orders.get(key);
    if (known !== undefined) return known;
    const body = JSON.parse(text) as FulfilmentOrder['body'];
    const id = `fo-${this.orders.size + 1}`;
    const order: FulfilmentOrder = { id, version: 1, state: 'accepted', shipments: [], body };
    this.orders.set(key, order);
    if (this.sendsAtOnce) this.send(order);
    return order;
  }
}

/** A fresh one for each test. */
export function useFulfiller({ hosts }: Pick<World, 'hosts'>): { warehouse: FakeFulfiller } {
  const world = { warehouse: new FakeFulfiller() };
  beforeEach(async () => {
    const warehouse = new FakeFulfiller();
    world.warehouse = warehouse;
    hosts.set(FakeFulfiller.origin, warehouse.fetch);
    const put = await self.fetch('https://shop.test/v1/provisioning/connections/warehouse', {
      method: 'PUT',
      headers: { ...(await operator()), 'content-type': 'application/json' },
      body: JSON.stringify({ baseUrl: FakeFulfiller.origin, renewSecret: true }),
    });
    warehouse.secret = (await put.json<{ secret: string }>()).secret;
    await workerEnv<Env>().PARTNER_GATE.getByName('http:warehouse').configure({ heldBy: null });
  });
  return world;
}

/** Inputs of a step `fulfilment.ship`. */
export const SHIP_INPUTS = {
  connection: { value: 'warehouse' },
  reference: { from: '/line/lineId' },
  address: { from: '/line/shippingAddress' },
  sku: { from: '/line/sku' },
  title: { from: '/line/title' },
  quantity: { from: '/line/quantity' },
};
