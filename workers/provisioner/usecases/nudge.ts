import { log } from '#shared/observability/log.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import type { WorkflowStarter } from '../adapters/workflows.ts';
import type { Ports } from '../ports.ts';
import { planSchema } from '../templates/plan.ts';
import { undoWorkflowId } from '../workflows/params.ts';

/** A Workflow that has not ended by then is looked after. */
export const NUDGE_AFTER_MS = 45 * SECOND_MS;
/** And again after this: an event nobody waits for is kept with the Workflow, and a parcel may take hours. */
const NUDGE_AGAIN_MS = 2 * MINUTE_MS;
/** Nobody waits for this event: any event wakes a Workflow that a restart of the runtime left asleep. */
const NUDGE_EVENT = 'nudge';

/** Wakes, re-creates or re-runs the Workflows of lines that should have ended by now. Answers with how many. */
export async function nudgeWorkflows(ports: Ports, limit: number, requestId: string): Promise<number> {
  const { stores } = ports;
  const now = ports.clock.now();
  const [instances, undos] = await Promise.all([
    stores.gather(
      (store) => store.instances.toNudge(now, limit),
      ({ customerId }) => customerId,
    ),
    stores.gather((store) => store.undos.toNudge(now, limit)),
  ]);
  const next = now + NUDGE_AGAIN_MS;
  await Promise.all([
    ...instances.map((row) => stores.ofCustomer(row.customerId).instances.nudgeAgainAt(row.id, next)),
    ...undos.map(({ instanceId }) => stores.ofInstance(instanceId).undos.nudgeAgainAt(instanceId, next)),
  ]);
  await Promise.all([
    ...instances.map((row) => {
      const params = { instanceId: row.id, requestId: row.requestId, plan: planSchema.parse(row.plan) };
      return revive(ports.provisionings, row.workflowId, params, requestId);
    }),
    ...undos.map((row) => {
      const params = { instanceId: row.instanceId, requestId: row.requestId, round: row.round };
      return revive(ports.deprovisionings, undoWorkflowId(row), params, requestId);
    }),
  ]);
  return instances.length + undos.length;
}

/** One Workflow that cannot be revived now must not keep the others asleep; its turn comes again. */
export async function revive<Params>(
  workflows: WorkflowStarter<Params>,
  id: string,
  params: Params,
  requestId: string,
): Promise<void> {
  try {
    const standing = await workflows.standing(id);
    log.info('workflow nudged', { requestId, workflowId: id, standing });
    if (standing === 'missing') await workflows.start(id, params);
    else if (standing === 'ended') await workflows.restart(id);
    else await workflows.wake(id, NUDGE_EVENT);
  } catch (error) {
    log.error('workflow not nudged', { requestId, workflowId: id, error });
  }
}
