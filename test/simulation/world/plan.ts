import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { LineQuality } from '../kernel/network.ts';
import type { Mortality } from '../kernel/objects.ts';
import type { QueueQuality } from '../kernel/queue.ts';
import type { Stream } from '../kernel/random.ts';
import type { FraudQuality } from './fraud.ts';
import type { PaymentQuality } from './payment-service.ts';
import type { ProvisionerQuality } from './provisioner.ts';

/** A SKU that the catalogue does not sell. */
export const UNKNOWN_SKU = 999;
export interface LinePlan {
  sku: number;
  price: number;
  quantity: number;
}
export type Paying = 'card' | 'decline-then-card' | 'decline' | 'debit' | 'debit-bounces' | 'late' | 'never';
/** What somebody may ask of an order beside cancelling it. */
export type WishKind =
  | 'changes it'
  | 'cancels lines'
  | 'is refunded lines'
  | 'is refunded everything'
  | 'is refunded a part'
  | 'sends back'
  | 'exchanges'
  | 'is written about'
  | 'is decided about';
export interface OrderPlan {
  name: string;
  wishes: { kind: WishKind; afterMs: number }[];
  /** The order names the code of the capped promotion. */
  usesCode: boolean;
  startsMs: number;
  windowSeconds: number;
  delivery: 'together' | 'as_ready';
  lines: LinePlan[];
  pays: Paying;
  paysAfterMs: number;
  multicapture: boolean;
  /** How long a card's hold lasts. */
  holdMs: number;
  /** Confirms a second payment when the hold of the first is about to lapse. */
  renews: boolean;
  /** An operator gives a part of the money back, in ppm of what was paid; null: no wish. */
  refundsAfterMs: number | null;
  refundPpm: number;
  /** The customer's and the operator's wish to cancel; null: none. */
  cancelsAfterMs: number | null;
  operatorCancelsAfterMs: number | null;
  /** Gift cards it is paid with, by their index; absent: none. */
  cards?: number[];
  /** A second POST with the same key, at once and in parallel, or later. */
  repeatsAfterMs: number | null;
}
/** One order of which nothing is asked but what a test adds. */
export const PLAIN_ORDER: OrderPlan = {
  name: 'order:0',
  wishes: [],
  usesCode: true,
  startsMs: 0,
  windowSeconds: 600,
  delivery: 'together',
  lines: [],
  pays: 'card',
  paysAfterMs: 10 * SECOND_MS,
  multicapture: true,
  holdMs: 7 * DAY_MS,
  renews: true,
  refundsAfterMs: null,
  refundPpm: 500_000,
  cancelsAfterMs: null,
  operatorCancelsAfterMs: null,
  repeatsAfterMs: null,
};
/** Somebody who orders a cart. */
export interface ShopperPlan {
  name: string;
  startsMs: number;
  /** Put in as a guest. */
  lines: LinePlan[];
  /** Already in the customer's own cart when the guest signs in. */
  ownLines: LinePlan[];
  claimsTwice: boolean;
  /** Orders at the prices of a quote. */
  quotes: boolean;
  /** In two tabs at once, each under its own key. */
  ordersTwice: boolean;
}
/** One order of an owner that changes what he has. */
export interface ChangePlan {
  name: string;
  kind: 'change_plan' | 'renew';
  /** Of another plan: what it costs for the rest of the term. */
  price: number;
  startsMs: number;
  /** So long after its quote it is ordered. */
  acceptsAfterMs: number;
  cancelsAfterMs: number | null;
  cancelledBy: 'customer' | 'operator';
  wishes: OrderPlan['wishes'];
}
/** Somebody who owns an instance. */
export interface OwnerPlan {
  name: string;
  sku: number;
  changes: ChangePlan[];
}
/** How a SKU is sold beside its units on hand. */
export interface StockPlan {
  /** Over how many objects its units are spread. */
  shards: number;
  /** How many units may be sold before they are there; as many arrive, in the end. */
  backorder: number;
  arriveAfterMs: number;
}
export const PLAIN_STOCK: StockPlan = { shards: 1, backorder: 0, arriveAfterMs: 0 };
/** A gift card somebody has. */
export interface CardPlan {
  value: number;
  /** Staff shut it after so long; null: never. */
  shutAfterMs: number | null;
}
export interface Plan {
  /** Gift cards there are; absent: none. */
  cards?: CardPlan[];
  /** Index-aligned with `stock`. */
  selling: StockPlan[];
  /** Which SKUs are sent as parcels, index-aligned with `stock`. */
  parcels: boolean[];
  /** How many units of a SKU one customer may buy; absent or null: any number. */
  customerLimits?: (number | null)[];
  /** How many orders may use the promotion by code in all; null: none is offered. */
  promotionCap: number | null;
  /** The same of one that counts by itself. */
  automaticCap: number | null;
  /** Units on hand per SKU; null: not tracked. */
  stock: (number | null)[];
  orders: OrderPlan[];
  shoppers: ShopperPlan[];
  /** So long after an order asks for a person one looks at it; absent: a few minutes. */
  operatorLooksMs?: number;
  /** Absent: nobody owns anything that could be changed. */
  owners?: OwnerPlan[];
}
/** How rough a history is: the probability of each fault. */
export interface Quality {
  line: LineQuality;
  mortality: Mortality;
  queue: QueueQuality;
  payments: PaymentQuality;
  provisioner: ProvisionerQuality;
  fraud: FraudQuality;
}

