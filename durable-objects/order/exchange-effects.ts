import type { CallContext } from '#shared/contracts/call.ts';
import { callObject } from '../lib/namespace.ts';
import type { OrderPorts } from './effects.ts';
import type { OrderDocument, Refusal } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';

/** The order whose goods this one was to replace learns that nothing of it stays with the customer. */
export async function endExchange(
  ports: OrderPorts,
  { id, exchangeOf, reason, refusals }: OrderDocument,
  call: CallContext,
): Promise<void> {
  if (exchangeOf === null) return;
  const { orderId, returnId } = exchangeOf;
  const why = refusals.length > 0 ? wordsOf(refusals) : reason?.text.slice(0, WHY_MAX);
  const ended = { returnId, orderId: id, ...(why === undefined ? {} : { why }) };
  await callObject(ports.orders, orderId, (order) => order.exchangeEnded(call, ended), ports.chance);
}

const WHY_MAX = 300;
const wordsOf = (refusals: readonly Refusal[]): string =>
  refusals
    .map(({ pointer, detail }) => `${pointer} ${detail}`)
    .join('; ')
    .slice(0, WHY_MAX);

/** Places the order that sends what replaces a return, under the id minted for it: the same order however often. */
export async function placeExchange(
  ports: OrderPorts,
  { id, customerId, placedBy, returns }: OrderDocument,
  returnId: string,
  call: CallContext,
): Promise<OrderEvent[]> {
  const exchange = returns.find((candidate) => candidate.id === returnId)?.exchange;
  if (exchange === null || exchange === undefined) return [];
  const { orderId, request, quote } = exchange;
  if (request === null || quote === null) return [];
  const exchangeOf = { orderId: id, returnId };
  const reply = await callObject(
    ports.orders,
    orderId,
    (order) => order.place(call, { orderId, customerId, placedBy, request, quote, exchangeOf }),
    ports.chance,
  );
  const at = ports.clock.now();
  switch (reply.kind) {
    case 'placed':
      return [{ type: 'exchange.placed', returnId, orderId, at }];
    case 'in_flight':
      throw new Error('the order of the exchange is still being placed');
    case 'blocked':
      return [{ type: 'exchange.refused', returnId, orderId, detail: 'not accepted', at }];
    case 'out_of_stock':
      return [
        { type: 'exchange.refused', returnId, orderId, detail: `only ${reply.available} available`, at },
      ];
    case 'purchase_limit':
    case 'promotion_used_up':
      return [{ type: 'exchange.refused', returnId, orderId, detail: reply.text, at }];
    case 'refused':
      return [{ type: 'exchange.refused', returnId, orderId, detail: wordsOf(reply.refusals), at }];
  }
}
