import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';

/*
 * Who may call one partner now: a circuit breaker over what its calls came to, and a limit on how many run at once. Leases
 * end by themselves, so a holder that is gone blocks nobody. Pure; times are milliseconds since the epoch.
 */

export interface GateLimits {
  /** Calls at once. */
  concurrencyMax: number;
  /** So many faults within a minute, and at least half of all calls, open the breaker. */
  faultsMax: number;
  /** First time it stays open; each further time in a row twice as long, up to `OPEN_MAX_MS`. */
  openSeconds: number;
}
export const DEFAULT_LIMITS: GateLimits = { concurrencyMax: 20, faultsMax: 20, openSeconds: 30 };

export interface GateState {
  limits: GateLimits;
  leases: readonly { id: string; until: number; isProbe: boolean }[];
  /** Calls of the last minute, in slices. */
  slices: readonly { at: number; calls: number; faults: number }[];
  /** Null: closed. After `until` one call at a time may try whether the partner is back. */
  open: { until: number; times: number; since: number } | null;
  /** An operator keeps it shut. */
  heldBy: string | null;
}
export const NEW_GATE: GateState = {
  limits: DEFAULT_LIMITS,
  leases: [],
  slices: [],
  open: null,
  heldBy: null,
};

export type Entry =
  | { granted: true; forMs: number }
  | { granted: false; why: 'open' | 'full' | 'held'; retryAfterMs: number };

/** A call to a partner takes less; then its place is free again whatever became of the caller. */
export const LEASE_MS = MINUTE_MS;
const SLICE_MS = 10 * SECOND_MS;
const WINDOW_MS = MINUTE_MS;
const OPEN_MAX_MS = 10 * MINUTE_MS;
const FULL_RETRY_MS = 2 * SECOND_MS;
const HELD_RETRY_MS = MINUTE_MS;
const PROBE_RETRY_MS = 5 * SECOND_MS;

/** A lease for one call, named by `id`; asked for again it is the same one. */
export function enter(state: GateState, id: string, now: number): { state: GateState; entry: Entry } {
  const leases = state.leases.filter(({ until }) => until > now);
  const current = { ...state, leases };
  const refuse = (why: 'open' | 'full' | 'held', retryAfterMs: number) => ({
    state: current,
    entry: { granted: false as const, why, retryAfterMs },
  });
  const held = leases.find((lease) => lease.id === id);
  if (held !== undefined) return { state: current, entry: { granted: true, forMs: held.until - now } };
  if (state.heldBy !== null) return refuse('held', HELD_RETRY_MS);
  if (state.open !== null && now < state.open.until) return refuse('open', state.open.until - now);
  const isProbe = state.open !== null;
  if (isProbe && leases.some((lease) => lease.isProbe)) return refuse('open', PROBE_RETRY_MS);
  if (leases.length >= state.limits.concurrencyMax) return refuse('full', FULL_RETRY_MS);
  return {
    state: { ...current, leases: [...leases, { id, until: now + LEASE_MS, isProbe }] },
    entry: { granted: true, forMs: LEASE_MS },
  };
}

/** The call has ended. `isFault`: the partner did not answer, or not as a partner that works. */
export function leave(state: GateState, id: string, isFault: boolean, now: number): GateState {
  const lease = state.leases.find((each) => each.id === id);
  const left = { ...state, leases: state.leases.filter((each) => each.id !== id) };
  if (state.open !== null) {
    // What began before it opened says nothing of the partner as it is now.
    if (lease?.isProbe !== true) return left;
    return isFault
      ? opened(left, state.open.times + 1, state.open.since, now)
      : { ...left, open: null, slices: [] };
  }
  const slices = counted(state.slices, isFault, now);
  const calls = slices.reduce((sum, slice) => sum + slice.calls, 0);
  const faults = slices.reduce((sum, slice) => sum + slice.faults, 0);
  const next = { ...left, slices };
  const isDown = faults >= state.limits.faultsMax && faults * 2 >= calls;
  return isDown ? opened(next, 1, now, now) : next;
}

function opened(state: GateState, times: number, since: number, now: number): GateState {
  const first = state.limits.openSeconds * SECOND_MS;
  const until = now + Math.min(OPEN_MAX_MS, first * 2 ** Math.min(times - 1, 10));
  return { ...state, open: { until, times, since }, slices: [] };
}

function counted(slices: GateState['slices'], isFault: boolean, now: number): GateState['slices'] {
  const at = now - (now % SLICE_MS);
  const recent = slices.filter((slice) => slice.at > now - WINDOW_MS);
  const present = recent.find((slice) => slice.at === at) ?? { at, calls: 0, faults: 0 };
  const more = { at, calls: present.calls + 1, faults: present.faults + (isFault ? 1 : 0) };
  return [...recent.filter((slice) => slice.at !== at), more];
}

/** Null: nobody holds it shut any more, and the partner is tried again at once. */
export const held = (state: GateState, by: string | null): GateState =>
  by === null ? { ...state, heldBy: null, open: null, slices: [] } : { ...state, heldBy: by };

export interface GateView {
  breaker: 'closed' | 'open' | 'half_open' | 'held';
  running: number;
  limits: GateLimits;
  /** Since when it is not closed, and when it is tried again; epoch milliseconds. */
  openSince: number | null;
  openUntil: number | null;
  heldBy: string | null;
}

export function viewOf({ limits, leases, open, heldBy }: GateState, now: number): GateView {
  const breaker = open === null ? 'closed' : now < open.until ? 'open' : 'half_open';
  return {
    breaker: heldBy === null ? breaker : 'held',
    running: leases.filter(({ until }) => until > now).length,
    limits,
    openSince: open?.since ?? null,
    openUntil: open?.until ?? null,
    heldBy,
  };
}
