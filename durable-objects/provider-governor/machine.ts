import { SECOND_MS } from '#shared/time/time.ts';

/*
 * Who may send how many requests to the payment provider, and when: a calendar of leases. Pure.
 *
 * The holder of a lease sends at most `share` requests in any second between `from` and `until`, so the leases that reach
 * into a second bound what is sent in it. A lease counts for GUARD_MS longer than it lasts: at the end of any second every
 * lease that reached into it still counts, and their sum is never above the rate.
 */

/** Requests a second, of all kinds together and of one operation of the provider's API. */
export interface Rates {
  perSecond: number;
  perOperation: number;
}
/** `lane`: the operation it is for; null: any. Epoch milliseconds. */
export interface Lease {
  lane: string | null;
  share: number;
  from: number;
  until: number;
}
export interface Calendar {
  leases: readonly Lease[];
  /** Part of the rates that is used, after the provider said that it was too much. */
  slow: { factor: number; until: number } | null;
}
export const EMPTY: Calendar = { leases: [], slow: null };

/** `startsInMs`: not to be used before. */
export type Grant =
  | { granted: true; lane: string | null; share: number; startsInMs: number; forMs: number }
  | { granted: false; retryAfterMs: number };

/** The second the provider counts in, and how much later than others a request may arrive there. */
export const GUARD_MS = SECOND_MS + 100;
/** While little is asked for a lease is long and for anything, so that an ordinary purchase asks once. */
const ROOMY_MS = 30 * SECOND_MS;
/** Such leases take a tenth of the rate each, and half of it together. */
const ROOMY_PART = 10;
const ROOMY_ALL = 2;
/** Otherwise a lease is for what is waiting, at once. */
const TIGHT_MS = 200;
const SLOW_MS = 10 * SECOND_MS;
const FACTOR_MIN = 1 / 8;

/**
 * A lease for whoever has `wanted` requests of an operation waiting: the earliest there is room for, which is then his
 * alone, or none when that is later than `waitMaxMs`. It ends by itself, whatever becomes of its holder.
 */
export function lease(
  calendar: Calendar,
  { lane, wanted, now }: { lane: string; wanted: number; now: number },
  rates: Rates,
  waitMaxMs: number,
): { calendar: Calendar; grant: Grant } {
  const current = { ...calendar, leases: calendar.leases.filter(({ until }) => until + GUARD_MS > now) };
  const present = slowed(current, rates, now);
  const next = roomy(current, wanted, now, present) ?? tight(current, lane, wanted, now, present);
  if (next.from - now > waitMaxMs) {
    return { calendar: current, grant: { granted: false, retryAfterMs: next.from - now } };
  }
  const { share, from, until } = next;
  return {
    calendar: { ...current, leases: [...current.leases, next] },
    grant: { granted: true, lane: next.lane, share, startsInMs: from - now, forMs: until - from },
  };
}

/** The provider said that it was too much: half of it from now on, and more again after a while. */
export function slowDown(calendar: Calendar, now: number, retryAfterMs: number): Calendar {
  const factor = Math.max(FACTOR_MIN, factorOf(calendar, now) / 2);
  return { ...calendar, slow: { factor, until: now + Math.max(SLOW_MS, retryAfterMs) } };
}

function factorOf({ slow }: Calendar, now: number): number {
  if (slow === null) return 1;
  const steps = now < slow.until ? 0 : 1 + Math.floor((now - slow.until) / SLOW_MS);
  return Math.min(1, slow.factor * 2 ** steps);
}

function slowed(calendar: Calendar, rates: Rates, now: number): Rates {
  const factor = factorOf(calendar, now);
  const part = (rate: number): number => Math.max(1, Math.floor(rate * factor));
  return { perSecond: part(rates.perSecond), perOperation: part(rates.perOperation) };
}

function roomy({ leases }: Calendar, wanted: number, now: number, rates: Rates): Lease | null {
  const rate = Math.min(rates.perSecond, rates.perOperation);
  const share = Math.floor(rate / ROOMY_PART);
  if (share < wanted) return null;
  const next = { lane: null, share, from: now, until: now + ROOMY_MS };
  // Every lease counts here, so that no operation has more than its own rate either.
  return most(profileOf(leases), next) + share <= Math.floor(rate / ROOMY_ALL) ? next : null;
}

function tight({ leases }: Calendar, lane: string, wanted: number, now: number, rates: Rates): Lease {
  const all = profileOf(leases);
  const own = profileOf(leases.filter((other) => other.lane === null || other.lane === lane));
  // Room only grows when a lease stops counting: after the last moment there is all of it.
  for (const from of [now, ...all.moments.filter((at) => at > now)]) {
    const next = { lane, share: 0, from, until: from + TIGHT_MS };
    const room = Math.min(rates.perSecond - most(all, next), rates.perOperation - most(own, next));
    if (room >= 1) return { ...next, share: Math.min(wanted, room) };
  }
  throw new Error('a calendar without end');
}

/** The sum of the shares that count from each moment on, until the next. */
interface Profile {
  moments: number[];
  sums: number[];
}
function profileOf(leases: readonly Lease[]): Profile {
  const changes = leases
    .flatMap(({ share, from, until }) => [
      { at: from, by: share },
      { at: until + GUARD_MS, by: -share },
    ])
    .toSorted((first, second) => first.at - second.at);
  const profile: Profile = { moments: [], sums: [] };
  let sum = 0;
  for (const { at, by } of changes) {
    sum += by;
    if (profile.moments.at(-1) === at) profile.sums[profile.sums.length - 1] = sum;
    else {
      profile.moments.push(at);
      profile.sums.push(sum);
    }
  }
  return profile;
}

/** The largest sum that counts at one moment while `next` would. */
function most({ moments, sums }: Profile, { from, until }: Lease): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] ?? 0) <= from) low = middle + 1;
    else high = middle;
  }
  let largest = sums[low - 1] ?? 0;
  for (let at = low; (moments[at] ?? Number.POSITIVE_INFINITY) < until + GUARD_MS; at += 1) {
    largest = Math.max(largest, sums[at] ?? 0);
  }
  return largest;
}
