import type { BuyerFace } from '../buyer/face.ts';
import type { OrderFace } from '../order/face.ts';
import type { CartFace } from './face.ts';
import type { CartPricer } from './pricing.ts';

/** The outside world of a cart. */
export interface CartPorts {
  pricer: CartPricer;
  order<Value>(orderId: string, act: (order: OrderFace) => Promise<Value>): Promise<Value>;
  cart<Value>(cartId: string, act: (cart: CartFace) => Promise<Value>): Promise<Value>;
  buyer<Value>(customerId: string, act: (buyer: BuyerFace) => Promise<Value>): Promise<Value>;
}
