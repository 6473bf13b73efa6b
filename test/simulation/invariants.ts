import { openAmount, type OrderDocument } from '#objects/order/machine/document.ts';
import { COMMANDS, type OrderEvent } from '#objects/order/machine/events.ts';
import { capturedOf, excessOf, ledgersOf, outsideOf, refundedOf } from '#objects/order/machine/money.ts';
import { listingOf } from '#objects/order/machine/listing.ts';
import { specOf } from '#objects/order/machine/table.ts';
import { type Outcome, transition } from '#objects/order/machine/transition.ts';
import type { Mail } from '#shared/mail/mail.ts';
import type { HoldState } from '#objects/stock/machine.ts';
import { skuOf } from './world/catalogue.ts';
import { PLAIN_STOCK, supplyOf } from './world/plan.ts';
import { PROMOTION_ID } from './world/rules.ts';
import type { World } from './world/world.ts';

/** A rule and whether it holds. */
type Rules = Record<string, boolean>;
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const brokenOf = (rules: Rules): string[] =>
  Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));

/** After every step of an order's machine. */
export function brokenByStep(world: World, event: OrderEvent, outcome: Outcome): string[] {
  const { document } = outcome;
  const ledgers = ledgersOf(document);
  const payments = world.payments.of(document.id);
  const amounts = ledgers.flatMap((ledger) => [
    ledger.authorised,
    ledger.captured,
    ledger.voided,
    ledger.refunded,
    openAmount(ledger),
  ]);
  const again = transition(document, event);
  return brokenOf({
    'no amount is negative': Math.min(...amounts) >= 0,
    'refunded ≤ captured': ledgers.every((ledger) => ledger.refunded <= ledger.captured),
    'one payment at most is captured in parts':
      ledgers.filter((ledger) => ledger.captured > 0 && openAmount(ledger) > 0).length <= 1,
    'never more is captured than the total': capturedOf(document) <= document.total,
    'nothing is delivered that is not paid':
      deliveredOf(document) - grantedOf(document) <=
      capturedOf(document) - refundedOf(document) + outsideOf(document),
    'the parts add up to the total':
      document.total ===
      sum(document.lines.map((line) => line.price.total)) + (document.pricing?.shipping?.total ?? 0),
    'the provider never takes more than the total':
      sum(payments.map((payment) => payment.captured)) <= document.total,
    'one payment an attempt': new Set(payments.map((payment) => payment.attempt)).size === payments.length,
    'a repeat changes nothing': isWish(event) || !again.changed,
    'what is undone is not delivered': !isGone(document) || deliveredOf(document) === 0,
  });
}

interface Counted {
  onHand: number;
  held: number;
  sold: number;
  /** Sold before they were there. */
  owed: number;
}

/** What is durable of a SKU, over its root and its shards. */
function countedOf(world: World, sku: string): Counted {
  const names = [...world.objects.all.keys()].filter(
    (name) => name === `stock:${sku}` || name.startsWith(`stock:${sku}\t`),
  );
  const all: Counted = { onHand: 0, held: 0, sold: 0, owed: 0 };
  for (const name of names) {
    const disk = world.objects.all.get(name)?.disk;
    const [level] = disk?.rows<{ on_hand: number; held: number }>('level', 'on_hand, held') ?? [];
    all.onHand += level?.on_hand ?? 0;
    all.held += level?.held ?? 0;
    // On loan and not yet heard of: the running totals of both sides say how many.
    all.onHand +=
      onLoan(disk?.rows<Loan>('shards', 'granted, returned')) -
      onLoan(disk?.rows<Loan>('lease', 'granted, returned'));
    for (const hold of disk?.rows<HoldRow>('holds', 'quantity, state, taken') ?? []) {
      if (hold.state !== 'committed') continue;
      const taken = sum(Object.values(JSON.parse(hold.taken ?? '{}') as Record<string, number>));
      all.sold += taken;
      all.owed += hold.quantity - taken;
    }
  }
  return all;
}
interface Loan {
  granted: string;
  returned: string;
}
const unitsOf = (json: string): number => sum(Object.values(JSON.parse(json) as Record<string, number>));
const onLoan = (rows: Loan[] | null | undefined): number =>
  sum((rows ?? []).map(({ granted, returned }) => unitsOf(granted) - unitsOf(returned)));
interface HoldRow {
  quantity: number;
  state: HoldState;
  taken: string | null;
}

