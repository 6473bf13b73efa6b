import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { isLineAwaited } from './after-sale/sold-cards.ts';
import { type Line, type OrderDocument, type State, waitingLines } from './document.ts';
import type { OrderEvent } from './events.ts';
import type { Intent } from './intents.ts';
import { intent, intentAs } from './keys.ts';
import { isTakenBack } from './lines.ts';
import { isKept, payableLines } from './money.ts';

/** A line that has not been told of for this long is commanded again; repeats are told the result once more. */
const LINES_NUDGE_AFTER_MS = 30 * SECOND_MS;
const LINES_NUDGE_SLOT_MS = MINUTE_MS;

type LineStep = 'lines.provision' | 'lines.activate' | 'lines.deprovision';

/** Everything that is to be made and is not: on arriving, and again when an order goes on after a stop. */
export function provisionLines(draft: OrderDocument): Intent[] {
  startPending(draft);
  return linesIntent(draft, 'lines.provision', where(draft, 'provisioning'));
}

/** What can be made only now. */
export function provisionMore(draft: OrderDocument): Intent[] {
  return onceIntent(draft, 'lines.provision', startPending(draft));
}

function startPending(draft: OrderDocument): Line[] {
  const waiting = waitingLines(draft);
  const pending = where(draft, 'pending').filter((line) => !waiting.includes(line.id));
  for (const line of where(draft, 'pending').filter(({ id }) => waiting.includes(id))) {
    line.detail = 'Waiting for units on backorder';
  }
  for (const line of pending) {
    line.state = 'provisioning';
    line.detail = 'Waiting to be prepared';
  }
  return pending;
}

/** Everything that is made and paid for is handed over. */
export function activateLines(draft: OrderDocument): Intent[] {
  release(draft);
  return activateReleased(draft);
}

/** What was on its way when undoing began, and is kept: nothing else is released any more. */
export const activateReleased = (draft: OrderDocument): Intent[] =>
  linesIntent(
    draft,
    'lines.activate',
    where(draft, 'provisioned').filter((line) => line.released),
  );

/** What is paid for only now. */
export const activateMore = (draft: OrderDocument): Intent[] =>
  onceIntent(draft, 'lines.activate', release(draft));

function release(draft: OrderDocument): Line[] {
  const payable = payableLines(draft);
  for (const line of payable) line.released = true;
  return payable;
}

/** Everything that is not kept and may have been started. */
export function deprovisionLines(draft: OrderDocument): Intent[] {
  const started = draft.lines.filter(
    (line) => !isKept(draft, line) && line.state !== 'pending' && line.state !== 'undone',
  );
  undo(started);
  return linesIntent(draft, 'lines.deprovision', started);
}

/** What failed while the rest goes on. */
export function undoFailed(draft: OrderDocument): Intent[] {
  const failed = where(draft, 'failed');
  undo(failed);
  return onceIntent(draft, 'lines.deprovision', failed);
}

function undo(lines: readonly Line[]): void {
  for (const line of lines) {
    if (line.state === 'failed') line.failure ??= line.detail;
    line.state = 'undoing';
    line.released = false;
    line.detail = line.failure ?? 'Being taken back';
  }
}

/** A line reported ready after it was taken back: take it back again. Tolerates repeats. */
export function deprovisionAgain(draft: OrderDocument, event: OrderEvent): Intent[] {
  if (event.type !== 'line.provisioned') return [];
  const line = draft.lines.find(({ id }) => id === event.lineId);
  return line?.state === 'undone'
    ? [
        intent(draft, `lines.deprovision:again:${line.id}`, 'lines', {
          step: 'lines.deprovision',
          lineIds: [line.id],
        }),
      ]
    : [];
}

export function closeLines(draft: OrderDocument): Intent[] {
  for (const line of where(draft, 'pending')) {
    line.state = 'undone';
    line.detail = 'Not delivered';
  }
  return [];
}

const NUDGED: Partial<Record<State, readonly LineStep[]>> = {
  provisioning: ['lines.provision'],
  activating: ['lines.activate'],
  undoing_lines: ['lines.activate', 'lines.deprovision'],
  delivering: ['lines.provision', 'lines.activate', 'lines.deprovision'],
  completed: ['lines.deprovision'],
};
const AWAITED: Record<Exclude<LineStep, 'lines.deprovision'>, Line['state']> = {
  'lines.provision': 'provisioning',
  'lines.activate': 'provisioned',
};

/** Asks again for lines nothing was heard of; the key carries the time slot, so that many nudges ask once. */
export function nudgeLines(draft: OrderDocument, event: OrderEvent): Intent[] {
  if (event.at - draft.stageSince < LINES_NUDGE_AFTER_MS) return [];
  const slot = Math.floor(event.at / LINES_NUDGE_SLOT_MS);
  return (NUDGED[draft.state] ?? []).flatMap((step) => {
    const lines = draft.lines.filter((line) => isAwaited(draft, line, step));
    return lines.length === 0 ? [] : [lineIntent(`${step}:nudge:${slot}`, step, lines)];
  });
}
const isAwaited = (draft: OrderDocument, line: Line, step: LineStep): boolean =>
  step === 'lines.deprovision'
    ? isTakenBack(line) && (line.state === 'undoing' || !isLineAwaited(draft, line.id))
    : line.state === AWAITED[step] && (step !== 'lines.activate' || (line.released && isKept(draft, line)));

export const areLinesNudged = (state: State): boolean => NUDGED[state] !== undefined;

const where = (draft: OrderDocument, state: Line['state']): Line[] =>
  draft.lines.filter((line) => line.state === state);

const idsOf = (lines: readonly Line[]): string[] => lines.map((line) => line.id);
const lineIntent = (key: string, step: LineStep, lines: readonly Line[]): Intent =>
  intentAs(key, 'lines', { step, lineIds: idsOf(lines) });
const linesIntent = (draft: OrderDocument, step: LineStep, lines: readonly Line[]): Intent[] =>
  lines.length === 0 ? [] : [intent(draft, step, 'lines', { step, lineIds: idsOf(lines) })];
/** For lines whose change of state makes them asked for once; a version has at most one such step of a kind. */
const onceIntent = (draft: OrderDocument, step: LineStep, lines: readonly Line[]): Intent[] =>
  lines.length === 0 ? [] : [lineIntent(`${step}:at:${draft.version}`, step, lines)];
