import type { CallContext } from '#shared/contracts/call.ts';
import type { Order, Timeline } from '#shared/contracts/http/orders.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';

/** Who asks: a customer sees only what is theirs, and what is not theirs is not there. */
export interface Asker {
  userId: string;
  /** Whose orders they see: their own, or those of the organisation they act for. */
  customerId: string;
  seesAll: boolean;
}

export async function readOrder(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  orderId: string,
): Promise<Result<Order, PurchaseError>> {
  const order = await ports.order(orderId, (object) =>
    object.read(call, { as: asker.seesAll ? 'operator' : 'customer', customerId: asker.customerId }),
  );
  return order !== null && isVisible(asker, order.customerId) ? ok(order) : fail({ code: 'not_found' });
}

export async function readTimeline(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  { orderId, after, limit }: { orderId: string; after: number; limit: number },
): Promise<Result<Timeline, PurchaseError>> {
  const as = asker.seesAll ? 'operator' : 'customer';
  const timeline = await ports.order(orderId, (object) =>
    object.timeline(call, { as, after, limit: limit + 1 }),
  );
  if (timeline === null || !isVisible(asker, timeline.customerId)) return fail({ code: 'not_found' });
  const items = timeline.items.slice(0, limit);
  const last = items.at(-1);
  return ok({ items, next: last !== undefined && timeline.items.length > limit ? last.sequence : null });
}

const isVisible = (asker: Asker, customerId: string): boolean =>
  asker.seesAll || customerId === asker.customerId;
