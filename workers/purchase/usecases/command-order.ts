import type { CallContext } from '#shared/contracts/call.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import { type Asker, readOrder } from './read-order.ts';

/** Cancels while the machine allows it. Cancelling what is cancelled already is no error. */
export async function cancelOrder(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  input: { orderId: string; text: string | null },
): Promise<Result<Order, PurchaseError>> {
  const visible = await readOrder(ports, call, asker, input.orderId);
  if (!visible.ok) return visible;
  const by = asker.seesAll ? 'operator' : 'customer';
  const done = await ports.order(input.orderId, (order) => order.cancel(call, { by, text: input.text }));
  return done.ok ? done : fail({ code: done.error });
}

/** An operator's retry of what the order gave up on. */
export async function retryOrder(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  orderId: string,
): Promise<Result<Order, PurchaseError>> {
  const done = await ports.order(orderId, (order) => order.retry(call));
  return done.ok ? done : fail({ code: done.error });
}
