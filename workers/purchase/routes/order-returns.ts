import {
  createReturnSchema,
  decideReturnSchema,
  exchangeReturnSchema,
  receiveReturnSchema,
  refundReturnSchema,
  rejectReturnSchema,
} from '#shared/contracts/http/after-sale.ts';
import type { App } from '#shared/http/app.ts';
import type { Env } from '../env.ts';
import { exchangeReturn } from '../usecases/exchange-return.ts';
import { askToPutBack } from '../usecases/put-back.ts';
import { afterSaleRoute } from './after-sale-route.ts';

const RETURN = '/returns/{returnId}';

/** Goods on their way back: asked for by the customer, decided and settled by an operator. */
export function returnRoutes(app: App<Env>): void {
  afterSaleRoute(app, {
    path: '/returns',
    operationId: 'requestReturn',
    summary: 'Ask to send parcels back, for a refund or an exchange',
    description:
      'A customer asks within the time the product gives for it, see `returnable` of each line; an operator at any time.',
    operator: 'orders.refund',
    customer: 'orders.return',
    body: createReturnSchema,
    wish: ({ lines, wish, note }) => ({ type: 'return.requested', wish, lines, why: note ?? '' }),
  });
  afterSaleRoute(app, {
    path: `${RETURN}/withdraw`,
    operationId: 'withdrawReturn',
    summary: 'Keep the goods after all',
    operator: 'orders.refund',
    customer: 'orders.return',
    body: decideReturnSchema,
    wish: ({ reason }, returnId) => ({ type: 'return.withdrawn', returnId, why: reason ?? '' }),
  });
  afterSaleRoute(app, {
    path: `${RETURN}/approve`,
    operationId: 'approveReturn',
    summary: 'Let the customer send the goods back',
    operator: 'orders.refund',
    body: decideReturnSchema,
    wish: ({ reason }, returnId) => ({ type: 'return.approved', returnId, why: reason ?? '' }),
  });
  afterSaleRoute(app, {
    path: `${RETURN}/reject`,
    operationId: 'rejectReturn',
    summary: 'Decline a return, with the reason the customer reads',
    description:
      'Also once it has arrived: the goods go back to the customer. Not when any of them are on the shelf.',
    operator: 'orders.refund',
    body: rejectReturnSchema,
    wish: ({ reason }, returnId) => ({ type: 'return.rejected', returnId, why: reason }),
  });
  afterSaleRoute(app, {
    path: `${RETURN}/receive`,
    operationId: 'receiveReturn',
    summary: 'The goods have arrived; say which go back on the shelf',
    operator: 'orders.refund',
    body: receiveReturnSchema,
    wish:
      ({ restock, reason }, returnId) =>
      ({ ports, call, asker, ...asked }) => {
        const wish = { type: 'return.received' as const, returnId, restock, why: reason ?? '' };
        const units = restock.map((unit, index) => ({ ...unit, pointer: `/restock/${index}` }));
        return askToPutBack(ports, call, asker, { ...asked, wish, units });
      },
  });
  afterSaleRoute(app, {
    path: `${RETURN}/refund`,
    operationId: 'refundReturn',
    summary: 'Give back what the goods cost, or less',
    description:
      'Goods that are worth nothing, or whose money is not here (it went back another way, or an exchange paid for them and the first order has it), are closed without a refund: `refunded` with `refundId` null, and the reason with its last step.',
    operator: 'orders.refund',
    body: refundReturnSchema,
    wish: ({ amount, shipping, reason }, returnId) => ({
      type: 'return.refunded',
      returnId,
      amount: amount ?? null,
      shipping,
      why: reason ?? '',
    }),
  });
  afterSaleRoute(app, {
    path: `${RETURN}/exchange`,
    operationId: 'exchangeReturn',
    summary: 'Send something else for it, by an order of its own',
    description:
      'What came back pays for the replacement at the price that was paid for it; the customer pays a difference with the new order, see `exchangeOrderId`, or gets it back once it is placed. When the replacement cannot be sent, ends without delivery or comes back whole, the return is again what it was before and can be refunded.',
    operator: 'orders.refund',
    body: exchangeReturnSchema,
    wish:
      (body, returnId) =>
      ({ ports, call, asker, orderId, key }) =>
        exchangeReturn(ports, call, asker, { orderId, returnId, key, body }),
  });
}
