import type { AccessTokenVerifier } from '#shared/auth/access-token.ts';
import { workerVerifier } from '#shared/auth/worker-verifier.ts';
import { backupRoutes } from '#shared/backup/routes.ts';
import { createApp } from '#shared/http/app.ts';
import { sources } from './backups.ts';
import { BINDINGS, type Env } from './env.ts';
import { deadLetterRoutes } from '#shared/queues/dead-letter-routes.ts';
import { availablePaymentMethods } from './routes/available-payment-methods.ts';
import { changePaymentMethod } from './routes/change-payment-method.ts';
import { giftCardBalance } from './routes/gift-card-balance.ts';
import { giftCardKeyUse } from './routes/gift-card-keys.ts';
import { giftCardLiabilityReport } from './routes/gift-card-liability.ts';
import { giftCards } from './routes/gift-cards.ts';
import { listDisputes } from './routes/list-disputes.ts';
import { listPaymentMethods } from './routes/list-payment-methods.ts';
import { setUpPaymentMethod } from './routes/set-up-payment-method.ts';
import { listPaymentEvents } from './routes/list-payment-events.ts';
import { readLedger } from './routes/read-ledger.ts';
import { paymentFindings } from './routes/payment-findings.ts';
import { reconciliations } from './routes/reconciliations.ts';
import { readPaymentEvent } from './routes/read-payment-event.ts';
import { receiveStripeWebhook } from './routes/receive-stripe-webhook.ts';
import { settlementReport } from './routes/settlement-report.ts';
import { replayPaymentEvent } from './routes/replay-payment-event.ts';
import { webhookRefusals } from './routes/webhook-refusals.ts';

let verifier: AccessTokenVerifier | null = null;

/** The payments worker's routes. */
export function createPaymentsApp() {
  const app = createApp<Env>({
    system: 'payments',
    bindings: BINDINGS,
    streamed: /^\/v1\/webhooks\/stripe$/,
    verifier: (env) => (verifier ??= workerVerifier(env)),
  });
  receiveStripeWebhook(app);
  listPaymentEvents(app);
  webhookRefusals(app);
  readPaymentEvent(app);
  replayPaymentEvent(app);
  readLedger(app);
  listDisputes(app);
  giftCardBalance(app);
  giftCardKeyUse(app);
  giftCards(app);
  availablePaymentMethods(app);
  listPaymentMethods(app);
  setUpPaymentMethod(app);
  changePaymentMethod(app);
  reconciliations(app);
  settlementReport(app);
  giftCardLiabilityReport(app);
  paymentFindings(app);
  backupRoutes(app, { worker: 'payments', sources });
  deadLetterRoutes(app, {
    worker: 'payments',
    database: (env) => env.PAYMENTS_DB,
    queues: (env) => ({ 'payment-facts': env.PAYMENT_FACTS }),
  });
  return app;
}