/** Units of a SKU, those on order included. */
export const supplyOf = ({ stock, selling }: Plan, index: number): number =>
  (stock[index] ?? 0) + (selling[index]?.backorder ?? 0);

export function planOf(kernel: Kernel): Plan {
  const shape = kernel.stream('shape');
  const stock = [0, 1, 2].map(() => (shape.chance(0.3) ? null : shape.int(0, 8)));
  const count = shape.weighted([
    [4, 1],
    [4, 2],
    [2, 3],
    [1, 5],
  ]);
  const selling = stock.map((): StockPlan => ({
    shards: shape.weighted([
      [4, 1],
      [1, 2],
      [1, 4],
    ]),
    backorder: shape.chance(0.25) ? shape.int(1, 4) : 0,
    arriveAfterMs: shape.int(1, 300) * MINUTE_MS,
  }));
  const promotionCap = shape.chance(0.4) ? shape.int(1, 2) : null;
  const { automaticCap, rushMs } = automaticOf(kernel);
  const cards = cardsOf(kernel);
  const orders = Array.from({ length: count }, (_, index) => {
    const order = { ...orderPlan(kernel, `order:${index}`), ...paidWith(kernel, `order:${index}`, cards) };
    return rushMs === null ? order : { ...order, startsMs: order.startsMs % rushMs };
  });
  const parcels = stock.map(() => shape.chance(0.35));
  const limiting = kernel.stream('customer limits');
  const customerLimits = stock.map(() => (limiting.chance(0.2) ? limiting.int(1, 4) : null));
  const wanted = orders.filter((order) => kernel.mayHappen(order.name));
  return {
    promotionCap,
    automaticCap,
    selling,
    parcels,
    customerLimits,
    stock,
    orders: wanted,
    cards,
    shoppers: shoppersOf(kernel),
    owners: ownersOf(kernel, parcels),
  };
}

/** In some histories there are gift cards: worth cents, a part of an order or several orders. */
function cardsOf(kernel: Kernel): CardPlan[] {
  const chance = kernel.stream('gift cards');
  const count = chance.weighted([
    [6, 0],
    [3, 1],
    [2, 2],
  ]);
  return Array.from({ length: count }, () => {
    const value = chance.weighted([
      [1, chance.int(1, 100)],
      [4, chance.int(100, 1_500)],
      [2, 5_000],
    ]);
    const shutAfterMs = chance.int(1, 120) * SECOND_MS;
    return { value, shutAfterMs: chance.chance(0.1) ? shutAfterMs : null };
  });
}
/** Several orders may be paid with the same card. */
function paidWith(kernel: Kernel, name: string, cards: readonly CardPlan[]): Pick<OrderPlan, 'cards'> {
  const chance = kernel.stream(`${name} gift cards`);
  const named = cards.flatMap((_, index) => (chance.chance(0.7) ? [index] : []));
  return named.length > 0 && kernel.mayHappen(`${name} pays with gift cards`) ? { cards: named } : {};
}

/** In some histories all order within a moment: several are promised a last use before the first of them has it. */
function automaticOf(kernel: Kernel): { automaticCap: number | null; rushMs: number | null } {
  const chance = kernel.stream('automatic promotion');
  const automaticCap = chance.chance(0.25) ? chance.int(1, 2) : null;
  return { automaticCap, rushMs: automaticCap !== null && chance.chance(0.6) ? 250 : null };
}

