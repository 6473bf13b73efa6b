import { z } from '@hono/zod-openapi';
import { WAIT_MS_MAX } from '#objects/job-runner/face.ts';
import type { Actor } from '#shared/auth/access-token.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { type JobRow, jobView } from '../domain/job-view.ts';
import type { Asked } from '../usecases/jobs/create-once.ts';
import { ports, type RouteContext } from './context.ts';

/** How long a caller would wait for a job he starts (RFC 7240 §4.3). */
export const preferHeader = {
  prefer: z
    .string()
    .max(200)
    .optional()
    .openapi({ description: `\`wait=N\`: answer when the job has ended, at most N seconds (60) later` }),
};

/** Headers of a request that begins a job without a file. */
export const startHeaders = z.object({
  ...preferHeader,
  'idempotency-key': idempotencyKey(
    'Same key and body: the same job, for as long as it is kept (30 days after it has ended)',
  ),
});
export const askedBy = ({ userId }: Actor, headers: z.infer<typeof startHeaders>): Asked => ({
  createdBy: userId,
  idempotencyKey: headers['idempotency-key'],
});

/** Starts a job and answers it: 200 when it has ended meanwhile, else 202. */
export async function answerStarted(c: RouteContext, job: JobRow, isRepeated: boolean) {
  const seconds = Number(/(?:^|[,;\s])wait=(\d{1,4})/i.exec(c.req.header('prefer') ?? '')?.[1] ?? 0);
  await ports(c).startJob(job.id, Math.min(seconds * SECOND_MS, WAIT_MS_MAX));
  const present = (await ports(c).jobs.read(job.id)) ?? job;
  c.header('location', `/v1/catalogue-jobs/${job.id}`);
  if (isRepeated) c.header('idempotent-replayed', 'true');
  return c.json(jobView(present), present.endedAtMs === null ? 202 : 200);
}
