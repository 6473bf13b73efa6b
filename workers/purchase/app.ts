import type { AccessTokenVerifier } from '#shared/auth/access-token.ts';
import { workerVerifier } from '#shared/auth/worker-verifier.ts';
import { backupRoutes } from '#shared/backup/routes.ts';
import { type App, createApp } from '#shared/http/app.ts';
import { deadLetterRoutes } from '#shared/queues/dead-letter-routes.ts';
import { sources } from './backups.ts';
import { BINDINGS, type Env } from './env.ts';
import { cancelLinesRoute } from './routes/cancel-lines.ts';
import { cancelOrderRoute } from './routes/cancel-order.ts';
import { cartCodeRoutes } from './routes/cart-codes.ts';
import { cartLineRoutes } from './routes/cart-lines.ts';
import { changeCartRoute } from './routes/change-cart.ts';
import { checkoutCartRoute } from './routes/checkout-cart.ts';
import { claimCartRoute } from './routes/claim-cart.ts';
import { commandOrdersRoutes } from './routes/command-orders.ts';
import { createCartRoute } from './routes/create-cart.ts';
import { fraudPreviewRoute } from './routes/fraud-preview.ts';
import { fraudRuleRoutes } from './routes/fraud-rules.ts';
import { fraudSettingsRoutes } from './routes/fraud-settings.ts';
import { followOrderRoute } from './routes/follow-order.ts';
import { listOffersRoute } from './routes/list-offers.ts';
import { listOrdersRoute } from './routes/list-orders.ts';
import { editOrderRoute } from './routes/edit-order.ts';
import { noteOnOrderRoute } from './routes/order-notes.ts';
import { returnRoutes } from './routes/order-returns.ts';
import { orderVersionsRoutes } from './routes/order-versions.ts';
import { mailTemplateRoutes } from './routes/mail-templates.ts';
import { placeOrderRoute } from './routes/place-order.ts';
import { quoteCartRoute } from './routes/quote-cart.ts';
import { readCartRoutes } from './routes/read-cart.ts';
import { readOrderRoute } from './routes/read-order.ts';
import { readTimelineRoute } from './routes/read-timeline.ts';
import { readEffectsRoute } from './routes/read-effects.ts';
import { resolveOrderRoute } from './routes/resolve-order.ts';
import { rebuildProjectionRoute } from './routes/rebuild-projection.ts';
import { decideAccessRoute } from './routes/decide-access.ts';
import { refundOrderRoute } from './routes/refund-order.ts';
import { reviewOrderRoutes } from './routes/review-order.ts';
import { retryOrderRoute } from './routes/retry-order.ts';
import { instanceChangeRoutes } from './routes/instance-changes.ts';
import { instanceRenewalRoutes } from './routes/instance-renewals.ts';
import { listStockRoutes } from './routes/list-stock.ts';
import { stockMoveRoutes } from './routes/stock-moves.ts';
import { pricePreviewRoute } from './routes/price-preview.ts';
import { pricingRuleRoutes } from './routes/pricing-rules.ts';
import { promotionCodeRoutes } from './routes/promotion-codes.ts';
import { customerGroupRoutes } from './routes/customer-groups.ts';
import { taxModeRoutes } from './routes/tax-modes.ts';
import { stockRoutes } from './routes/stock.ts';
import { sweepOrdersRoute } from './routes/sweep-orders.ts';
import { taxReportRoute } from './routes/tax-report.ts';
import { webhookDeliveryRoutes } from './routes/webhook-deliveries.ts';
import { webhookEndpointRoutes } from './routes/webhook-endpoints.ts';
import { describeWebhooks } from './webhook-document.ts';

/** The purchase worker's HTTP face. */
export function createPurchaseApp(): App<Env> {
  const app = createApp<Env>({ system: 'purchase', bindings: BINDINGS, verifier: verifierOf() });
  createCartRoute(app);
  readCartRoutes(app);
  changeCartRoute(app);
  cartLineRoutes(app);
  cartCodeRoutes(app);
  claimCartRoute(app);
  quoteCartRoute(app);
  checkoutCartRoute(app);
  placeOrderRoute(app);
  instanceChangeRoutes(app);
  instanceRenewalRoutes(app);
  listOffersRoute(app);
  listOrdersRoute(app);
  readOrderRoute(app);
  readTimelineRoute(app);
  followOrderRoute(app);
  cancelOrderRoute(app);
  retryOrderRoute(app);
  resolveOrderRoute(app);
  commandOrdersRoutes(app);
  reviewOrderRoutes(app);
  readEffectsRoute(app);
  fraudRuleRoutes(app);
  fraudSettingsRoutes(app);
  fraudPreviewRoute(app);
  rebuildProjectionRoute(app);
  taxReportRoute(app);
  sweepOrdersRoute(app);
  editOrderRoute(app);
  cancelLinesRoute(app);
  refundOrderRoute(app);
  decideAccessRoute(app);
  returnRoutes(app);
  noteOnOrderRoute(app);
  orderVersionsRoutes(app);
  listStockRoutes(app);
  stockRoutes(app);
  stockMoveRoutes(app);
  pricePreviewRoute(app);
  pricingRuleRoutes(app);
  promotionCodeRoutes(app);
  taxModeRoutes(app);
  customerGroupRoutes(app);
  mailTemplateRoutes(app);
  webhookEndpointRoutes(app);
  describeWebhooks(app);
  webhookDeliveryRoutes(app);
  backupRoutes(app, { worker: 'purchase', sources });
  deadLetterRoutes(app, {
    worker: 'purchase',
    database: (env) => env.ORDERS_DB,
    queues: (env) => ({
      'payment-events': env.PAYMENT_EVENTS,
      'provisioning-results': env.PROVISIONING_RESULTS,
      'catalogue-events': env.CATALOGUE_EVENTS,
      'order-events': env.ORDER_EVENTS,
    }),
  });
  return app;
}

/** One verifier an isolate: it keeps the key set. */
function verifierOf(): (env: Env) => AccessTokenVerifier {
  let verifier: AccessTokenVerifier | undefined;
  return (env) => (verifier ??= workerVerifier(env));
}
