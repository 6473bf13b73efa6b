import type { CallContext } from '#shared/contracts/call.ts';
import type { ErasureObstacle } from '#shared/contracts/privacy.ts';
import type { PersonPorts } from './ports.ts';

/** Newest first; goods are not sent back after so many other orders. */
const ORDERS_LOOKED_AT_MAX = 500;
const AT_ONCE = 20;

/** Orders under way, goods coming back, renewals being paid. */
export async function obstacles(
  ports: PersonPorts,
  call: CallContext,
  customerId: string,
  limit: number,
): Promise<ErasureObstacle[]> {
  const { persons } = ports;
  const [open, renewals, completed] = await Promise.all([
    persons.openOrders(customerId, limit),
    persons.renewalsUnderWay(customerId, limit),
    persons.completedOrders(customerId, ORDERS_LOOKED_AT_MAX),
  ]);
  const found: ErasureObstacle[] = [
    ...open.map((subject) => ({ code: 'order_open' as const, subject })),
    ...renewals.map((subject) => ({ code: 'renewal_due' as const, subject })),
  ];
  for (let from = 0; from < completed.length && found.length < limit; from += AT_ONCE) {
    const some = completed.slice(from, from + AT_ONCE);
    const open = await Promise.all(some.map((id) => ports.order(id, (order) => order.hasOpenReturns(call))));
    found.push(
      ...some.flatMap((subject, index) =>
        open[index] === true ? [{ code: 'return_open' as const, subject }] : [],
      ),
    );
  }
  return found;
}
