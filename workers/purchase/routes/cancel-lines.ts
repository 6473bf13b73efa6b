import { cancelLinesSchema } from '#shared/contracts/http/after-sale.ts';
import type { App } from '#shared/http/app.ts';
import type { Env } from '../env.ts';
import { afterSaleRoute } from './after-sale-route.ts';

export const cancelLinesRoute = (app: App<Env>): void =>
  afterSaleRoute(app, {
    path: '/cancel-lines',
    operationId: 'cancelOrderLines',
    summary: 'Cancel lines that are not made yet, of an order delivered line by line',
    description:
      'They are not charged, or refunded; the others go on. Before the payment change the order instead; of an order delivered together nothing is cancelled alone.',
    operator: 'orders.operate',
    customer: 'orders.cancel',
    body: cancelLinesSchema,
    wish: ({ lineIds, reason }) => ({ type: 'lines.cancelled', lineIds, why: reason ?? '' }),
  });
