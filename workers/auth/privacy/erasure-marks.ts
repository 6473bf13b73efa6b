import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';

const PREFIX = 'erasures/';
const nameSchema = z.tuple([z.iso.datetime(), idSchema('user')]);

/**
 * Whose data went, beside the backups and outside of them: one empty object each, `erasures/<time>/<account>`. A restore of
 * the database to before an erasure does not lose it, so the erasure can be done again.
 */
export function erasureMarks(bucket: R2Bucket) {
  return {
    /** Safe to repeat with the same time. */
    async put(accountId: string, begunAt: number): Promise<void> {
      await bucket.put(`${PREFIX}${new Date(begunAt).toISOString()}/${accountId}`, '');
    },

    /** In the order of their times; `next` goes on behind them, null: these were the last. */
    async page(
      since: string | null,
      after: string | null,
      limit: number,
    ): Promise<{ accountIds: string[]; next: string | null }> {
      const startAfter = after ?? (since === null ? null : `${PREFIX}${new Date(since).toISOString()}`);
      const found = await bucket.list({
        prefix: PREFIX,
        limit,
        ...(startAfter === null ? {} : { startAfter }),
      });
      const keys = found.objects.map(({ key }) => key);
      return {
        accountIds: keys.map((key) => nameSchema.parse(key.slice(PREFIX.length).split('/'))[1]),
        next: found.truncated ? (keys.at(-1) ?? null) : null,
      };
    },
  };
}
export type ErasureMarks = ReturnType<typeof erasureMarks>;
