import type { EventType } from '#objects/order/machine/events.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { type History, play } from './history.ts';
import type { CrashPlan } from './kernel/objects.ts';
import { type OrderPlan, type Paying, PLAIN_ORDER, type Quality, SOUND } from './world/plan.ts';

interface Scenario {
  name: string;
  pays: Paying;
  /** What is to go wrong beside the crash. */
  quality?: Partial<
    Pick<Quality['provisioner'], 'fails'> &
      Pick<Quality['payments'], 'captureDeclined' | 'disputed'> &
      Pick<Quality['fraud'], 'suspicious'>
  >;
  order?: Partial<OrderPlan>;
  /** What the gift card it is paid with is worth; the payment is for the rest. */
  onCard?: number;
  /** Bought from a cart that was filled as a guest. */
  cart?: true;
  /** Of a history in which chance brings what the scenario is about. */
  seed?: number;
  /** What the order's machine must come to hear of, or the scenario is not what it is called. */
  reaches: readonly [EventType, ...EventType[]];
  /** Killed at every place even where the others are killed at a part of theirs. */
  always?: true;
}

/** What an order can meet. */
export const SCENARIOS: Scenario[] = [
  { name: 'happy', pays: 'card', reaches: ['payment.captured', 'line.activated'], always: true },
  {
    name: 'happy, part by part',
    pays: 'card',
    order: { delivery: 'as_ready' },
    reaches: ['mails.gathered', 'payment.captured'],
  },
  { name: 'settles later', pays: 'debit', reaches: ['payment.processing', 'payment.captured'] },
  { name: 'decline', pays: 'decline', reaches: ['window.ended', 'payment.voided'], always: true },
  {
    name: 'capture declined',
    pays: 'card',
    quality: { captureDeclined: 1 },
    reaches: ['payment.capture_refused'],
  },
  {
    name: 'provisioning fails',
    pays: 'card',
    quality: { fails: 1 },
    reaches: ['line.failed', 'payment.voided'],
    always: true,
  },
  {
    name: 'provisioning fails after the money came',
    pays: 'debit',
    quality: { fails: 1 },
    reaches: ['payment.captured', 'line.failed'],
  },
  { name: 'time-out', pays: 'never', reaches: ['window.ended'], always: true },
  {
    name: 'cancel before paying',
    pays: 'never',
    order: { cancelsAfterMs: MINUTE_MS },
    reaches: ['cancel.requested', 'payment.voided'],
    always: true,
  },
  {
    name: 'cancel while it is made',
    pays: 'card',
    order: { cancelsAfterMs: 26 * SECOND_MS },
    seed: 1,
    reaches: ['line.deprovisioned'],
    always: true,
  },
  {
    name: 'a part refunded when complete',
    pays: 'card',
    order: { wishes: [{ kind: 'is refunded a part', afterMs: 30 * HOUR_MS }] },
    reaches: ['refund.requested'],
  },
  {
    name: 'changed before paying',
    pays: 'card',
    order: { paysAfterMs: 60 * SECOND_MS, wishes: [{ kind: 'changes it', afterMs: 30 * SECOND_MS }] },
    reaches: ['order.edited'],
  },
  {
    name: 'lines cancelled while it is made',
    pays: 'card',
    order: { delivery: 'as_ready', wishes: [{ kind: 'cancels lines', afterMs: 40 * SECOND_MS }] },
    reaches: ['lines.cancelled'],
  },
  {
    name: 'units given back and put on the shelf again',
    pays: 'card',
    order: { wishes: [{ kind: 'is refunded lines', afterMs: 30 * HOUR_MS }] },
    reaches: ['stock.restocked'],
  },
  {
    name: 'sent back for its price',
    pays: 'card',
    order: { wishes: [{ kind: 'sends back', afterMs: 30 * HOUR_MS }] },
    reaches: ['return.refunded'],
  },
  {
    name: 'sent back for something else',
    pays: 'card',
    order: { wishes: [{ kind: 'exchanges', afterMs: 30 * HOUR_MS }] },
    reaches: ['exchange.placed'],
  },
  {
    name: 'cancelled when complete',
    pays: 'card',
    order: { operatorCancelsAfterMs: 30 * HOUR_MS },
    reaches: ['cancel.requested', 'line.deprovisioned'],
  },
  { name: 'from a cart, ordered twice', pays: 'card', cart: true, reaches: ['line.activated'] },
  { name: 'reviewed', pays: 'card', quality: { suspicious: 1 }, seed: 2, reaches: ['review.decided'] },
  {
    name: 'taken back by a bank',
    pays: 'card',
    quality: { disputed: 1 },
    seed: 1,
    reaches: ['line.suspended'],
  },
  { name: 'a gift card alone', pays: 'never', onCard: 5_000, reaches: ['payment.captured'] },
  {
    name: 'a gift card and a payment, part by part',
    pays: 'card',
    onCard: 60,
    order: { delivery: 'as_ready' },
    reaches: ['mails.gathered', 'payment.captured'],
  },
  {
    name: 'a gift card and a decline',
    pays: 'decline',
    onCard: 60,
    reaches: ['payment.authorised', 'window.ended'],
  },
  {
    name: 'a gift card and a payment, cancelled while it is made',
    pays: 'card',
    onCard: 60,
    order: { cancelsAfterMs: 26 * SECOND_MS },
    seed: 1,
    reaches: ['line.deprovisioned'],
  },
];

const linesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ sku: index % 3, price: 100 + index, quantity: 1 }));

/** In two tabs at once, and signed in meanwhile. */
const SHOPPER = {
  name: 'shopper:0',
  startsMs: SECOND_MS,
  ownLines: [{ sku: 2, price: 50, quantity: 1 }],
  claimsTwice: true,
  quotes: true,
  ordersTwice: true,
};

/** Longer than any scenario takes; the sweeper only goes round afterwards. */
const CHAOS = { ms: 6 * DAY_MS, sweeps: 0 };

/** Where a process can die: at the end of a turn, twice over, and between an effect and its reply. */
type Place =
  | { kind: 'beforeCommit' | 'afterCommit'; object: string; turn: number }
  | { kind: 'inFlight'; call: number; of: string; effect: string };

/** Of the places of a scenario that is not to be killed at all of them, this many apart. */
const APART = 8;

export interface MatrixCounts {
  scenarios: number;
  /** Every place of every scenario, by kind. */
  places: Record<Place['kind'], number>;
  /** How many sorts of place there are: what is done, by whom. */
  sorts: number;
  /** Histories, each killed at one place. */
  runs: number;
  crashes: number;
  violations: string[];
}
interface MatrixOptions {
  seed: number;
  lines: number;
  /** A second crash as many turns after the first. */
  twice?: number;
  /**
   * True: at every place of every scenario. False: at every place of those that say `always`, of each other one at one place
   * of `APART`, of the next one at the next, and at the first place of every sort that no scenario before had.
   */
  everywhere: boolean;
}

/**
 * Kills an object's process once at places of every scenario, each in a history of its own in which nothing else goes
 * wrong, and checks every rule.
 */
export async function crashMatrix(options: MatrixOptions): Promise<MatrixCounts> {
  const counts = {
    scenarios: SCENARIOS.length,
    places: { beforeCommit: 0, afterCommit: 0, inFlight: 0 },
    runs: 0,
    crashes: 0,
    violations: [] as string[],
  };
  const sorts = new Set<string>();
  for (const [index, scenario] of SCENARIOS.entries()) {
    for (const [at, place] of (await placesOf(scenario, options)).entries()) {
      counts.places[place.kind] += 1;
      const isNew = sorts.size < sorts.add(sortOf(place)).size;
      const isPlayed =
        options.everywhere || scenario.always === true || isNew || at % APART === index % APART;
      if (!isPlayed) continue;
      const { violations, faults } = await playScenario(
        scenario,
        options,
        crashAt(place, options.twice ?? 0),
      );
      counts.runs += 1;
      counts.crashes += faults['crash'] ?? 0;
      const where = `${scenario.name}: ${JSON.stringify(place)}`;
      if ((faults['crash'] ?? 0) === 0) counts.violations.push(`${where}: nothing was killed`);
      counts.violations.push(...violations.map((rule) => `${where}: ${rule}`));
    }
  }
  return { ...counts, sorts: sorts.size };
}

