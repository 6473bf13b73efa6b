import { keepBackups } from '#shared/backup/of-env.ts';
import { isRestoring } from '#shared/backup/restoring.ts';
import { log } from '#shared/observability/log.ts';
import { meterWork } from '#shared/observability/work.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { createPaymentsApp } from './app.ts';
import { sources } from './backups.ts';
import { consume } from './consumers.ts';
import { BINDINGS, type Env } from './env.ts';
import { ledgerPorts, reconcilePorts, sweepPorts } from './ports.ts';
import { sweepInbox } from './usecases/sweep-inbox.ts';
import { scheduleReconciliations } from './usecases/reconcile/reconcile.ts';
import { sweepLedger } from './usecases/ledger/ask-ledger.ts';

export { GiftCard } from '#objects/gift-card/object.ts';
export { GiftCardTries } from '#objects/gift-card-tries/object.ts';
export { ProviderGovernor } from '#objects/provider-governor/object.ts';
export { WebhookRefusals } from '#objects/webhook-refusals/object.ts';
export { DataSubjectRpc } from './privacy/rpc.ts';
export { GiftCardsRpc } from './gift-cards-rpc.ts';
export { PaymentsRpc } from './rpc.ts';

const app = createPaymentsApp();

export default {
  fetch: app.fetch,
  queue: consume,
  async scheduled(_controller, env): Promise<void> {
    if (isRestoring(env)) return;
    const requestId = newRequestId();
    const metered = meterWork(env, BINDINGS);
    const swept = await sweepInbox(sweepPorts(metered), requestId);
    log.info('inbox swept', { system: 'payments', requestId, ...swept });
    const owed = await sweepLedger(ledgerPorts(metered), requestId);
    log.info('ledger swept', { system: 'payments', requestId, owed });
    const everySeconds = Number(env.RECONCILE_EVERY_SECONDS);
    await scheduleReconciliations(reconcilePorts(metered), everySeconds, requestId);
    await keepBackups(env, 'payments', sources(env));
  },
} satisfies ExportedHandler<Env>;
