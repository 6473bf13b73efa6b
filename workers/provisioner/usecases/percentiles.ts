import { SECOND_MS } from '#shared/time/time.ts';

/**
 * Times as counts in slices that grow by a fifth each: a percentile is known to that precision however many times there
 * were, and one more time is one more count. Pure.
 */
export type Buckets = Map<number, number>;

const GROWTH = Math.log(1.2);
/** Days: what lies beyond is one slice. */
const BUCKET_MAX = 130;

export const bucketOf = (ms: number): number =>
  Math.min(BUCKET_MAX, Math.max(0, Math.ceil(Math.log(Math.max(1, ms)) / GROWTH)));

/** Upper end of a slice, in milliseconds. */
const endOf = (bucket: number): number => Math.exp(bucket * GROWTH);

/** The time that `share` (0–1) of all did not exceed, in milliseconds; null: there were none. */
export function percentile(buckets: Buckets | undefined, share: number): number | null {
  const sorted = [...(buckets ?? [])].sort(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of sorted) {
    seen += count;
    if (seen >= all * share) return Math.round(endOf(bucket));
  }
  return null;
}

/** Half and nine of ten, in whole seconds; null: nothing was counted yet. */
export function expectedOf(
  buckets: Buckets | undefined,
): { halfWithinSeconds: number; mostWithinSeconds: number } | null {
  const [half, most] = [percentile(buckets, 0.5), percentile(buckets, 0.9)];
  return half === null || most === null
    ? null
    : { halfWithinSeconds: Math.ceil(half / SECOND_MS), mostWithinSeconds: Math.ceil(most / SECOND_MS) };
}