/** Its name without the ids in it. */
const classOf = (object: string): string => object.replace(/:.*$/, '');
const sortOf = (place: Place): string =>
  place.kind === 'inFlight'
    ? `${classOf(place.of)} after ${place.effect.replace(/:[^.]*/, '')}`
    : `${classOf(place.object)} ${place.kind}`;

interface Killer {
  crash: CrashPlan;
  interrupt: (call: number, of: string, effect: string) => boolean;
}

function crashAt(place: Place, again: number): Killer {
  let died: number | null = null;
  const isAgain = (turn: number): boolean => again > 0 && died !== null && turn === died + again;
  return {
    crash: ({ object, turn, isDirty }) => {
      if (isAgain(turn)) return isDirty ? 'beforeCommit' : 'afterCommit';
      if (place.kind === 'inFlight' || place.object !== object || place.turn !== turn) return null;
      died = turn;
      return place.kind;
    },
    interrupt: (call) => place.kind === 'inFlight' && place.call === call,
  };
}

/** Plays it once without a crash, and notes every place. */
async function placesOf(scenario: Scenario, options: { seed: number; lines: number }): Promise<Place[]> {
  const places: Place[] = [];
  const { violations, types } = await playScenario(scenario, options, {
    crash: ({ object, turn, isDirty }) => {
      if (isDirty) places.push({ kind: 'beforeCommit', object, turn });
      places.push({ kind: 'afterCommit', object, turn });
      return null;
    },
    interrupt: (call, of, effect) => {
      places.push({ kind: 'inFlight', call, of, effect });
      return false;
    },
  });
  if (violations.length > 0) throw new Error(`${scenario.name} is not sound: ${violations.join('; ')}`);
  for (const type of scenario.reaches)
    if (types[type] === undefined) throw new Error(`${scenario.name} never comes to ${type}`);
  return places;
}

function playScenario(
  { pays, quality, order, onCard, cart, seed: own }: Scenario,
  { seed, lines }: { seed: number; lines: number },
  { crash, interrupt }: Killer,
): Promise<History> {
  const plan: OrderPlan = {
    ...PLAIN_ORDER,
    startsMs: SECOND_MS,
    lines: linesOf(lines),
    pays,
    ...(onCard === undefined ? {} : { cards: [0] }),
    ...order,
  };
  let calls = 0;
  return play(own ?? seed, {
    plan: {
      promotionCap: 1,
      automaticCap: null,
      shoppers: cart === undefined ? [] : [{ ...SHOPPER, lines: linesOf(lines) }],
      selling: [],
      parcels: [false, true, true],
      stock: [5, 5, null],
      orders: cart === undefined ? [plan] : [],
      cards: onCard === undefined ? [] : [{ value: onCard, shutAfterMs: null }],
    },
    quality: {
      ...SOUND,
      fraud: { suspicious: quality?.suspicious ?? 0 },
      provisioner: { ...SOUND.provisioner, fails: quality?.fails ?? 0 },
      payments: {
        ...SOUND.payments,
        captureDeclined: quality?.captureDeclined ?? 0,
        disputed: quality?.disputed ?? 0,
      },
    },
    crash,
    chaos: CHAOS,
    prepare: (world) => {
      world.network.interrupt = (caller, effect) => {
        // Only an object's process dies; and not before the history has begun.
        if (!world.objects.all.has(caller.name) || !world.kernel.faulty) return false;
        calls += 1;
        return interrupt(calls, caller.name, effect);
      };
    },
  });
}
