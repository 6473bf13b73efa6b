import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';
import { attempt, type Bucket, pressureOf } from './machine.ts';
import { POLICIES, PRESSURE_MAX, type Policy } from './policies.ts';

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
          const refusalMs = 'retryAfterMs' in step.verdict ? step.verdict.retryAfterMs : 0;
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

describe('challenges', () => {
  it('are asked for after three failures of an account, and get harder until the refusal', () => {
    const asked: (number | null)[] = [];
    let bucket: Bucket | null = null;
    for (let turn = 0; turn < 10; turn += 1) {
      asked.push(pressureOf(bucket, policy, 0));
      bucket = attempt(bucket, policy, 0, PRESSURE_MAX).bucket;
    }
    expect(asked).toEqual([null, null, null, 0, 0, 1, 1, 2, 2, 3]);
    expect(pressureOf(bucket, policy, 0)).toBe(PRESSURE_MAX);
  });

  it('are asked for exactly while less was solved, and unsolved attempts change nothing', () => {
    const tries = record({
      gapMs: integer({ min: 0, max: 20 * MINUTE_MS }),
      proven: constantFrom(null, 0, 1, 2, 3, PRESSURE_MAX),
    });
    assert(
      property(array(tries, { maxLength: 200 }), (sequence) => {
        let now = 0;
        let bucket: Bucket | null = null;
        for (const { gapMs, proven } of sequence) {
          now += gapMs;
          const before: Bucket | null = bucket;
          const asked = pressureOf(before, policy, now);
          const isRefused = (before?.refusedUntil ?? 0) > now;
          const step: ReturnType<typeof attempt> = attempt(before, policy, now, proven);
          bucket = step.bucket;
          const isAsked = !isRefused && asked !== null && asked > (proven ?? -1);
          expect('pressure' in step.verdict).toBe(isAsked);
          expect(step.verdict.allowed).toBe(!isAsked && !isRefused);
          const isSame = bucket.level === (before?.level ?? 0) && bucket.attempts <= (before?.attempts ?? 0);
          expect(isAsked ? isSame : true).toBe(true);
        }
      }),
    );
  });

  it('that nobody solves bring no refusal about, however many try', () => {
    let bucket: Bucket | null = null;
    for (let turn = 0; turn < 500; turn += 1) bucket = attempt(bucket, policy, 0, null).bucket;
    expect(bucket).toMatchObject({ attempts: 3, level: 0, refusedUntil: 0 });
  });
});
