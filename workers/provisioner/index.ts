import { isRestoring, keepBackups } from '#shared/backup/of-env.ts';
import { app } from './app.ts';
import { sources } from './backups.ts';
import type { Env } from './env.ts';
import { consume } from './queue.ts';
import { sweep } from './schedule.ts';

export { InstanceUse } from '#objects/instance-use/object.ts';
export { PartnerGate } from '#objects/partner-gate/object.ts';
export { ShardMover } from '#objects/shard-mover/object.ts';
export { DeprovisionWorkflow } from './workflows/deprovision.ts';
export { LifecycleWorkflow } from './workflows/lifecycle.ts';
export { ProvisionWorkflow } from './workflows/provision.ts';

export default {
  fetch: app.fetch,
  queue: consume,
  async scheduled(_event, env) {
    if (isRestoring(env)) return;
    await sweep(env);
    await keepBackups(env, 'provisioner', sources(env));
  },
} satisfies ExportedHandler<Env>;
