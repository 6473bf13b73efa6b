import type { ListenWish } from '#objects/order/listeners.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import type { Asker } from './read-order.ts';

/** A socket that carries what is new in an order; null when it has ended and there is nothing new. */
export async function followOrder(
  ports: Pick<Ports, 'listen'>,
  asker: Asker,
  input: { orderId: string } & Pick<ListenWish, 'after' | 'until' | 'issue' | 'refuseEnded' | 'beyondEnd'>,
): Promise<Result<WebSocket | null, PurchaseError>> {
  const { orderId, ...rest } = input;
  const response = await ports.listen(orderId, {
    as: asker.seesAll ? 'operator' : 'customer',
    customerId: asker.seesAll ? null : asker.customerId,
    ...rest,
  });
  if (response.webSocket !== null) return ok(response.webSocket);
  if (response.status === 204) return ok(null);
  return fail({ code: response.status === 429 ? 'too_many_listeners' : 'not_found' });
}