function orderPlan(kernel: Kernel, name: string): OrderPlan {
  const chance = kernel.stream(name);
  const wish = (what: string, probability: number, maxMs: number): number | null => {
    const after = Math.round(maxMs ** chance.next());
    return chance.chance(probability) && kernel.mayHappen(`${name} ${what}`) ? after : null;
  };
  return {
    name,
    usesCode: chance.chance(0.4),
    startsMs: chance.int(0, 90 * SECOND_MS),
    windowSeconds: chance.pick([60, 600, 600, 1800]),
    delivery: chance.chance(0.4) ? 'as_ready' : 'together',
    lines: Array.from(
      {
        length: chance.weighted([
          [5, 1],
          [3, 2],
          [1, 4],
        ]),
      },
      () => linePlan(chance),
    ),
    pays: chance.weighted<Paying>([
      [70, 'card'],
      [8, 'decline-then-card'],
      [4, 'decline'],
      [6, 'debit'],
      [4, 'debit-bounces'],
      [4, 'late'],
      [4, 'never'],
    ]),
    paysAfterMs: chance.int(1, 50) * SECOND_MS,
    multicapture: chance.chance(0.5),
    holdMs: chance.weighted([
      [3, 7 * DAY_MS],
      [1, chance.int(1, 30) * HOUR_MS],
    ]),
    renews: chance.chance(0.6),
    refundPpm: chance.int(1, 1_000_000),
    refundsAfterMs: later(wish('gets money back', 0.3, 3 * DAY_MS)),
    cancelsAfterMs: wish('cancels', 0.12, 3 * HOUR_MS),
    operatorCancelsAfterMs: wish('is cancelled by an operator', 0.08, 2 * DAY_MS),
    repeatsAfterMs: wish('is sent again', 0.25, 20 * HOUR_MS),
    wishes: wishesOf(kernel, name),
  };
}

/** How likely each wish is, and when: soon after placing, while it is made, or when it is complete. */
const WISHES: { kind: WishKind; chance: number; fromMs: number; toMs: number }[] = [
  { kind: 'changes it', chance: 0.25, fromMs: 5 * SECOND_MS, toMs: 60 * SECOND_MS },
  { kind: 'changes it', chance: 0.1, fromMs: 5 * SECOND_MS, toMs: 60 * SECOND_MS },
  { kind: 'cancels lines', chance: 0.1, fromMs: 20 * SECOND_MS, toMs: 3 * HOUR_MS },
  { kind: 'is refunded lines', chance: 0.12, fromMs: 5 * MINUTE_MS, toMs: 3 * DAY_MS },
  { kind: 'is refunded lines', chance: 0.06, fromMs: 5 * MINUTE_MS, toMs: 3 * DAY_MS },
  { kind: 'is refunded everything', chance: 0.05, fromMs: 5 * MINUTE_MS, toMs: 3 * DAY_MS },
  { kind: 'sends back', chance: 0.25, fromMs: 5 * MINUTE_MS, toMs: 2 * DAY_MS },
  { kind: 'exchanges', chance: 0.3, fromMs: 5 * MINUTE_MS, toMs: 2 * DAY_MS },
  { kind: 'is written about', chance: 0.03, fromMs: 5 * MINUTE_MS, toMs: DAY_MS },
  { kind: 'is decided about', chance: 0.12, fromMs: 5 * MINUTE_MS, toMs: 2 * DAY_MS },
  { kind: 'is decided about', chance: 0.08, fromMs: 5 * MINUTE_MS, toMs: 3 * DAY_MS },
];

function wishesOf(kernel: Kernel, name: string): OrderPlan['wishes'] {
  const chance = kernel.stream(`${name} wants`);
  return WISHES.flatMap(({ kind, chance: probability, fromMs, toMs }, index) => {
    const wanted = chance.chance(probability);
    const afterMs = chance.int(fromMs, toMs);
    return wanted && kernel.mayHappen(`${name} ${kind} ${index}`) ? [{ kind, afterMs }] : [];
  });
}

/** Not before most orders are complete. */
const later = (afterMs: number | null): number | null => (afterMs === null ? null : afterMs + 5 * MINUTE_MS);

function shoppersOf(kernel: Kernel): ShopperPlan[] {
  const chance = kernel.stream('shoppers');
  const name = 'shopper:0';
  const lines = (least: number): LinePlan[] =>
    Array.from({ length: chance.int(least, 3) }, () => linePlan(chance));
  const shopper = {
    name,
    startsMs: chance.int(0, 90 * SECOND_MS),
    lines: lines(1),
    ownLines: chance.chance(0.6) ? lines(0) : [],
    claimsTwice: chance.chance(0.3),
    quotes: chance.chance(0.5),
    ordersTwice: chance.chance(0.5),
  };
  return chance.chance(0.2) && kernel.mayHappen(name) ? [shopper] : [];
}

