import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';

export const taskKindSchema = z
  .enum(['approval', 'question', 'failed_step', 'failed_undo', 'failed_access'])
  .meta({
    id: 'ProvisioningTaskKind',
    description:
      '`approval`: a step waits for a yes; `question`: it waits for an answer; `failed_step`: it failed and nothing was undone yet; `failed_undo`: something could not be taken back; `failed_access`: a partner did not put it out of use, or back into use',
  });
export const taskStateSchema = z.enum(['open', 'decided', 'expired', 'withdrawn']);

/** What can be decided; which of them fits depends on the kind of task. */
export const TASK_DECISIONS = [
  'approve',
  'refuse',
  'answer',
  'retry',
  'skip',
  'replace',
  'hand_over',
  'roll_back',
] as const;
export type TaskDecision = (typeof TASK_DECISIONS)[number];

export const taskSchema = z
  .strictObject({
    id: idSchema('task'),
    instanceId: idSchema('instance'),
    orderId: idSchema('order'),
    step: z.string(),
    kind: taskKindSchema,
    askedOf: z.enum(['customer', 'operator']),
    connector: z.string(),
    operation: z.string(),
    /** Machine-readable cause. */
    code: z.string(),
    text: z.string(),
    /** JSON Schema of the answer to a question; null: none is asked. */
    fields: z.record(z.string(), z.unknown()).nullable(),
    state: taskStateSchema,
    decision: z.enum(TASK_DECISIONS).nullable(),
    reason: z.string().nullable(),
    decidedBy: z.string().nullable(),
    decidedAt: z.iso.datetime().nullable(),
    /** Without a decision by then the step fails. */
    dueAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'ProvisioningTask' });
export type Task = z.infer<typeof taskSchema>;

export const taskDetailSchema = taskSchema
  .extend({
    /** Inputs of the step; what may be secret or personal is masked. */
    payload: z.unknown(),
    /** What can be decided now. */
    decisions: z.array(z.enum(TASK_DECISIONS)),
  })
  .meta({ id: 'ProvisioningTaskDetail' });
export type TaskDetail = z.infer<typeof taskDetailSchema>;

export const taskDecisionSchema = z
  .strictObject({
    decision: z.enum(TASK_DECISIONS),
    /** For the history; asked for unless it is a plain retry, a yes or an answer. */
    reason: z.string().trim().min(1).max(300).optional(),
    /** `answer`: as `fields` say; `replace`: what the operation leaves. */
    result: z.record(z.string(), z.unknown()).optional(),
    /** `hand_over`: who does it instead. */
    connector: z.string().max(40).optional(),
    operation: z.string().max(40).optional(),
    /** `hand_over`: its inputs, by the mapping language of templates; default: those of the step. */
    inputs: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'ProvisioningDecision' });
export type DecisionInput = z.infer<typeof taskDecisionSchema>;
