import type { CallContext } from '#shared/contracts/call.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { OrderFilter, OrderListPage, Ports } from '../ports.ts';
import type { Asker } from './read-order.ts';

export interface OrderSearch extends OrderFilter {
  /** The customer's address, exactly. */
  email: string | null;
}

/** A customer sees their own orders alone, without what is for staff; staff see every one. */
export async function searchOrders(
  ports: Pick<Ports, 'listOrders' | 'customerByEmail'>,
  call: CallContext,
  asker: Asker,
  { email, ...filter }: OrderSearch,
): Promise<Result<OrderListPage, PurchaseError>> {
  if (!asker.seesAll) {
    const ofOthers = filter.customerId !== null && filter.customerId !== asker.customerId;
    if (ofOthers || email !== null || filter.attention !== null) return fail({ code: 'staff_only' });
    const own = await ports.listOrders({ ...filter, customerId: asker.customerId });
    return ok({ ...own, rows: own.rows.map((row) => ({ ...row, attention: null })) });
  }
  if (email === null) return ok(await ports.listOrders(filter));
  const customerId = await ports.customerByEmail(call, { email, actorId: asker.userId });
  const isNobody = customerId === null || (filter.customerId !== null && filter.customerId !== customerId);
  return ok(isNobody ? { rows: [], next: null } : await ports.listOrders({ ...filter, customerId }));
}
