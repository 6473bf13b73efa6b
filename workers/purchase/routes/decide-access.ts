import { decideAccessSchema } from '#shared/contracts/http/after-sale.ts';
import type { App } from '#shared/http/app.ts';
import type { Env } from '../env.ts';
import { afterSaleRoute } from './after-sale-route.ts';

export const decideAccessRoute = (app: App<Env>): void =>
  afterSaleRoute(app, {
    path: '/access',
    operationId: 'decideOrderAccess',
    summary: 'Decide whether the customer can use what was delivered: suspend, restore, or revoke for good',
    description:
      'After a dispute, or a refund made at the payment service. `restore` gives back the use in spite of what suspends it now; what happens later suspends again. `revoke` takes back what was made. No money moves with it. To restore or revoke says as well that what was lost has been seen: the order does not wait for a person any more.',
    operator: 'orders.operate',
    body: decideAccessSchema,
    wish: ({ decision, lineIds, reason }) => ({
      type: 'access.decided',
      decision,
      lineIds: lineIds ?? null,
      why: reason,
    }),
  });
