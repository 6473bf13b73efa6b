import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';

/** Pauses between the attempts of one delivery, before jitter: ten attempts over a little more than three days. */
const PAUSES_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;
export const ATTEMPTS_MAX = PAUSES_MS.length + 1;
/** Receivers that failed together must not be asked again together. */
const JITTER = 0.2;
/** An endpoint that nothing reached for so long is disabled. */
export const FAILING_MAX_MS = 3 * DAY_MS;
/** Longest pause a receiver may ask for with `Retry-After`. */
const RETRY_AFTER_MAX_MS = DAY_MS;

/** Pause after attempt number `attempts` (from 1), within ±10 % of the plan. `random` in [0, 1). Pure. */
export function pauseMs(attempts: number, random: number): number {
  const plan = PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1] ?? PAUSES_MS[0];
  return Math.round(plan * (1 - JITTER / 2 + JITTER * random));
}

/** `Retry-After` (RFC 9110 §10.2.3) as a pause, or null when it is absent or unreadable. Pure. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null || header.trim() === '') return null;
  const pause = /^\d+$/.test(header.trim()) ? Number(header) * SECOND_MS : Date.parse(header) - now;
  return Number.isFinite(pause) ? Math.min(Math.max(pause, 0), RETRY_AFTER_MAX_MS) : null;
}
