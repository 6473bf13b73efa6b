import { app } from './app.ts';
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
  scheduled: (_event, env) => sweep(env),
} satisfies ExportedHandler<Env>;
