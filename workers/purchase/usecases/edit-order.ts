import type { EditReply } from '#objects/order/edit.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { EditOrder } from '#shared/contracts/http/after-sale.ts';
import { fail } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import { orderAsker } from './after-sale.ts';
import { type Commanded, onceOf } from './command-order.ts';
import type { Asker } from './read-order.ts';

/** Changes an order before its payment, as it was in `version`. */
export async function editOrder(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  input: { orderId: string; version: number | null; key: string | null; body: EditOrder },
): Commanded {
  const { orderId, version, key, body } = input;
  const { lines = [], shippingAddress = null, reason = '' } = body;
  const by = orderAsker(asker);
  const change = { lines, shippingAddress };
  const once = onceOf(asker.userId, key, { operation: 'editOrder', body });
  const reply: EditReply = await ports.order(orderId, (order) =>
    order.edit(call, { by, version, change, why: reason, once }),
  );
  return reply.ok ? reply : fail(errorOf(reply.error, orderId));
}

function errorOf(error: Extract<EditReply, { ok: false }>['error'], orderId: string): PurchaseError {
  switch (error.code) {
    case 'not_found':
    case 'changed':
    case 'key_reused':
    case 'unavailable':
      return { code: error.code };
    case 'not_allowed':
      return { code: 'not_now', detail: error.detail };
    case 'refused':
      return { code: 'refused', refusals: error.refusals, replayed: false };
    case 'out_of_stock': {
      const { lineIndex, available } = error;
      return { code: 'out_of_stock', orderId, lineIndex, available, replayed: false };
    }
  }
}
