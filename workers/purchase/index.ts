import { keepBackups } from '#shared/backup/of-env.ts';
import { isRestoring } from '#shared/backup/restoring.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { systemClock } from '#shared/time/time.ts';
import { createPurchaseApp } from './app.ts';
import { sources } from './backups.ts';
import { consume } from './consumers.ts';
import type { Env } from './env.ts';
import { ports } from './ports.ts';
import { renewDue } from './usecases/renew-due.ts';
import { sweepOrders } from './usecases/sweep-orders.ts';

export { Buyer } from '#objects/buyer/object.ts';
export { Cart } from '#objects/cart/object.ts';
export { Order } from '#objects/order/object.ts';
export { OrderDirectory } from '#objects/order-directory/object.ts';
export { Promotion } from '#objects/promotion/object.ts';
export { Stock } from '#objects/stock/object.ts';
export { Velocity } from '#objects/velocity/object.ts';
export { WebhookEndpoint } from '#objects/webhook-endpoint/object.ts';
export { DataSubjectRpc } from './privacy/rpc.ts';

/** Renewals carried on in one run; what is left comes a minute later. */
const RENEWALS_MAX = 20;

const app = createPurchaseApp();

export default {
  fetch: app.fetch,
  queue: consume,
  async scheduled(_, env) {
    if (isRestoring(env)) return;
    const [made, requestId, now] = [ports(env), newRequestId(), systemClock.now()];
    await Promise.all([sweepOrders(made, requestId, now), renewDue(made, requestId, now, RENEWALS_MAX)]);
    await keepBackups(env, 'purchase', sources(env));
  },
} satisfies ExportedHandler<Env>;
