import type { SuspensionReason } from '#shared/domain/suspension.ts';
import type { Ports } from '../ports.ts';
import type { InstanceRow } from '../queries/instances.ts';
import type { StepKey } from '../queries/steps.ts';
import type { OperationInput, OperationName } from './operations.ts';
import type { PlanStep } from '../templates/plan.ts';
import type { StepFailure } from '../templates/template.ts';

/** One call of an action, for a step that is already registered. */
export interface OperationCall<Name extends OperationName> {
  ports: Ports;
  instance: InstanceRow;
  step: PlanStep;
  /** Counts orders placed anew because the one before failed for the moment. */
  attempt: number;
  input: OperationInput<Name>;
}

/**
 * How a call ends. `pending`: the operation named will end later. `refused`: final. `transient`: this try is lost,
 * a new one may do. `stopped`: the instance is being undone. A fault that a repeat may mend is thrown instead.
 */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'pending'; operationId: string }
  | { kind: 'refused'; failure: StepFailure }
  | { kind: 'transient'; failure: StepFailure }
  | { kind: 'stopped' };

/** One call of a compensation. */
export interface UndoTask {
  /** Names the Workflow step. */
  name: string;
  task: 'own' | 'find' | 'remove';
  operationId: string | null;
}
/** `kept`: what was made stays where it is; a person has to look. */
export type UndoOutcome = { kind: 'undone' } | { kind: 'kept'; failure: StepFailure };

/** One call about the use of what a step made. */
export interface AccessCall {
  key: StepKey;
  /** Increases with each change of the wish: part of the idempotency key, and told to the partner. */
  round: number;
  reason: SuspensionReason;
}
/** `kept`: it stays as it was; a person has to look. A fault that a repeat may mend is thrown instead. */
export type AccessOutcome = { kind: 'done' } | { kind: 'kept'; failure: StepFailure };

export interface Connector<Name extends OperationName> {
  run(call: OperationCall<Name>): Promise<Outcome>;
  /** The calls that undo a registered step. It may never have had its effect. */
  undoTasks(ports: Ports, key: StepKey): Promise<UndoTask[]>;
  undo(ports: Ports, key: StepKey, task: UndoTask): Promise<UndoOutcome>;
  /** Puts what the step made out of its owner's reach, and back in it. Safe to repeat. */
  suspend(ports: Ports, call: AccessCall): Promise<AccessOutcome>;
  resume(ports: Ports, call: AccessCall): Promise<AccessOutcome>;
}

/** Where our own door is all there is: a key is not shown and a file not handed out while the instance is suspended. */
export const ownDoor = {
  suspend: (): Promise<AccessOutcome> => Promise.resolve({ kind: 'done' }),
  resume: (): Promise<AccessOutcome> => Promise.resolve({ kind: 'done' }),
};

export const stepOutputPlace = (key: StepKey) => ({
  table: 'instance_steps',
  row: `${key.instanceId}/${key.step}`,
  field: 'sealed_output',
});

/** A compensation of our own data: one statement, always possible. */
export const ownUndo = (undo: (ports: Ports, key: StepKey) => Promise<void>) => ({
  undoTasks: (): Promise<UndoTask[]> =>
    Promise.resolve([{ name: 'ours', task: 'own' as const, operationId: null }]),
  async undo(ports: Ports, key: StepKey): Promise<UndoOutcome> {
    await undo(ports, key);
    return { kind: 'undone' };
  },
});
