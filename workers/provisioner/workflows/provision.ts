import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import { meterWork } from '#shared/observability/work.ts';
import { BINDING_KINDS, type Env } from '../env.ts';
import { ports } from '../ports.ts';
import { provisionParamsSchema, type ProvisionParams } from './params.ts';
import { provision } from './run-plan.ts';
import { durableSteps } from './steps.ts';

/** Provisions one order line by its plan. One instance a line; its id is minted by the order. */
export class ProvisionWorkflow extends WorkflowEntrypoint<Env, ProvisionParams> {
  override run(event: Readonly<WorkflowEvent<ProvisionParams>>, step: WorkflowStep): Promise<string> {
    const params = provisionParamsSchema.parse(event.payload);
    const metered = ports(meterWork(this.env, BINDING_KINDS));
    return provision(metered, durableSteps(step, 'provision', params.requestId), params);
  }
}
