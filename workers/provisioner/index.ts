import { WorkerEntrypoint } from 'cloudflare:workers';
import { keepBackups } from '#shared/backup/of-env.ts';
import { isRestoring } from '#shared/backup/restoring.ts';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import {
  type LookAtInstance,
  lookAtInstanceSchema,
  type ProvisionerService,
} from '#shared/contracts/instance-changes.ts';
import { logWork, meterWork } from '#shared/observability/work.ts';
import { app } from './app.ts';
import { hold, sources } from './backups.ts';
import { BINDING_KINDS, type Env } from './env.ts';
import { ports } from './ports.ts';
import { consume } from './queue.ts';
import { sweep } from './schedule.ts';
import { lookAtInstance } from './usecases/lifecycle/look-at-instance.ts';

export { InstanceUse } from '#objects/instance-use/object.ts';
export { PartnerGate } from '#objects/partner-gate/object.ts';
export { ProviderGovernor } from '#objects/provider-governor/object.ts';
export { ShardMover } from '#objects/shard-mover/object.ts';
export { DataSubjectRpc } from './privacy/rpc.ts';
export { DeprovisionWorkflow } from './workflows/deprovision.ts';
export { LifecycleWorkflow } from './workflows/lifecycle.ts';
export { ProvisionWorkflow } from './workflows/provision.ts';

/** What whoever sells changes of instances asks. */
export class ProvisionerRpc extends WorkerEntrypoint<Env> implements ProvisionerService {
  lookAtInstance(call: CallContext, input: LookAtInstance) {
    const { requestId } = callContextSchema.parse(call);
    const made = ports(meterWork(this.env, BINDING_KINDS));
    return logWork({ system: 'provisioner', work: 'lookAtInstance', requestId }, () =>
      lookAtInstance(made, lookAtInstanceSchema.parse(input)),
    );
  }
}

export default {
  fetch: app.fetch,
  queue: consume,
  async scheduled(_event, env) {
    if (isRestoring(env)) return;
    await sweep(env);
    await keepBackups(env, 'provisioner', sources(env), hold(env));
  },
} satisfies ExportedHandler<Env>;
