import { PRESSURE_MAX, type Policy } from './policies.ts';

/** What is remembered of the attempts on one key. Times are epoch milliseconds. */
export interface Bucket {
  attempts: number;
  windowStartedAt: number;
  /** How many refusals in a row; each doubles the next. */
  level: number;
  refusedUntil: number;
  lastAttemptAt: number;
}
export type Verdict =
  | { allowed: true }
  | { allowed: false; retryAfterMs: number }
  /** Nothing was counted: the attempt may come again with a challenge of this pressure solved. */
  | { allowed: false; pressure: number };

export const newBucket = (now: number): Bucket => ({
  attempts: 0,
  windowStartedAt: now,
  level: 0,
  refusedUntil: 0,
  lastAttemptAt: now,
});

/** What is left of a bucket now: an old window's attempts do not count, and after long quiet nothing does. */
function present(previous: Bucket | null, policy: Policy, now: number): Bucket {
  if (previous === null || now - previous.lastAttemptAt >= policy.forgetMs) return newBucket(now);
  const isOver = previous.refusedUntil <= now && now - previous.windowStartedAt >= policy.windowMs;
  return isOver ? { ...previous, attempts: 0, windowStartedAt: now } : previous;
}

/**
 * Counts one attempt before it is evaluated. Pure. A refused attempt does not lengthen the refusal, so nobody can keep
 * a key refused for ever by trying on; every refusal ends within `refusalMaxMs`. `proven`: pressure of the challenge that
 * was solved for this attempt. One that lacks it is not counted, so that solving nothing uses nobody's budget up.
 */
export function attempt(
  previous: Bucket | null,
  policy: Policy,
  now: number,
  proven: number | null = PRESSURE_MAX,
): { bucket: Bucket; verdict: Verdict } {
  const fresh = present(previous, policy, now);
  if (fresh.refusedUntil > now) {
    return { bucket: fresh, verdict: { allowed: false, retryAfterMs: fresh.refusedUntil - now } };
  }
  const asked = pressureOf(fresh, policy, now);
  if (asked !== null && asked > (proven ?? -1)) {
    return { bucket: fresh, verdict: { allowed: false, pressure: asked } };
  }
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

/** How hard a challenge the next attempt needs, 0 to `PRESSURE_MAX`; null: none. Grows as the budget is used up. */
export function pressureOf(previous: Bucket | null, policy: Policy, now: number): number | null {
  const { challengeAfter, attemptsMax } = policy;
  const { attempts, level, refusedUntil } = present(previous, policy, now);
  if (challengeAfter === null) return null;
  if (level > 0 || refusedUntil > now) return PRESSURE_MAX;
  if (attempts < challengeAfter) return null;
  return Math.floor((PRESSURE_MAX * (attempts - challengeAfter)) / (attemptsMax - challengeAfter));
}

/** The last allowed attempt already starts the refusal, so that no burst slips in behind it. */
const allowance = (policy: Policy, level: number): number => (level === 0 ? policy.attemptsMax : 1);

/** Takes one attempt back that turned out to be honest. A refusal it started stays: the budget behind it is spent. */
export const refund = (bucket: Bucket): Bucket => ({ ...bucket, attempts: Math.max(0, bucket.attempts - 1) });
