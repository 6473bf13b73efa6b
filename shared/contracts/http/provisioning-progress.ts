import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import { instanceStateSchema } from './instances.ts';
import { taskSchema } from './provisioning-tasks.ts';

const expectedSchema = z
  .strictObject({
    /** Half of all took at most so long. */
    halfWithinSeconds: z.int(),
    /** Nine of ten took at most so long. */
    mostWithinSeconds: z.int(),
  })
  .meta({ id: 'ExpectedTime', description: 'From orders before, to about a fifth' });

export const stepProgressSchema = z
  .strictObject({
    name: z.string(),
    /** For people. */
    title: z.string(),
    /** `parked`: waits for its turn at a partner; `asking`: waits for a person. */
    state: z.enum(['waiting', 'running', 'parked', 'asking', 'done', 'left_out', 'failed', 'undone']),
    detail: z.string(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    expected: z.union([expectedSchema, z.null()]),
  })
  .meta({ id: 'StepProgress' });
export type StepProgress = z.infer<typeof stepProgressSchema>;

export const progressSchema = z
  .strictObject({
    instanceId: idSchema('instance'),
    state: instanceStateSchema,
    detail: z.string(),
    steps: z.array(stepProgressSchema),
    /** What is asked of the reader: answer at `POST /v1/instances/{id}/answers`. */
    asked: z.array(taskSchema),
    /** Of all steps together; null: nobody had one of these before. */
    expected: z.union([expectedSchema, z.null()]),
    startedAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'InstanceProgress' });
export type Progress = z.infer<typeof progressSchema>;
