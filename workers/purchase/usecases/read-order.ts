import type { CallContext } from '#shared/contracts/call.ts';
import type { Order, TimelineEntry } from '#shared/contracts/http/orders.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';

/** Who asks: a customer sees only what is theirs, and what is not theirs is not there. */
export interface Asker {
  userId: string;
  seesAll: boolean;
}

export async function readOrder(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  orderId: string,
): Promise<Result<Order, PurchaseError>> {
  const order = await ports.order(orderId, (object) =>
    object.read(call, { as: asker.seesAll ? 'operator' : 'customer' }),
  );
  return order !== null && isVisible(asker, order.customerId) ? ok(order) : fail({ code: 'not_found' });
}

export async function readTimeline(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  orderId: string,
): Promise<Result<TimelineEntry[], PurchaseError>> {
  const timeline = await ports.order(orderId, (object) => object.timeline(call));
  return timeline !== null && isVisible(asker, timeline.customerId)
    ? ok(timeline.items)
    : fail({ code: 'not_found' });
}

const isVisible = (asker: Asker, customerId: string): boolean => asker.seesAll || customerId === asker.userId;