/** Of what a partner runs, since a parcel has no plan. Some order a change while another one is under way. */
function ownersOf(kernel: Kernel, parcels: readonly boolean[]): OwnerPlan[] {
  const chance = kernel.stream('owners');
  const name = 'owner:0';
  const sku = parcels.indexOf(false);
  const changes = Array.from({ length: chance.int(1, 3) }, (_, index) =>
    changePlan(kernel, `${name} ${index}`),
  );
  const isThere = chance.chance(0.2) && sku >= 0 && kernel.mayHappen(name);
  return isThere ? [{ name, sku, changes: changes.filter((change) => kernel.mayHappen(change.name)) }] : [];
}

function changePlan(kernel: Kernel, name: string): ChangePlan {
  const chance = kernel.stream(name);
  const wish = (kind: WishKind, probability: number): OrderPlan['wishes'] => {
    const afterMs = chance.int(2, 3 * 24 * 60) * MINUTE_MS;
    return chance.chance(probability) && kernel.mayHappen(`${name} ${kind}`) ? [{ kind, afterMs }] : [];
  };
  const cancels = chance.chance(0.15);
  return {
    name,
    kind: chance.pick(['change_plan', 'change_plan', 'renew'] as const),
    price: PLAN_PRICE + chance.int(0, 40) * NO_BUNDLE,
    startsMs: chance.chance(0.7) ? chance.int(0, 90 * SECOND_MS) : chance.int(1, 20) * HOUR_MS,
    acceptsAfterMs: chance.pick([0, 20 * SECOND_MS, 10 * MINUTE_MS, 40 * MINUTE_MS]),
    cancelsAfterMs: cancels && kernel.mayHappen(`${name} cancels`) ? chance.int(1, 600) * SECOND_MS : null,
    cancelledBy: chance.pick(['customer', 'operator'] as const),
    wishes: [
      ...wish('is refunded everything', 0.2),
      ...wish('is refunded lines', 0.1),
      ...wish('is decided about', 0.1),
    ],
  };
}
/** Prices of plans: none of them is that of a bundle, see catalogue.ts. */
const PLAN_PRICE = 100;
const NO_BUNDLE = 7;

const linePlan = (chance: Stream): LinePlan => ({
  sku: chance.chance(0.02) ? UNKNOWN_SKU : chance.int(0, 2),
  price: chance.chance(0.1) ? 0 : chance.int(1, 500),
  quantity: chance.int(1, 3),
});

/** Some histories are nearly sound, some are rough everywhere, some in one place only. */
export function qualityOf(kernel: Kernel): Quality {
  const chance = kernel.stream('quality');
  const rough = (most: number): number =>
    most *
    chance.weighted([
      [3, 0],
      [4, 0.3],
      [2, 1],
    ]);
  return {
    line: {
      away: rough(0.1),
      replyLost: rough(0.08),
      silent: rough(0.03),
      late: rough(0.03),
      killed: rough(0.05),
    },
    mortality: { beforeCommit: rough(0.04), afterCommit: rough(0.04) },
    queue: { duplicate: rough(0.2), delayed: rough(0.08), consumerFails: rough(0.15), dead: rough(0.05) },
    payments: {
      poisoned: rough(0.1),
      overtaken: rough(0.1),
      captureDeclined: rough(0.1),
      disputed: rough(0.25),
      refundedOutside: rough(0.15),
      refundFails: rough(0.2),
      refundPending: rough(0.5),
      rateLimited: rough(0.1),
      webhookLost: rough(0.2),
    },
    provisioner: { fails: rough(0.25), stuck: rough(0.15), resultLost: rough(0.2) },
    fraud: { suspicious: rough(0.25) },
  };
}

/** Nothing goes wrong. */
export const SOUND: Quality = {
  line: { away: 0, replyLost: 0, silent: 0, late: 0, killed: 0 },
  mortality: { beforeCommit: 0, afterCommit: 0 },
  queue: { duplicate: 0, delayed: 0, consumerFails: 0, dead: 0 },
  payments: {
    poisoned: 0,
    overtaken: 0,
    captureDeclined: 0,
    disputed: 0,
    refundedOutside: 0,
    refundFails: 0,
    refundPending: 0,
    rateLimited: 0,
    webhookLost: 0,
  },
  provisioner: { fails: 0, stuck: 0, resultLost: 0 },
  fraud: { suspicious: 0 },
};

export const OPERATOR_LOOKS_MS = 5 * MINUTE_MS;
