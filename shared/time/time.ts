/** Source of time, injected so that pure code and tests own it. Milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
}
export const systemClock: Clock = { now: () => Date.now() };

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** RFC 3339 UTC with milliseconds, the one form in which times leave the system. */
export const rfc3339 = (epochMs: number): string => new Date(epochMs).toISOString();
