import type { Actor } from '#shared/auth/access-token.ts';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { may, type Permission } from '#shared/auth/permissions.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { customerOf } from '#shared/domain/customer.ts';

/** Which permission lets a customer do it with his own order, and which one staff with any. */
interface Needs {
  customer?: Permission;
  staff: Permission;
}
type OfReturn = Order['returns'][number]['nextActions'][number];
const NEEDS_OF_RETURN: Partial<Record<OfReturn, Needs>> = {
  withdraw: { customer: 'orders.return', staff: 'orders.refund' },
};
const DECIDES: Needs = { staff: 'orders.refund' };
/** The others ask nothing of this API. */
const NEEDS: Partial<Record<Order['nextActions'][number], Needs>> = {
  edit: { customer: 'orders.edit', staff: 'orders.operate' },
  cancel: { customer: 'orders.cancel', staff: 'orders.operate' },
  cancel_lines: { customer: 'orders.cancel', staff: 'orders.operate' },
  return: { customer: 'orders.return', staff: 'orders.refund' },
  view_instances: { customer: 'instances.read', staff: 'instances.read_all' },
  refund: { staff: 'orders.refund' },
  retry: { staff: 'orders.operate' },
  restore_access: { staff: 'orders.operate' },
  revoke: { staff: 'orders.operate' },
  resolve: { staff: 'orders.resolve' },
  review: { staff: 'fraud.review' },
};

/** The order as this caller reads it: of what can be done with it, what he may do. */
export function shownTo(actor: Actor, order: Order): Order {
  const isOwn = order.customerId === customerOf(buyerOf(actor));
  const mayDo = (needs: Needs | undefined): boolean =>
    needs === undefined ||
    may(actor, needs.staff) ||
    (isOwn && needs.customer !== undefined && may(actor, needs.customer));
  /** Absent in an answer kept by an older release. */
  const ofReturn = (actions: readonly OfReturn[] = []): OfReturn[] =>
    actions.filter((action) => mayDo(NEEDS_OF_RETURN[action] ?? DECIDES));
  return {
    ...order,
    nextActions: order.nextActions.filter((action) => mayDo(NEEDS[action])),
    returns: order.returns.map((found) => ({ ...found, nextActions: ofReturn(found.nextActions) })),
  };
}
