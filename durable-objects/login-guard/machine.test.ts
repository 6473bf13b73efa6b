import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';
import { attempt, type Bucket } from './machine.ts';
import { POLICIES, type Policy } from './policies.ts';

const policy = POLICIES['password.account'];

/** Runs attempts at the given times; returns at which of them evaluation was allowed. */
function allowedAt(times: readonly number[], rules: Policy = policy): number[] {
  let bucket: Bucket | null = null;
  return times.filter((now) => {
    const step = attempt(bucket, rules, now);
    bucket = step.bucket;
    return step.verdict.allowed;
  });
}

describe('attempts on one key', () => {
  it('allows the first ten of a burst and no more', () => {
    expect(allowedAt(Array.from({ length: 200 }, () => 1_000))).toHaveLength(10);
  });

  it('doubles each refusal up to an hour, so that guessing goes on at one try an hour at most', () => {
    const everySecond = Array.from({ length: DAY_MS / 1_000 }, (_, second) => second * 1_000);
    const allowed = allowedAt(everySecond);
    expect(allowed.length).toBeLessThanOrEqual(10 + 6 + 24);
    const gaps = allowed.slice(10).map((at, position) => at - (allowed[position + 9] ?? 0));
    expect(gaps.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 32, 60].map((minutes) => minutes * MINUTE_MS));
  });

  it('never refuses for longer than an hour, whoever keeps trying', () => {
    assert(
      property(array(integer({ min: 0, max: 2 * HOUR_MS }), { maxLength: 300 }), (gaps) => {
        let now = 0;
        let bucket: Bucket | null = null;
        for (const gap of gaps) {
          now += gap;
          const step = attempt(bucket, policy, now);
          bucket = step.bucket;
          const refusalMs = step.verdict.allowed ? 0 : step.verdict.retryAfterMs;
          expect(refusalMs).toBeLessThanOrEqual(HOUR_MS);
        }
        const later = attempt(bucket, policy, now + HOUR_MS);
        expect(later.verdict.allowed).toBe(true);
      }),
    );
  });

  it('does not punish slow, honest failures within the budget', () => {
    const everyTwoMinutes = Array.from({ length: 100 }, (_, turn) => turn * 2 * MINUTE_MS);
    expect(allowedAt(everyTwoMinutes)).toHaveLength(100);
  });

  it('forgets everything after a day of quiet', () => {
    const burst = Array.from({ length: 20 }, () => 0);
    const next = Array.from({ length: 20 }, () => DAY_MS + 1);
    expect(allowedAt([...burst, ...next])).toHaveLength(20);
  });
});
