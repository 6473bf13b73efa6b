import { newRequestId } from '#shared/http/request-id.ts';
import { log } from '#shared/observability/log.ts';
import type { Env } from './env.ts';
import { ports } from './ports.ts';
import { syncDueCatalogues } from './usecases/broker-catalogues.ts';
import { carryOutDue } from './usecases/carry-out-access.ts';
import { beginDue, nudgeLifecycles } from './usecases/lifecycle/drive.ts';
import { expireDue } from './usecases/lifecycle/expire.ts';
import { signDue } from './usecases/lifecycle/sign-term.ts';
import { nudgeWorkflows } from './usecases/nudge.ts';
import { checkOperations } from './usecases/partner-news.ts';
import { sendDueReports } from './usecases/reports.ts';
import { tellTemplates } from './usecases/tell-templates.ts';
import { wakeDecided } from './usecases/tasks.ts';

/** Rows of each kind a sweep looks at; what is left over comes at the next minute. */
const SWEEP_LIMIT = 50;

/** Looks after what should have gone on by itself. Safe to run at any time and twice at once. */
export async function sweep(env: Env): Promise<void> {
  const requestId = newRequestId();
  const made = ports(env);
  const tasks = {
    nudged: nudgeWorkflows(made, SWEEP_LIMIT, requestId),
    reported: sendDueReports(made, SWEEP_LIMIT),
    woken: wakeDecided(made, SWEEP_LIMIT, requestId),
    carriedOut: carryOutDue(made, SWEEP_LIMIT),
    catalogues: syncDueCatalogues(made, SWEEP_LIMIT, requestId),
    expired: expireDue(made, SWEEP_LIMIT),
    signed: signDue(made, SWEEP_LIMIT),
    begun: beginDue(made, SWEEP_LIMIT, requestId),
    pushed: nudgeLifecycles(made, SWEEP_LIMIT, requestId),
    checked: checkOperations(made, SWEEP_LIMIT, requestId),
    templatesTold: tellTemplates(made, requestId),
  };
  const outcomes = await Promise.allSettled(Object.values(tasks));
  for (const [index, name] of Object.keys(tasks).entries()) {
    const outcome = outcomes[index];
    if (outcome?.status === 'rejected') {
      log.error('sweep failed', { requestId, task: name, error: outcome.reason as unknown });
    } else if (outcome !== undefined && outcome.value > 0) {
      log.info('swept', { requestId, task: name, count: outcome.value });
    }
  }
}
