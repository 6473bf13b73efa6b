import type { InstanceSuspensionReason } from '#shared/domain/suspension.ts';
import type { Ports } from '../ports.ts';
import type { InstanceRow } from '../queries/instances.ts';
import type { StepKey } from '../queries/steps.ts';
import type { StepFailure } from '../templates/template.ts';
import type { OperationInput, OperationName } from './operations.ts';
import type { Polling } from './remote.ts';

/** One call of an operation, for a step that is already registered. */
export interface OperationCall<Name extends OperationName> {
  ports: Ports;
  instance: InstanceRow;
  /** The key is the same however often the step runs. */
  step: { name: string; idempotencyKey: string };
  /** Counts tries anew after one that is lost for good; repeats of a try have its number. */
  attempt: number;
  input: OperationInput<Name>;
  /** What a person answered to this step's last question; null: none was asked. */
  answer: Record<string, unknown> | null;
}

/** Something only a person can give. */
export interface Question {
  askedOf: 'customer' | 'operator';
  code: string;
  /** For whoever is asked. */
  text: string;
  /** JSON Schema of the answer. */
  fields: Record<string, unknown>;
}

/**
 * How a call ends. `pending`: the operation named will end later. `action-required`: it goes on once a person has
 * answered. `refused`: final. `transient`: this try is lost, a new one may do. `stopped`: the instance is being undone.
 * A fault that a repeat of the very same call may mend is thrown instead.
 */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'pending'; operationId: string; polling?: Polling }
  | { kind: 'action-required'; question: Question }
  | { kind: 'refused'; failure: StepFailure }
  | { kind: 'transient'; failure: StepFailure }
  | { kind: 'stopped' };

/** One call of a compensation. */
export interface UndoTask {
  /** Names the Workflow step. */
  name: string;
  /** `own`: of our own data, where an effect and the end of its step are one statement. */
  task: 'own' | 'find' | 'remove';
  operationId: string | null;
}
/** `kept`: what was made stays where it is; a person has to look. */
export type UndoOutcome = { kind: 'undone' } | { kind: 'kept'; failure: StepFailure };

/** One call once a line is paid for. */
export interface ActivateCall {
  key: StepKey;
  requestId: string;
}

/** One call about the use of what a step made. */
export interface AccessCall {
  key: StepKey;
  /** Increases with each change of the wish: part of the idempotency key, and told to the partner. */
  round: number;
  reason: InstanceSuspensionReason;
}
/** `kept`: it stays as it was; a person has to look. A fault that a repeat may mend is thrown instead. */
export type AccessOutcome = { kind: 'done' } | { kind: 'kept'; failure: StepFailure };

/** One call that changes what a step made while it goes on existing, for one operation of its life. */
export interface ChangeCall<Name extends OperationName> {
  ports: Ports;
  instance: InstanceRow;
  /** The key is the same however often the call is repeated; putting the former state back has another. */
  step: { name: string; idempotencyKey: string };
  /** Increases with each change of an instance: of two the greater counts, whichever arrives last. */
  sequence: number;
  /** What it was made of, or changed to last. */
  before: OperationInput<Name>;
  /** What it is to be of; the same as `before` where credentials are rotated. */
  input: OperationInput<Name>;
  /** How long credentials may go on beside those that replace them, where the other side can have both; 0: not at all. */
  overlapMs: number;
  /** Keeps what the call leaves, sealed. The first stays and is answered, however often the call is repeated. */
  keep<Output extends Record<string, unknown>>(output: Output): Promise<Output>;
}
/**
 * How a change stands. `output`: what the step leaves from now on; null: what it left before. The engine shows it once the
 * whole change is done. `pending`: `settle` asks later. A fault that a repeat of the very same call may mend is thrown.
 */
export type ChangeOutcome =
  | { kind: 'done'; output: Record<string, unknown> | null }
  | { kind: 'pending'; token: string }
  | { kind: 'refused'; failure: StepFailure };

/** What a look without any effect found; `isObstacle`: with it the step would fail. */
export interface Finding {
  isObstacle: boolean;
  text: string;
}

/** Carries out one operation. What it must hold to is in fault-suite.ts: each has a row in fault-matrix.test.ts. */
export interface Connector<Name extends OperationName> {
  /** Safe to repeat: the same key never has its effect twice, whatever became of the answer. */
  execute(call: OperationCall<Name>): Promise<Outcome>;
  /** Looks whether it would do, changing nothing. */
  check?(ports: Ports, input: OperationInput<Name>): Promise<Finding[]>;
  /** What would be asked of whom, in a sentence for staff. */
  explain(input: OperationInput<Name>): string;
  /** The calls that undo a registered step. It may never have had its effect. */
  undoTasks(ports: Ports, key: StepKey): Promise<UndoTask[]>;
  undo(ports: Ports, key: StepKey, task: UndoTask): Promise<UndoOutcome>;
  /**
   * Gives back what a step that failed took before its end was kept. The operation may be asked for again under the step's name
   * only while `isOver` is false: by then it gets anew. Without it, an effect and the end of the step are one statement. Safe to
   * repeat.
   */
  clear?(ports: Ports, key: StepKey, isOver: boolean): Promise<void>;
  /** What was made waits until it is paid for: told before its owner is shown any of it. Safe to repeat. */
  activate?(ports: Ports, call: ActivateCall): Promise<void>;
  /** Puts what the step made out of its owner's reach, and back in it. Safe to repeat. */
  suspend(ports: Ports, call: AccessCall): Promise<AccessOutcome>;
  resume(ports: Ports, call: AccessCall): Promise<AccessOutcome>;
  /** Changes what the step made to other inputs, in place. Without it such a change is refused before it begins. */
  update?(call: ChangeCall<Name>): Promise<ChangeOutcome>;
  /** Makes new credentials; the old ones are no good from then on. Without it the step leaves none to renew. */
  rotate?(call: ChangeCall<Name>): Promise<ChangeOutcome>;
  /** How an `update` or `rotate` that was pending stands now. */
  settle?(call: ChangeCall<Name>, token: string): Promise<ChangeOutcome>;
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

/** Keeps what a step leaves, sealed; the first output stays. */
export async function keepOutput(ports: Ports, key: StepKey, output: unknown): Promise<void> {
  const sealed = await ports.sealer.seal(output, stepOutputPlace(key));
  await ports.stores.ofInstance(key.instanceId).steps.finish(key, sealed, ports.clock.now());
}
