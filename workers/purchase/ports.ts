import type { BuyerFace } from '#objects/buyer/face.ts';
import { callObject, type ObjectNamespace } from '#objects/lib/namespace.ts';
import type { OrderFace } from '#objects/order/face.ts';
import type { StockFace } from '#objects/stock/face.ts';
import type { OrderState, OrderSummary } from '#shared/contracts/http/orders.ts';
import type { Env } from './env.ts';
import { ordersToSweep, listOrders } from './queries/orders.ts';

export interface OrderFilter {
  /** Null: every customer's. */
  customerId: string | null;
  state: OrderState | null;
  /** Exclusive: the last id of the page before. Newest first. */
  before: string | null;
  limit: number;
}

/** What the use cases need of the world. */
export interface Ports {
  order<Value>(orderId: string, call: (order: OrderFace) => Promise<Value>): Promise<Value>;
  stock<Value>(sku: string, call: (stock: StockFace) => Promise<Value>): Promise<Value>;
  buyer<Value>(userId: string, call: (buyer: BuyerFace) => Promise<Value>): Promise<Value>;
  listOrders(filter: OrderFilter): Promise<OrderSummary[]>;
  /** Ids of orders due for a look; each is handed out once until `nextAt` (epoch ms). */
  ordersToSweep(now: number, nextAt: number, limit: number): Promise<string[]>;
}

export function ports(env: Env): Ports {
  const on =
    <Face>(namespace: ObjectNamespace<Face>) =>
    <Value>(name: string, call: (stub: Face) => Promise<Value>): Promise<Value> =>
      callObject(namespace, name, call);
  return {
    order: on(env.ORDER),
    stock: on(env.STOCK),
    buyer: on(env.BUYER),
    listOrders: (filter) => listOrders(env.ORDERS_DB, filter),
    ordersToSweep: (now, nextAt, limit) => ordersToSweep(env.ORDERS_DB, { now, nextAt, limit }),
  };
}
