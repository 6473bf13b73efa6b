import { log } from '#shared/observability/log.ts';
import { DAY_MS, MINUTE_MS, rfc3339, SECOND_MS } from '#shared/time/time.ts';
import { RUN_PAGE } from './phases.ts';
import {
  PHASES,
  type Counts,
  type NewReconciliation,
  type ReconcilePorts,
  type Reconciliation,
} from './ports.ts';

/** Pages in one go: well within what one message may take. */
const PAGES_MAX = 20;
/** One that was interrupted is tried again after that. */
const PAUSE_MS = MINUTE_MS;
/** After so many errors a person must look. */
const FAILURES_MAX = 20;

/** `busy`: somebody works on it or on another one, or it has ended before. `interrupted`: the next minute tries again. */
export type Progress = 'more' | 'ended' | 'busy' | 'interrupted';

/**
 * Goes on with a reconciliation from where it stands, for some pages; saved after each, so that a crash repeats one page
 * at most.
 */
export async function continueReconciliation(
  ports: ReconcilePorts,
  { reconciliationId, requestId }: { reconciliationId: string; requestId: string },
): Promise<Progress> {
  const owner = crypto.randomUUID();
  const { runs, clock } = ports;
  let run = await runs.own(reconciliationId, owner, clock.now());
  if (run === null) return 'busy';
  let interrupted = false;
  for (let page = 0; run.state === 'running' && !interrupted && page < PAGES_MAX; page += 1) {
    const after: Reconciliation = await onePage(ports, run, requestId);
    if (!(await runs.save(after, owner, clock.now()))) return 'busy';
    interrupted = after.failures > run.failures;
    run = after;
  }
  await runs.release(run.id, owner, clock.now());
  if (run.state !== 'running') return 'ended';
  return interrupted ? 'interrupted' : 'more';
}

async function onePage(
  ports: ReconcilePorts,
  run: Reconciliation,
  requestId: string,
): Promise<Reconciliation> {
  try {
    const { next, counts } = await RUN_PAGE[run.phase](ports, {
      period: { from: Date.parse(run.from), to: Date.parse(run.to) },
      cursor: run.cursor,
      startedAt: Date.parse(run.startedAt),
      reconciliationId: run.id,
      requestId,
    });
    return advanced(
      { ...run, counts: added(run.counts, counts), cursor: next },
      ports.clock.now(),
      requestId,
    );
  } catch (error) {
    const failures = run.failures + 1;
    const failed = failures >= FAILURES_MAX;
    log.error('reconciliation interrupted', {
      requestId,
      reconciliationId: run.id,
      phase: run.phase,
      failures,
      error,
    });
    return {
      ...run,
      failures,
      error: error instanceof Error ? error.message.slice(0, 500) : String(error),
      ...(failed ? { state: 'failed', finishedAt: rfc3339(ports.clock.now()) } : {}),
    };
  }
}

/** To the next phase when this one has no further page, or to the end. */
function advanced(run: Reconciliation, now: number, requestId: string): Reconciliation {
  if (run.cursor !== null) return run;
  const phase = PHASES[PHASES.indexOf(run.phase) + 1];
  if (phase !== undefined) return { ...run, phase };
  log.info('reconciled', { requestId, reconciliationId: run.id, from: run.from, to: run.to, ...run.counts });
  return { ...run, state: 'done', error: null, finishedAt: rfc3339(now) };
}

function added(counts: Counts, more: Partial<Counts>): Counts {
  const sum = { ...counts };
  for (const name of Object.keys(more) as (keyof Counts)[]) sum[name] += more[name] ?? 0;
  return sum;
}

/** Starts one and has it done; null when one of its slot is there already. */
export async function startReconciliation(
  ports: Pick<ReconcilePorts, 'runs' | 'factsQueue' | 'clock'>,
  input: NewReconciliation,
  requestId: string,
): Promise<Reconciliation | null> {
  const run = await ports.runs.start(input, ports.clock.now());
  if (run !== null) await sendOn(ports, run.id, requestId);
  return run;
}

const sendOn = (
  { factsQueue }: Pick<ReconcilePorts, 'factsQueue'>,
  reconciliationId: string,
  requestId: string,
) =>
  factsQueue.send([
    {
      type: 'reconciliation.continue',
      requestId,
      messageId: `${reconciliationId}:${crypto.randomUUID()}`,
      reconciliationId,
    },
  ]);

/**
 * Consumer of `reconciliation.continue`: on to the next pages, or to another one that waited for this to end or, after an
 * error, for this to be let go.
 */
export async function workOn(
  ports: ReconcilePorts,
  message: { reconciliationId: string; requestId: string },
): Promise<void> {
  const { reconciliationId, requestId } = message;
  const progress = await continueReconciliation(ports, message);
  if (progress === 'more') await sendOn(ports, reconciliationId, requestId);
  if (progress !== 'ended' && progress !== 'interrupted') return;
  const now = ports.clock.now();
  const next = await ports.runs.waiting(now, progress === 'ended' ? now : now - PAUSE_MS);
  if (next !== null) await sendOn(ports, next, requestId);
}

/** Periods overlap: what was too young for one is in the next. */
const OVERLAP = 3;
const RECENT_MIN_MS = 10 * MINUTE_MS;
const DAILY_MS = 8 * DAY_MS;

/**
 * Each minute: starts what is due (over the recent past every `everySeconds`, over the last eight days once a day) and
 * takes up what was left unfinished.
 */
export async function scheduleReconciliations(
  ports: Pick<ReconcilePorts, 'runs' | 'factsQueue' | 'clock'>,
  everySeconds: number,
  requestId: string,
): Promise<void> {
  const now = ports.clock.now();
  const everyMs = Math.max(everySeconds * SECOND_MS, SECOND_MS);
  const recentMs = Math.max(everyMs * OVERLAP, RECENT_MIN_MS);
  const slots: NewReconciliation[] = [
    {
      slot: `recent:${rfc3339(Math.floor(now / everyMs) * everyMs)}`,
      askedBy: null,
      period: { from: now - recentMs, to: now },
    },
    { slot: `daily:${rfc3339(now).slice(0, 10)}`, askedBy: null, period: { from: now - DAILY_MS, to: now } },
  ];
  for (const slot of slots) await startReconciliation(ports, slot, requestId);
  const waiting = await ports.runs.waiting(now - MINUTE_MS, now - PAUSE_MS);
  if (waiting !== null) await sendOn(ports, waiting, requestId);
}
