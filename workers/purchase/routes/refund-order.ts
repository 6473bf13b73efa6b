import type { RefundWish } from '#objects/order/machine/after-sale/settlement.ts';
import { type CreateRefund, createRefundSchema } from '#shared/contracts/http/after-sale.ts';
import type { App } from '#shared/http/app.ts';
import type { Env } from '../env.ts';
import { refundOrder, type Refunding } from '../usecases/refund-order.ts';
import { afterSaleRoute } from './after-sale-route.ts';

export const refundOrderRoute = (app: App<Env>): void =>
  afterSaleRoute(app, {
    path: '/refunds',
    operationId: 'refundOrder',
    summary: 'Give money back after delivery: units of lines, an amount, or everything',
    description:
      'Units go at the price paid for them, tax included; the last unit takes the remainder, so that the refunds of a line never add up to more than the line. The money is on its way when the refund is `made`; one that fails at the provider brings the order to the attention of the team. Of gift cards that were sold at most what is left on them goes back, and is taken off them first; where they are spent meanwhile, the refund is given up.',
    operator: 'orders.refund',
    body: createRefundSchema,
    wish:
      (body) =>
      ({ ports, call, asker, ...asked }) => {
        const lines = (body.lines ?? []).map((line, index) => ({ ...line, pointer: `/lines/${index}` }));
        const units = lines.filter(({ restock }) => restock);
        return refundOrder(ports, call, asker, {
          ...asked,
          wish: refundOf(body),
          units,
          leaveGiftCards: body.giftCards === 'leave',
        });
      },
  });

const refundOf = (body: CreateRefund): Refunding => ({
  type: 'refund.requested',
  wish: wishOf(body),
  revoke:
    body.everything === true
      ? body.instances === 'revoke'
        ? 'all'
        : []
      : (body.lines ?? []).filter((line) => line.instances === 'revoke').map(({ lineId }) => lineId),
  restock: (body.lines ?? [])
    .filter((line) => line.restock)
    .map(({ lineId, quantity, location }) => ({ lineId, quantity, location })),
  why: body.reason,
});

function wishOf({
  lines,
  amount,
  everything,
  shipping,
}: CreateRefund): RefundWish & { lines?: { lineId: string; quantity: number }[] } {
  if (lines !== undefined) {
    return { of: 'lines', lines: lines.map(({ lineId, quantity }) => ({ lineId, quantity })), shipping };
  }
  if (amount !== undefined) return { of: 'amount', amount, shipping };
  return everything === true ? { of: 'everything' } : { of: 'lines', lines: [], shipping };
}