/** After every task, of the stock it touched: what is durable. Units on loan are for a moment nowhere, never twice. */
export function brokenInStock(world: World, name: string): string[] {
  const sku = name.slice('stock:'.length).split('\t')[0] ?? '';
  const index = world.plan.stock.findIndex((_, each) => skuOf(each) === sku);
  const { onHand, held, sold, owed } = countedOf(world, sku);
  const supply = supplyOf(world.plan, index);
  const { backorder } = world.plan.selling[index] ?? PLAIN_STOCK;
  return brokenOf({
    'sold ≤ stock': sold <= supply,
    'sold + on hand ≤ stock': sold + onHand <= supply,
    'no unit vanishes': backorder > 0 || sold + onHand === supply,
    'sold + held ≤ stock': sold + held <= supply,
    'owed ≤ what may be owed': owed <= backorder,
  });
}

/** After every task that touched it: uses of the promotion that are durable. */
export function brokenInPromotion(world: World): string[] {
  const { promotionCap } = world.plan;
  return promotionCap === null
    ? []
    : brokenOf({ 'promotion uses ≤ cap': usesOf(world).length <= promotionCap });
}
const usesOf = (world: World): string[] =>
  (
    world.objects.all
      .get(`promotion:${PROMOTION_ID}`)
      ?.disk.rows<{ order_id: string; state: string }>('uses') ?? []
  )
    .filter((use) => use.state === 'claimed')
    .map((use) => use.order_id);

/** Of what the provisioner made, at any time. */
export const brokenAtPartners = (world: World): string[] =>
  brokenOf({
    'one provisioning a line': [...world.provisioner.instances.values()].every(
      (one) => one.workflows.size <= 1,
    ),
  });

/** When nothing is left to happen. */
export function brokenAtEnd(world: World): string[] {
  const broken: string[] = [];
  const delivered = new Map<string, number>();
  for (const { orderId, plan } of world.customers) {
    if (orderId === null) continue;
    const document = world.documentOf(orderId);
    const faults = document === null ? brokenWithoutOrder(world, orderId) : brokenEnd(world, document);
    broken.push(...faults.map((fault) => `${fault} (${plan.name})`));
    for (const line of document?.lines ?? []) {
      if (line.state === 'delivered') delivered.set(line.sku, (delivered.get(line.sku) ?? 0) + line.quantity);
    }
  }
  for (const [index, onHand] of world.plan.stock.entries()) {
    const sku = skuOf(index);
    if (onHand !== null)
      broken.push(...brokenLevel(world, sku, supplyOf(world.plan, index), delivered.get(sku) ?? 0));
  }
  for (const object of world.objects.all.values()) {
    const outbox = object.disk.rows<{ key: string; state: string }>('_outbox', 'key, state') ?? [];
    const left = outbox.filter((row) => row.state === 'pending');
    broken.push(...left.map((row) => `no effect is left over (${object.name} ${row.key} ${row.state})`));
  }
  const using = world.customers.filter(({ orderId }) => {
    const document = orderId === null ? null : world.documentOf(orderId);
    return (
      document?.state === 'completed' && document.promotions.some((use) => use.promotionId === PROMOTION_ID)
    );
  });
  const uses = usesOf(world);
  broken.push(
    ...brokenInPromotion(world),
    ...brokenOf({
      'a use for each order that was delivered, and no other':
        uses.length === using.length && using.every(({ orderId }) => uses.includes(orderId ?? '')),
    }),
  );
  return [...broken, ...brokenAtPartners(world)];
}

/** Of an order that came to its end: no hold, no live instance and no money that is not for something delivered. */
function brokenEnd(world: World, document: OrderDocument): string[] {
  const payments = world.payments.of(document.id);
  const isComplete = document.state === 'completed';
  const captured = capturedOf(document);
  const refunded = refundedOf(document);
  const instanceOf = (id: string): string => world.provisioner.instances.get(id)?.state ?? 'undone';
  const mails = world.mails.filter(({ idempotencyKey }) => idempotencyKey.startsWith(document.id));
  const wasTold = (kind: string): boolean =>
    mails.some(({ idempotencyKey }) => idempotencyKey.startsWith(`${document.id}:mail:${kind}`));
  return brokenOf({
    'it has ended': specOf(document.state).terminal === true,
    'every line is delivered or undone': document.lines.every((line) =>
      isComplete ? ['delivered', 'undone'].includes(line.state) : line.state === 'undone',
    ),
    'all or none, when together':
      document.delivery === 'as_ready' || new Set(document.lines.map(({ state }) => state)).size <= 1,
    'complete means something was delivered':
      !isComplete || document.lines.some((line) => line.state === 'delivered'),
    'what is delivered is live, nothing else is': document.lines.every(
      (line) => instanceOf(line.instanceId) === (line.state === 'delivered' ? 'active' : 'undone'),
    ),
    'no money is left open': ledgersOf(document).every((ledger) => openAmount(ledger) === 0),
    'captured − refunded = value delivered':
      captured - refunded ===
      Math.max(0, deliveredOf(document) + shippingOf(document) - grantedOf(document) - acceptedOf(document)),
    'the provider has nothing open': payments.every(
      (payment) => payment.state === 'captured' || payment.state === 'cancelled',
    ),
    'nothing is left to give back': excessOf(document) === 0,
    'the provider agrees':
      sum(payments.map((payment) => payment.captured)) === captured &&
      sum(payments.map((payment) => payment.refunded)) === refunded,
    'cancelled means never charged': document.state !== 'cancelled' || captured === 0,
    'refunded means charged before': document.state !== 'refunded' || refunded > 0,
    'the customer is told why': isComplete || document.reason !== null,
    'each mail once': isEachOnce(mails),
    'public events are counted without a gap': isCounted(
      world.published.get(document.id),
      document.announced.events,
    ),
    'a complete order is told of': !isComplete || wasTold('delivered'),
    'a charged and refunded one is told of': document.state !== 'refunded' || wasTold('refunded'),
    ...projection(world, document),
  });
}

