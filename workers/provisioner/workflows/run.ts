import type { Ports } from '../ports.ts';
import type { StepFailure } from '../templates/template.ts';
import type { ProvisionParams } from './params.ts';
import type { Steps } from './steps.ts';

/** One run of a plan, as its parts see it. */
export interface Run {
  ports: Ports;
  steps: Steps;
  params: ProvisionParams;
}

/** How a step of a plan ends. `stopped`: the line is being undone, or another step has failed. */
export type StepEnd = { kind: 'done' } | { kind: 'refused'; failure: StepFailure } | { kind: 'stopped' };
