import type { Policy } from './policies.ts';

/** What is remembered of the attempts on one key. Times are epoch milliseconds. */
export interface Bucket {
  attempts: number;
  windowStartedAt: number;
  /** How many refusals in a row; each doubles the next. */
  level: number;
  refusedUntil: number;
  lastAttemptAt: number;
}
export type Verdict = { allowed: true } | { allowed: false; retryAfterMs: number };

export const newBucket = (now: number): Bucket => ({
  attempts: 0,
  windowStartedAt: now,
  level: 0,
  refusedUntil: 0,
  lastAttemptAt: now,
});

/**
 * Counts one attempt before it is evaluated. Pure. A refused attempt does not lengthen the refusal, so nobody can keep
 * a key refused for ever by trying on; every refusal ends within `refusalMaxMs`.
 */
export function attempt(
  previous: Bucket | null,
  policy: Policy,
  now: number,
): { bucket: Bucket; verdict: Verdict } {
  const known =
    previous === null || now - previous.lastAttemptAt >= policy.forgetMs ? newBucket(now) : previous;
  if (known.refusedUntil > now) {
    return { bucket: known, verdict: { allowed: false, retryAfterMs: known.refusedUntil - now } };
  }
  const fresh =
    now - known.windowStartedAt >= policy.windowMs ? { ...known, attempts: 0, windowStartedAt: now } : known;
  const attempts = fresh.attempts + 1;
  const counted: Bucket = { ...fresh, attempts, lastAttemptAt: now };
  if (attempts < allowance(policy, fresh.level)) return { bucket: counted, verdict: { allowed: true } };
  const refusalMs = Math.min(policy.refusalMaxMs, policy.refusalMs * 2 ** Math.min(fresh.level, 30));
  return {
    bucket: {
      ...counted,
      attempts: 0,
      windowStartedAt: now,
      level: fresh.level + 1,
      refusedUntil: now + refusalMs,
    },
    verdict: { allowed: true },
  };
}

/** The last allowed attempt already starts the refusal, so that no burst slips in behind it. */
const allowance = (policy: Policy, level: number): number => (level === 0 ? policy.attemptsMax : 1);

/** Takes one attempt back that turned out to be honest. A refusal it started stays: the budget behind it is spent. */
export const refund = (bucket: Bucket): Bucket => ({ ...bucket, attempts: Math.max(0, bucket.attempts - 1) });
