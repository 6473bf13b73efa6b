import { brokenAtEnd } from './invariants.ts';
import { type Step, WatchedPayment } from './watched-payment.ts';

/** What happens at the payment service, each with an event of its own. */
export type Move =
  | 'opens'
  | 'declines'
  | 'processes'
  | 'bounces'
  | 'settles'
  | 'authorises'
  | 'lapses'
  | 'refunds outside';
export interface PaymentHistory {
  name: string;
  moves: Move[];
  /** What the order does depends on how far it was when the money went: it may end in several ways, each sound. */
  isRace?: true;
}
/** Histories of a payment; a later move presupposes the ones before. */
export const HISTORIES: PaymentHistory[] = [
  {
    name: 'a card after all',
    moves: ['opens', 'declines', 'processes', 'bounces', 'declines', 'authorises'],
  },
  { name: 'a debit after all', moves: ['opens', 'declines', 'processes', 'bounces', 'processes', 'settles'] },
  {
    name: 'a hold that lapses',
    moves: ['opens', 'declines', 'processes', 'bounces', 'authorises', 'lapses'],
    isRace: true,
  },
  {
    name: 'money given back past the order',
    moves: ['opens', 'declines', 'processes', 'settles', 'refunds outside', 'refunds outside'],
    isRace: true,
  },
];

export interface DeliveryCounts {
  histories: number;
  events: number;
  /** States of order, payment and effects under way, told apart by what can still come of them. */
  states: number;
  /** Steps tried: from each state everything that can happen or be heard of next. */
  steps: number;
  /** States in which everything has happened; from each the order went on to its end. */
  ends: number;
  violations: string[];
}
export interface Explored {
  states: Set<string>;
  steps: number;
  /** States in which everything has happened. */
  last: number;
  /** How the orders ended. */
  ends: Set<string>;
  violations: string[];
}
const NOTHING = (): Explored => ({ states: new Set(), steps: 0, last: 0, ends: new Set(), violations: [] });

/**
 * Every order in which the events of a payment can reach its order, each any number of times, while the payment moves on
 * before, after and between the order's look at it and the reply: the order always ends in the same state. `events`: how
 * many of a history's moves, its last ones.
 */
export async function allDeliveries(events: number): Promise<DeliveryCounts> {
  const counts: DeliveryCounts = {
    histories: HISTORIES.length,
    events,
    states: 0,
    steps: 0,
    ends: 0,
    violations: [],
  };
  for (const history of HISTORIES) {
    const { states, steps, last, ends, violations } = await explore(history, events);
    counts.states += states.size;
    counts.steps += steps;
    counts.ends += last;
    counts.violations.push(...violations.map((rule) => `${history.name}, ${rule}`));
    if (history.isRace !== true && ends.size !== 1)
      counts.violations.push(`${history.name}: ends differently: ${[...ends].join(' or ')}`);
  }
  return counts;
}

/**
 * Goes through the graph of states instead of the orders of delivery, whose number grows with the factorial: two orders
 * that lead to the same state go on in the same way. An event is told under a new id each time, so that none is dropped
 * as a repeat; what it does depends on nothing but when it comes. So which events were told how often is no part of a
 * state: from each of them any event that happened can be told (again).
 */
export async function explore(history: PaymentHistory, events: number, overlaps = true): Promise<Explored> {
  const found = NOTHING();
  const waiting: Step[][] = [[]];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const happened = path.reduce((sum, step) => sum + step.moves, 0);
    const { state, violations } = await play(history, events, path, 'pause');
    if (path.length > 0) found.steps += 1;
    note(found, path, violations);
    if (found.states.has(state)) continue;
    found.states.add(state);
    if (happened === events) {
      found.last += 1;
      // The last event is heard of at some time, after all others or before.
      const ended = await play(history, events, [...path, TOLD], 'end');
      note(found, path, ended.violations);
      found.ends.add(ended.state);
    }
    if (happened < events) waiting.push([...path, MOVED]);
    if (happened === 0) continue;
    const overlapping = overlaps ? events - happened : 0;
    for (let moves = 0; moves <= overlapping; moves += 1) waiting.push([...path, { tells: true, moves }]);
  }
  return found;
}

/** The same by every single order in which each event is told twice: what `explore` is tested against. */
export async function enumerate(history: PaymentHistory, events: number): Promise<Explored> {
  const found = NOTHING();
  const played = new Set<string>();
  for (const order of ordersOf(events)) {
    for (let steps = 0; steps <= order.length; steps += 1) {
      const path = order.slice(0, steps);
      const name = path.map(nameOf).join(' ');
      if (played.has(name)) continue;
      played.add(name);
      const { state, violations } = await play(history, events, path, 'pause');
      found.states.add(state);
      note(found, path, violations);
      if (steps < order.length) continue;
      const ended = await play(history, events, path, 'end');
      found.ends.add(ended.state);
      note(found, path, ended.violations);
    }
  }
  return found;
}

/** Every order of `events` moves and of telling each of them twice once it has happened: (3n)! / (6ⁿ n!) of them. */
export function ordersOf(events: number): Step[][] {
  const all: Step[][] = [];
  const grow = (so: Step[], happened: number, left: readonly number[]): void => {
    if (happened === events && left.every((count) => count === 0)) all.push(so);
    if (happened < events) grow([...so, MOVED], happened + 1, [...left, 2]);
    for (const [event, count] of left.entries())
      if (count > 0) grow([...so, TOLD], happened, left.with(event, count - 1));
  };
  grow([], 0, []);
  return all;
}
const MOVED: Step = { tells: false, moves: 1 };
const TOLD: Step = { tells: true, moves: 0 };

function note({ violations }: Explored, path: readonly Step[], rules: readonly string[]): void {
  violations.push(...rules.map((rule) => `${path.map(nameOf).join(' ')}: ${rule}`));
}
const nameOf = ({ tells, moves }: Step): string => (tells ? `told+${moves}` : 'moves');

async function play(
  { moves }: PaymentHistory,
  events: number,
  path: readonly Step[],
  until: 'pause' | 'end',
): Promise<{ state: string; violations: string[] }> {
  const watched = await WatchedPayment.open();
  for (const move of moves.slice(0, moves.length - events)) watched.move(move);
  const left = moves.slice(moves.length - events);
  for (const step of path) await watched.go(step, left.splice(0, step.moves));
  if (until === 'end') {
    await watched.calm();
    for (const rule of brokenAtEnd(watched.world)) watched.world.violated(rule);
  }
  const state = until === 'end' ? watched.end() : `${left.length} ${watched.state()}`;
  return { state, violations: watched.close() };
}
