import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { meterWork } from '#shared/observability/work.ts';
import { BINDING_KINDS, type Env } from '../env.ts';
import { ports } from '../ports.ts';
import { deprovisionParamsSchema, type DeprovisionParams } from './params.ts';
import { deprovision } from './run-undo.ts';
import { durableSteps } from './steps.ts';

/** Undoes one order line, whatever state provisioning it has reached. */
export class DeprovisionWorkflow extends WorkflowEntrypoint<Env, DeprovisionParams> {
  override run(event: Readonly<WorkflowEvent<DeprovisionParams>>, step: WorkflowStep): Promise<string> {
    const params = deprovisionParamsSchema.parse(event.payload);
    const metered = ports(meterWork(this.env, BINDING_KINDS));
    return deprovision(metered, durableSteps(step, 'deprovision', params.requestId), params);
  }
}
