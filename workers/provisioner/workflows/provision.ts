import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { provisionParamsSchema, type ProvisionParams } from './params.ts';
import { provision } from './run-plan.ts';
import { durableSteps } from './steps.ts';

/** Provisions one order line by its plan. One instance a line; its id is minted by the order. */
export class ProvisionWorkflow extends WorkflowEntrypoint<Env, ProvisionParams> {
  override run(event: Readonly<WorkflowEvent<ProvisionParams>>, step: WorkflowStep): Promise<string> {
    return provision(ports(this.env), durableSteps(step), provisionParamsSchema.parse(event.payload));
  }
}
