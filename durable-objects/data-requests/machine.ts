import { z } from 'zod';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';

/** Life of one request of a person about their data. Pure. */

export const REQUEST_KINDS = ['export', 'erasure'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/**
 * An erasure waits until it can be taken back no more, then runs to `done`; `refused`: something stood against it at the end
 * of the wait. A copy runs to `ready` and is deleted as it is `expired`. `failed`: tried too often in vain; staff may retry.
 */
export const REQUEST_STATES = [
  'waiting',
  'running',
  'ready',
  'done',
  'expired',
  'refused',
  'cancelled',
  'failed',
] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/** What is done one after the other; a service by its worker's name. `drop`: the copy is deleted. */
export const EXPORT_STEPS = ['auth', 'catalogue', 'purchase', 'payments', 'provisioner', 'drop'] as const;
/**
 * Nothing is erased before `check` found nothing against it and `close` shut the account. The account's own row, which holds
 * the address of the last mail, goes last.
 */
export const ERASURE_STEPS = [
  'check',
  'close',
  'purchase',
  'provisioner',
  'payments',
  'catalogue',
  'own',
] as const;
export type RequestStep = (typeof EXPORT_STEPS)[number] | (typeof ERASURE_STEPS)[number];

/** In the place of an account: a restore asked for it. */
export const ASKED_BY_RESTORE = 'restore';

/** How long a copy lies ready. */
export const READY_MS = 7 * DAY_MS;
/** Asked for again within it, a copy is the same copy. */
export const COPY_EVERY_MS = DAY_MS;
/** Tries of one step, over more than an hour. */
export const ATTEMPTS_MAX = 20;
const PAUSE_MS = SECOND_MS;
const PAUSE_MAX_MS = 5 * MINUTE_MS;
const ERROR_CHARACTERS_MAX = 300;

export const obstacleSchema = z.strictObject({ code: z.string().max(50), subject: z.string().max(200) });
export type Obstacle = z.infer<typeof obstacleSchema>;
export const keptSchema = z.strictObject({ section: z.string().max(100), because: z.string().max(50) });
export type Kept = z.infer<typeof keptSchema>;

export const dataRequestSchema = z.strictObject({
  id: z.string(),
  accountId: z.string(),
  kind: z.enum(REQUEST_KINDS),
  state: z.enum(REQUEST_STATES),
  /** Account of whoever asked: the person, or staff. */
  askedBy: z.string(),
  /** Of the call that asked; ties log lines together. */
  requestId: z.string(),
  askedAt: z.int(),
  /** When something is to be done next; null: nothing. */
  dueAt: z.int().nullable(),
  /** Place among the steps of its kind, and within that step. */
  step: z.int(),
  cursor: z.string().nullable(),
  attempts: z.int(),
  /** Why the last try failed; null: it did not. */
  error: z.string().nullable(),
  obstacles: z.array(obstacleSchema),
  /** Parts of the copy written so far. */
  parts: z.int(),
  /** The copy can be fetched until then; null: there is none. */
  readyUntil: z.int().nullable(),
  /** Rows and objects erased, by their name in docs/storage.md. */
  erased: z.record(z.string(), z.int()),
  kept: z.array(keptSchema),
  endedAt: z.int().nullable(),
  /** Done once before, and again after a restore brought the person back: nobody is asked or told. */
  isRepeat: z.boolean(),
});
export type DataRequest = z.infer<typeof dataRequestSchema>;

/** What a step came to. */
export const stepResultSchema = z.strictObject({
  /** Where the step goes on; null: it is through. */
  next: z.string().nullable(),
  /** Parts of the copy there are now. */
  parts: z.int(),
  erased: z.record(z.string(), z.int()),
  kept: z.array(keptSchema),
  /** Not empty: the erasure is not begun. */
  obstacles: z.array(obstacleSchema),
});
export type StepResult = z.infer<typeof stepResultSchema>;

export const stepOf = ({ kind, step }: Pick<DataRequest, 'kind' | 'step'>): RequestStep => {
  const steps: readonly RequestStep[] = kind === 'export' ? EXPORT_STEPS : ERASURE_STEPS;
  const found = steps[step];
  if (found === undefined) throw new Error(`no step ${step} of ${kind}`);
  return found;
};

export function newRequest(
  asked: Pick<DataRequest, 'id' | 'accountId' | 'kind' | 'askedBy' | 'requestId' | 'isRepeat'>,
  now: number,
  graceMs: number,
): DataRequest {
  const waits = asked.kind === 'erasure' && graceMs > 0 && !asked.isRepeat;
  return {
    ...asked,
    state: waits ? 'waiting' : 'running',
    askedAt: now,
    dueAt: waits ? now + graceMs : now,
    step: 0,
    cursor: null,
    attempts: 0,
    error: null,
    obstacles: [],
    parts: 0,
    readyUntil: null,
    erased: {},
    kept: [],
    endedAt: null,
  };
}

/** Nothing else of its kind is begun beside it. */
export const isOpen = ({ state }: DataRequest): boolean =>
  state === 'waiting' || state === 'running' || state === 'failed';

/** Answers for another of its kind: it is open, or a copy as good as new. */
export const standsFor = (request: DataRequest, now: number): boolean =>
  isOpen(request) || (isFetchable(request, now) && now < request.askedAt + COPY_EVERY_MS);

/** The copy is there. */
export const isFetchable = ({ state, readyUntil }: DataRequest, now: number): boolean =>
  state === 'ready' && readyUntil !== null && now < readyUntil;

/** It is due: from here on an erasure is not taken back. */
export const begun = (request: DataRequest): DataRequest =>
  request.state === 'waiting' ? { ...request, state: 'running' } : request;

/** A step was done, or a part of it. */
export function stepped(request: DataRequest, result: StepResult, now: number): DataRequest {
  const went = { ...added(request, result), attempts: 0, error: null };
  if (result.obstacles.length > 0) {
    return over({ ...went, obstacles: result.obstacles }, 'refused', now);
  }
  if (result.next !== null) return { ...went, cursor: result.next, dueAt: now };
  const on = { ...went, step: request.step + 1, cursor: null, dueAt: now };
  switch (stepOf(request)) {
    case 'provisioner':
      if (request.kind === 'erasure') return on;
      return { ...on, state: 'ready', readyUntil: now + READY_MS, dueAt: now + READY_MS, endedAt: now };
    case 'drop':
      return { ...went, state: 'expired', dueAt: null, readyUntil: null, parts: 0 };
    case 'own':
      return over(went, 'done', now);
    case 'auth':
    case 'catalogue':
    case 'purchase':
    case 'payments':
    case 'check':
    case 'close':
      return on;
  }
}

/** A step failed. A copy is deleted however often it takes. `random` in [0, 1). */
export function tripped(request: DataRequest, cause: string, now: number, random: number): DataRequest {
  const attempts = request.attempts + 1;
  const error = cause.slice(0, ERROR_CHARACTERS_MAX);
  if (attempts >= ATTEMPTS_MAX && request.state !== 'ready') {
    return { ...request, attempts, error, state: 'failed', dueAt: null };
  }
  const pause = Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** Math.min(attempts, 20));
  return { ...request, attempts, error, dueAt: now + Math.round(pause / 2 + (pause / 2) * random) };
}

