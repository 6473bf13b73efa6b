import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import { idSchema } from '#shared/ids/ids.ts';

/** Longest time a caller may wait for a job that he starts. */
export const WAIT_MS_MAX = 60_000;

export const startJobSchema = z.strictObject({
  jobId: idSchema('catalogueJob'),
  /** How long the call may take, should the job end meanwhile; 0: it only starts. */
  waitMs: z.int().min(0).max(WAIT_MS_MAX),
});
export type StartJob = z.infer<typeof startJobSchema>;

/** RPC face of the `JobRunner` object, one a job: makes the job go on until it has ended, whatever dies meanwhile. */
export interface JobRunnerFace {
  /** Safe to repeat. */
  start(call: CallContext, input: StartJob): Promise<void>;
}

/** The worker's side: takes some steps of a job. Where it stands is kept with each step. */
export interface JobSteps {
  run(call: CallContext, input: { jobId: string }): Promise<{ more: boolean }>;
}
