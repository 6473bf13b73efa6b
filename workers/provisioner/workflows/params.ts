import { z } from 'zod';
import { planSchema } from '../templates/plan.ts';

/** Nothing personal and no secret: Workflows keep their parameters readable for operators. */
export const provisionParamsSchema = z.strictObject({
  instanceId: z.string(),
  /** Absent from a Workflow that an older release began. */
  variantId: z.string().optional(),
  requestId: z.string(),
  plan: planSchema,
});
export type ProvisionParams = z.infer<typeof provisionParamsSchema>;

export const deprovisionParamsSchema = z.strictObject({
  instanceId: z.string(),
  requestId: z.string(),
  round: z.int().min(1),
});
export type DeprovisionParams = z.infer<typeof deprovisionParamsSchema>;

export const lifecycleParamsSchema = z.strictObject({
  operationId: z.string(),
  instanceId: z.string(),
  requestId: z.string(),
});
export type LifecycleParams = z.infer<typeof lifecycleParamsSchema>;

/** Id of the Workflow that carries an operation of an instance's life out, one a round. */
export const lifecycleWorkflowId = (operation: { id: string; round: number }): string =>
  `${operation.id}-${operation.round}`;

const WORKFLOW_ID_LENGTH_MAX = 100;

/** Id of the Workflow that undoes an instance, one a round. Falls back on the instance's id where it would be too long. */
export function undoWorkflowId(undo: { instanceId: string; workflowId: string; round: number }): string {
  const suffix = undo.round === 1 ? '-undo' : `-undo-${undo.round}`;
  const fits = undo.workflowId.length + suffix.length <= WORKFLOW_ID_LENGTH_MAX;
  return `${fits ? undo.workflowId : undo.instanceId}${suffix}`;
}

/** Type of the event that tells of one person's answer to one task. */
export const answerEventType = (taskId: string): string => `answer-${taskId}`;

/** Nobody sends it: a step that waits for its turn at a partner looks again by itself. */
export const turnEventType = (step: string, count: number, turn: number): string =>
  `turn-${step}-${count}-${turn}`;

/** Type of the event that ends one wait for one operation, and no other: a late duplicate wakes nobody. */
export const newsEventType = (operationId: string, round: number): string => `${operationId}-${round}`;
