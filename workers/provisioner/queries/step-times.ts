import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { stepTimes } from '#shared/db/store.ts';
import { bucketOf, type Buckets } from '../usecases/percentiles.ts';

/** All steps of a template together. */
export const WHOLE = '*';

export const stepTimeQueries = (database: D1Database) => ({
  /** Counts how long the steps of one line took, in milliseconds. */
  async add(templateId: string, times: readonly { step: string; ms: number }[]): Promise<void> {
    const rows = times.map(({ step, ms }) => ({ step, bucket: bucketOf(ms) }));
    await database
      .prepare(
        `INSERT INTO step_times (template_id, step, bucket, count)
         SELECT ?1, value->>'step', value->>'bucket', 1 FROM json_each(?2) WHERE true
         ON CONFLICT (template_id, step, bucket) DO UPDATE SET count = count + 1`,
      )
      .bind(templateId, JSON.stringify(rows))
      .run();
  },

  /** By step. */
  async of(templateId: string): Promise<Map<string, Buckets>> {
    const rows = await drizzle(database).select().from(stepTimes).where(eq(stepTimes.templateId, templateId));
    const found = new Map<string, Buckets>();
    for (const { step, bucket, count } of rows) {
      const buckets = found.get(step) ?? new Map<number, number>();
      found.set(step, buckets.set(bucket, count));
    }
    return found;
  },
});