/** Lists show what the order is; only a change they show is worth a row's new version. */
function projection(world: World, document: OrderDocument): Rules {
  const [row] = world.database.rows<Record<string, string | number | null>>(
    `SELECT * FROM orders WHERE id = '${document.id}'`,
  );
  const listing = listingOf(document);
  if (listing === null) return { 'a refused order is not listed': row === undefined };
  return {
    'lists show it as it is':
      row !== undefined &&
      Number(row['version']) <= document.version &&
      row['state'] === listing.state &&
      row['total'] === listing.total &&
      row['reason_code'] === (listing.reason?.code ?? null) &&
      row['payment_status'] === listing.paymentStatus &&
      row['fulfilment'] === listing.fulfilment,
  };
}

/** Refused at once and forgotten, or its request never arrived. */
const brokenWithoutOrder = (world: World, orderId: string): string[] =>
  brokenOf({
    'no payment without an order': world.payments.of(orderId).length === 0,
    'no instance without an order': [...world.provisioner.instances.values()].every(
      (one) => one.orderId !== orderId,
    ),
    'no row without an order':
      world.database.rows(`SELECT id FROM orders WHERE id = '${orderId}'`).length === 0,
  });

function brokenLevel(world: World, sku: string, supply: number, delivered: number): string[] {
  const { onHand, held, owed } = countedOf(world, sku);
  const known = world.availability.get(sku);
  return [
    ...brokenInStock(world, `stock:${sku}`),
    ...brokenOf({
      'no unit is left over': held === 0 && owed === 0 && onHand === supply - delivered,
      'the catalogue knows what is free': known?.available === supply - delivered,
    }).map(
      (rule) =>
        `${rule} (${sku}: ${onHand} on hand, ${held} held, ${owed} owed, ${known?.available} told of; ${delivered} of ${supply} delivered)`,
    ),
  ];
}

/** No key twice, and no text twice under another key; only a renewal may be asked for again in the same words. */
function isEachOnce(mails: readonly Mail[]): boolean {
  const texts = mails
    .filter(({ idempotencyKey }) => !idempotencyKey.includes(':mail:renew:'))
    .map(({ subject, text }) => `${subject}\n${text}`);
  const keys = mails.map(({ idempotencyKey }) => idempotencyKey);
  return new Set(texts).size === texts.length && new Set(keys).size === keys.length;
}
const isCounted = (published: Map<number, string> | undefined, last: number): boolean =>
  (published?.size ?? 0) === last &&
  Array.from({ length: last }).every((_, index) => published?.has(index + 1));
/** What a person asks for is asked once by its key, before the machine hears of it. */
const isWish = ({ type }: OrderEvent): boolean => COMMANDS.has(type) || type === 'refund.requested';
const isGone = (document: OrderDocument): boolean =>
  document.state === 'cancelled' || document.state === 'refunded' || document.state === 'rejected';
const deliveredOf = (document: OrderDocument): number =>
  sum(document.lines.filter((line) => line.state === 'delivered').map((line) => line.price.total));
const grantedOf = (document: OrderDocument): number =>
  sum(
    document.refunds
      .filter((refund) => refund.cause === 'granted' && refund.state !== 'failed')
      .map((refund) => refund.amount),
  );
/** Given back past the order, as an operator has seen and accepted. */
const acceptedOf = (document: OrderDocument): number =>
  sum(ledgersOf(document).map((ledger) => ledger.refundAccepted));
/** Due with the first delivery. */
const shippingOf = (document: OrderDocument): number =>
  document.state === 'completed' ? (document.pricing?.shipping?.total ?? 0) : 0;
