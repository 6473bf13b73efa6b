import type { CallContext } from '#shared/contracts/call.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { OrderFilter, OrderListPage, Ports } from '../ports.ts';
import type { Asker } from './read-order.ts';

export interface OrderSearch extends Omit<OrderFilter, 'placedBy'> {
  /** Of the person who ordered, exactly. */
  email: string | null;
}

/** A customer sees their own orders alone, without what is for staff; staff see every one. */
export async function searchOrders(
  ports: Pick<Ports, 'listOrders' | 'customerByEmail'>,
  call: CallContext,
  asker: Asker,
  { email, ...search }: OrderSearch,
): Promise<Result<OrderListPage, PurchaseError>> {
  const filter = { ...search, placedBy: null };
  if (!asker.seesAll) {
    const ofOthers = filter.customerId !== null && filter.customerId !== asker.customerId;
    if (ofOthers || email !== null || filter.attention !== null) return fail({ code: 'staff_only' });
    const own = await ports.listOrders({ ...filter, customerId: asker.customerId });
    return ok({ ...own, rows: own.rows.map((row) => ({ ...row, attention: null })) });
  }
  if (email === null) return ok(await ports.listOrders(filter));
  const placedBy = await ports.customerByEmail(call, { email, actorId: asker.userId });
  return ok(placedBy === null ? { rows: [], next: null } : await ports.listOrders({ ...filter, placedBy }));
}
