import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { meterWork } from '#shared/observability/work.ts';
import { BINDING_KINDS, type Env } from '../env.ts';
import { ports } from '../ports.ts';
import { type LifecycleParams, lifecycleParamsSchema } from './params.ts';
import { runLifecycle } from './run-lifecycle.ts';
import { durableSteps } from './steps.ts';

/** Carries out one operation of an instance's life, one a round of it. */
export class LifecycleWorkflow extends WorkflowEntrypoint<Env, LifecycleParams> {
  override run(event: Readonly<WorkflowEvent<LifecycleParams>>, step: WorkflowStep): Promise<string> {
    const params = lifecycleParamsSchema.parse(event.payload);
    const metered = ports(meterWork(this.env, BINDING_KINDS));
    return runLifecycle(metered, durableSteps(step, 'lifecycle', params.requestId), params);
  }
}