/** Null: it is too late. */
export const cancelled = (request: DataRequest, now: number): DataRequest | null =>
  request.state === 'waiting' ? over(request, 'cancelled', now) : null;

/** Goes on where it failed; null: it did not fail. */
export const retried = (request: DataRequest, now: number): DataRequest | null =>
  request.state === 'failed' ? { ...request, state: 'running', attempts: 0, dueAt: now } : null;

/**
 * A restore brought back what an erasure that had closed the account had erased, or was erasing: it begins anew. Null: it has
 * not come so far, and is not to be hurried.
 */
export const repeated = (request: DataRequest, now: number): DataRequest | null =>
  request.kind === 'erasure' && isOpen(request) && (request.isRepeat || hasClosed(request))
    ? {
        ...request,
        state: 'running',
        isRepeat: true,
        askedAt: now,
        step: 0,
        cursor: null,
        attempts: 0,
        error: null,
        dueAt: now,
      }
    : null;

/** The account is closed: what else was asked for it ends. Copies, ready or begun, go with its own data. */
export const outlived = (request: DataRequest, now: number): DataRequest =>
  request.kind === 'export' && (isOpen(request) || request.state === 'ready')
    ? { ...over(request, 'expired', now), readyUntil: null, parts: 0 }
    : request;

/** The erasure has begun: the account is closed. */
export const hasClosed = ({ kind, step }: DataRequest): boolean =>
  kind === 'erasure' && step > ERASURE_STEPS.indexOf('close');

const over = (request: DataRequest, state: RequestState, now: number): DataRequest => ({
  ...request,
  state,
  dueAt: null,
  error: null,
  endedAt: now,
});

function added(request: DataRequest, { erased, kept, parts }: StepResult): DataRequest {
  const counts = { ...request.erased };
  for (const [what, count] of Object.entries(erased)) counts[what] = (counts[what] ?? 0) + count;
  const isNew = (each: Kept): boolean =>
    !request.kept.some(({ section, because }) => section === each.section && because === each.because);
  return { ...request, erased: counts, kept: [...request.kept, ...kept.filter(isNew)], parts };
}
