import { positionsOf } from '#objects/order/machine/bundles.ts';
import { isExchangeOver } from '#objects/order/machine/after-sale/exchange.ts';
import type { Exchange } from '#objects/order/machine/after-sale/records.ts';
import { restockedOf } from '#objects/order/machine/after-sale/restock.ts';
import { settledOf } from '#objects/order/machine/after-sale/settlement.ts';
import { openAmount, type OrderDocument, type State } from '#objects/order/machine/document.ts';
import { COMMANDS, type OrderEvent } from '#objects/order/machine/events.ts';
import { isSuspected } from '#objects/order/machine/fraud/guards.ts';
import { PAYMENTS_MAX } from '#objects/order/machine/holds.ts';
import {
  capturedOf,
  cardsOf,
  excessOf,
  isUndone,
  exchangedOf,
  ledgersOf,
  outsideOf,
  providersOf,
  refundedOf,
  takenOf,
} from '#objects/order/machine/money.ts';
import { listingOf } from '#objects/order/machine/listing.ts';
import { specOf } from '#objects/order/machine/table.ts';
import { type Outcome, transition } from '#objects/order/machine/transition.ts';
import type { Mail } from '#shared/mail/mail.ts';
import type { HoldState } from '#objects/stock/machine.ts';
import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { giftCardPaymentOf } from '#shared/domain/gift-card.ts';
import type { ObjectDisk } from './kernel/storage.ts';
import { skuOf } from './world/catalogue.ts';
import { PLAIN_STOCK, supplyOf } from './world/plan.ts';
import { offersOf } from './world/rules.ts';
import { type Payment, takenFrom } from './world/payment-service.ts';
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
  // The total may fall while a debit over the former one is under way: what came too much goes back before the order rests.
  // So may a payment that was asked to take more for a change which then came to nothing.
  const asked = payments.map(({ amount }) => amount);
  const most = Math.max(world.totals.get(document.id) ?? 0, document.total, ...asked);
  world.totals.set(document.id, most);
  return brokenOf({
    'no amount is negative': Math.min(...amounts) >= 0,
    'refunded ≤ captured': ledgers.every((ledger) => ledger.refunded <= ledger.captured),
    'one payment at most is captured in parts':
      providersOf(document).filter((ledger) => ledger.captured > 0 && openAmount(ledger) > 0).length <= 1,
    'never more is captured than was ever to be paid': capturedOf(document) <= most,
    'nothing is delivered that is not paid, unless a person says so':
      isByHand(document) ||
      deliveredOf(document) - grantedOf(document) <=
        capturedOf(document) - refundedOf(document) + outsideOf(document),
    'the parts add up to the total':
      document.total ===
      sum(document.lines.map((line) => line.price.total)) + (document.pricing?.shipping?.total ?? 0),
    'a bundle is what its parts are': positionsOf(document).every(
      ({ bundle, lines }) =>
        bundle === null ||
        (bundle.price.total === sum(lines.map((line) => line.price.total)) &&
          lines.every((line) => line.quantity % bundle.quantity === 0)),
    ),
    'the provider never takes more than was ever to be paid':
      sum(payments.map((payment) => payment.captured)) <= most,
    'never refunded beyond captured − charged back': payments.every(
      (payment) => payment.refunded + takenFrom(payment) <= payment.captured,
    ),
    'one payment an attempt': new Set(payments.map((payment) => payment.attempt)).size === payments.length,
    'a repeat changes nothing': isWish(event) || !outcome.changed || !transition(document, event).changed,
    'what is undone is not delivered': !isGone(document) || deliveredOf(document) === 0,
    'nobody is asked to pay without an end': payments.every(({ attempt }) => attempt <= PAYMENTS_MAX),
    'nobody is asked to pay anew for what may be refused':
      !isSuspected(document) || outcome.intents.every(({ effect }) => effect.step !== 'payment.create'),
    ...cards(document),
    ...promotions(document, event),
  });
}

/** What gift cards hold for an order that is priced. */
const cards = (document: OrderDocument): Rules => ({
  'cards never hold more than the order costs':
    UNPRICED.has(document.state) ||
    sum(cardsOf(document).map(({ authorised }) => authorised)) <= document.total,
});
const UNPRICED: ReadonlySet<State> = new Set<State>(['pricing', 'screening', 'holding', 'repricing']);

interface Counted {
  onHand: number;
  held: number;
  sold: number;
  /** Sold before they were there. */
  owed: number;
}

/** Of a SKU's root and its shards. */
const disksOf = (world: World, sku: string): ObjectDisk[] =>
  [...world.objects.all].flatMap(([name, { disk }]) =>
    name === `stock:${sku}` || name.startsWith(`stock:${sku}\t`) ? [disk] : [],
  );

/** What is durable of a SKU, over its root and its shards. */
function countedOf(world: World, sku: string): Counted {
  const all: Counted = { onHand: 0, held: 0, sold: 0, owed: 0 };
  for (const disk of disksOf(world, sku)) {
    const [level] = disk.rows<{ on_hand: number; held: number }>('level', 'on_hand, held') ?? [];
    all.onHand += level?.on_hand ?? 0;
    all.held += level?.held ?? 0;
    // On loan and not yet heard of: the running totals of both sides say how many.
    all.onHand +=
      onLoan(disk.rows<Loan>('shards', 'granted, returned')) -
      onLoan(disk.rows<Loan>('lease', 'granted, returned'));
    for (const hold of disk.rows<HoldRow>('holds', 'quantity, state, taken') ?? []) {
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

/** After every task that touched one: what is durable of every gift card. */
export const brokenOnCards = (world: World): string[] =>
  world.giftCards.all.flatMap(({ balance, held, entries, payments, value }) =>
    brokenOf({
      'no card is below nothing': balance >= 0 && held >= 0,
      'balance and holds of a card are the sum of its entries':
        balance + held === sum(entries.map(({ amount }) => amount)),
      'what is held on a card is what orders may still charge':
        held === sum(payments.map(({ amount, captured, released }) => amount - captured - released)),
      'a card is charged for what orders took of it, and has back what they gave':
        balance + held ===
        value - sum(payments.map(({ captured }) => captured)) + sum(payments.map(({ refunded }) => refunded)),
      'no order takes more of a card than it held': payments.every(
        ({ amount, captured, released, refunded }) => captured + released <= amount && refunded <= captured,
      ),
    }),
  );

/** After every task, of the stock it touched: what is durable. Units on loan are for a moment nowhere, never twice. */
export function brokenInStock(world: World, name: string): string[] {
  const sku = name.slice('stock:'.length).split('\t')[0] ?? '';
  const index = world.plan.stock.findIndex((_, each) => skuOf(each) === sku);
  const { onHand, held, sold, owed } = countedOf(world, sku);
  const supply = supplyOf(world.plan, index);
  const { backorder } = world.plan.selling[index] ?? PLAIN_STOCK;
  const shelved = shelvedOf(world, sku);
  const cameBack = sum([...shelved.values()]) - undoneSince(world, sku);
  return brokenOf({
    'sold ≤ stock': sold <= supply + cameBack,
    'sold + on hand ≤ stock': sold + onHand <= supply + cameBack,
    'no unit vanishes': backorder > 0 || sold + onHand === supply + cameBack,
    'sold + held ≤ stock': sold + held <= supply + cameBack,
    'units of an order are on the shelf again once': [...shelved].every(
      ([orderId, units]) => units <= orderedOf(world, orderId, sku),
    ),
    'owed ≤ what may be owed': owed <= backorder,
    'stock of an order that is looked at does not expire': expiredOf(world, sku).every(
      ({ order_id: orderId, expires_at: expiresAt }) => {
        const document = world.documentOf(orderId);
        // What ran out before the money came is taken anew.
        return document === null || !UNDER_LOOK.has(document.state) || expiresAt < document.stageSince;
      },
    ),
  });
}

const UNDER_LOOK: ReadonlySet<State> = new Set<State>(['vetting', 'in_review']);
interface ExpiredRow {
  order_id: string;
  state: HoldState;
  expires_at: number;
}
/** Units of a SKU that were held too long. */
const expiredOf = (world: World, sku: string): ExpiredRow[] =>
  disksOf(world, sku)
    .flatMap((disk) => disk.rows<ExpiredRow>('holds', 'order_id, state, expires_at') ?? [])
    .filter(({ state }) => state === 'expired');

/** Units that orders sent back on the shelf after the sale, by order. */
function shelvedOf(world: World, sku: string): Map<string, number> {
  const rows = world.objects.all
    .get(`stock:${sku}`)
    ?.disk.rows<{ type: string; actor: string; on_hand: number }>('movements', 'type, actor, on_hand');
  const all = new Map<string, number>();
  for (const { type, actor, on_hand: units } of rows ?? []) {
    if (type === 'restock' && actor.startsWith('ord_')) all.set(actor, (all.get(actor) ?? 0) + units);
  }
  return all;
}
/** Of those, units of lines whose sale was undone after all: the stock counts them as never sold. */
function undoneSince(world: World, sku: string): number {
  const sold = new Set(
    disksOf(world, sku)
      .flatMap((disk) => disk.rows<{ line_id: string; state: HoldState }>('holds', 'line_id, state') ?? [])
      .flatMap(({ line_id: lineId, state }) => (state === 'committed' ? [lineId] : [])),
  );
  return sum(
    world.orderIds.flatMap((orderId) => {
      const document = world.documentOf(orderId);
      const lines = document?.lines.filter((line) => line.sku === sku && !sold.has(line.id)) ?? [];
      return document === null ? [] : lines.map((line) => restockedOf(document, line));
    }),
  );
}
const orderedOf = (world: World, orderId: string, sku: string): number =>
  sum((world.documentOf(orderId)?.lines ?? []).map((line) => (line.sku === sku ? line.quantity : 0)));

/** After every task that touched it: uses of the promotion that are durable. What was given back may be claimed again. */
export function brokenInPromotion(world: World, name: string): string[] {
  const offer = offersOf(world.plan).find(({ id }) => name === `promotion:${id}`);
  if (offer === undefined) return [`no promotion is called ${name}`];
  const used = usesOf(world, offer.id).length;
  const [counter] = world.promotions.of(offer.id).disk.rows<{ used: number }>('counter', 'used') ?? [];
  return brokenOf({
    'promotion uses ≤ cap': used <= offer.cap,
    'a promotion counts the uses it has': (counter?.used ?? 0) === used,
  });
}
const usesOf = (world: World, promotionId: string): string[] =>
  (world.promotions.of(promotionId).disk.rows<{ order_id: string; state: string }>('uses') ?? [])
    .filter((use) => use.state === 'claimed')
    .map((use) => use.order_id);

const PRICING: ReadonlySet<State> = new Set<State>(['pricing', 'screening', 'holding', 'repricing']);
/** What counts in a price has a use behind it, and what others used up takes nothing off. */
function promotions(document: OrderDocument, event: OrderEvent): Rules {
  const { pricing, passedOver = [], exchangeOf } = document;
  const applied = pricing?.promotions ?? [];
  const discounts = document.lines.flatMap(({ price }) => price.discounts);
  const given = [...discounts, ...(pricing?.shipping?.discounts ?? [])].filter(({ amount }) => amount > 0);
  const isStanding = !PRICING.has(document.state) && !isUndone(document) && document.resolution === null;
  const isClaimed = (id: string): boolean =>
    document.promotions.some(({ promotionId, state }) => promotionId === id && state === 'claimed');
  return {
    'a limited promotion counts for its use':
      !isStanding || applied.every((one) => one.limitTotal === null || isClaimed(one.promotionId)),
    'nothing is taken off but by what counts': given.every(
      ({ promotionId: id }) =>
        id === exchangeOf?.returnId || applied.some(({ promotionId }) => promotionId === id),
    ),
    'what others used up is passed over, and the price says so':
      event.type !== 'order.priced' ||
      passedOver.every(
        (id) =>
          applied.every(({ promotionId }) => promotionId !== id) &&
          pricing?.notCounted?.some(({ promotionId }) => promotionId === id),
      ),
  };
}

/** After every task that touched it: one order at most of those it was ordered with has been or will be delivered. */
export function brokenInCart(world: World, name: string): string[] {
  world.cartOf(name.slice('cart:'.length));
  const asked = world.objects.all.get(name)?.disk.rows<{ order_id: string }>('checkouts', 'order_id') ?? [];
  const standing = asked.filter(({ order_id: orderId }) => {
    const document = world.documentOf(orderId);
    return document !== null && document.state !== 'rejected' && !isUndone(document);
  });
  return brokenOf({ 'a cart is ordered once': standing.length <= 1 });
}

/** Of a cart that nothing happens to any more. */
function brokenCart(world: World, cartId: string): string[] {
  const cart = world.cartOf(cartId);
  if (cart === null) return [];
  const { state } = cart;
  return brokenOf({
    'no cart is left being ordered': state.name !== 'ordering',
    'an ordered cart has its order': state.name !== 'ordered' || world.documentOf(state.orderId) !== null,
    'what was merged is where it belongs': state.name !== 'merged' || state.delivered,
  });
}

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
  const settledByHand = new Set<string>();
  const ended: OrderDocument[] = [];
  for (const orderId of world.orderIds) {
    const document = world.documentOf(orderId);
    const faults = document === null ? brokenWithoutOrder(world, orderId) : brokenEnd(world, document);
    broken.push(...faults.map((fault) => `${fault} (${world.nameOf(orderId)})`));
    for (const line of document?.lines ?? []) {
      if (document === null) continue;
      if (isByHand(document)) settledByHand.add(line.sku);
      if (line.state !== 'delivered' || !line.stockTracked) continue;
      const kept = line.quantity - restockedOf(document, line);
      delivered.set(line.sku, (delivered.get(line.sku) ?? 0) + kept);
    }
    if (document?.state === 'completed') ended.push(document);
  }
  for (const [index, onHand] of world.plan.stock.entries()) {
    const sku = skuOf(index);
    // What a person ended by hand stays in the stock as he left it.
    if (onHand !== null && !settledByHand.has(sku))
      broken.push(...brokenLevel(world, sku, supplyOf(world.plan, index), delivered.get(sku) ?? 0));
  }
  for (const object of world.objects.all.values()) {
    const outbox = object.disk.rows<{ key: string; state: string }>('_outbox', 'key, state') ?? [];
    const left = outbox.filter((row) => row.state === 'pending');
    broken.push(...left.map((row) => `no effect is left over (${object.name} ${row.key} ${row.state})`));
  }
  for (const [orderId, total] of world.shoppers.flatMap(({ quoted }) => [...quoted])) {
    const document = world.documentOf(orderId);
    // What was changed since is priced anew.
    const isAsQuoted =
      document === null || document.pricing === null || document.quote === null || document.total === total;
    broken.push(...brokenOf({ 'an order costs what was quoted': isAsQuoted }));
  }
  for (const cartId of world.cartIds) broken.push(...brokenCart(world, cartId));
  for (const { id } of offersOf(world.plan)) {
    const used = usesOf(world, id);
    const uses = ended.flatMap((document) => usesOfOrder(document, id));
    broken.push(
      ...brokenInPromotion(world, `promotion:${id}`),
      ...brokenOf({
        'a use for each order that was delivered, and no other':
          settledByHand.size > 0 || (used.length === uses.length && uses.every((use) => used.includes(use))),
      }),
    );
  }
  for (const document of ended) broken.push(...brokenAllowance(world, document));
  for (const { held } of world.giftCards.all)
    broken.push(...brokenOf({ 'nothing is left held on a card': held === 0 }));
  broken.push(...brokenOnCards(world));
  for (const { instanceId, orderIds } of world.owners)
    broken.push(...brokenOwned(world, instanceId, orderIds));
  broken.push(
    ...brokenOf({ 'no allowance is left with an order that ended': isAllowanceFree(world, ended) }),
  );
  return [...broken, ...brokenAtPartners(world)];
}
/**
 * An instance is changed once by each order that is delivered and was not taken back, and by no other: who was charged has his
 * change, and who got his money back with it has it not.
 */
function brokenOwned(world: World, instanceId: string, orderIds: ReadonlySet<string>): string[] {
  const changes = world.provisioner.owned.get(instanceId)?.changes ?? [];
  const orders = [...orderIds].flatMap((orderId) => world.documentOf(orderId) ?? []);
  // What a person ended by hand is as he left it, at the partners as well.
  if (orders.some(isByHand)) return [];
  const standing = orders
    .flatMap(({ lines }) => lines)
    .filter(({ state, revoked }) => state === 'delivered' && revoked === 'no')
    .map((line) => line.instanceId);
  const handles = changes.map(({ handle }) => handle);
  return brokenOf({
    'an instance is changed once by each order that stands, and by no other':
      handles.length === standing.length && standing.every((handle) => handles.includes(handle)),
    'no change of an instance is left half-way': changes.every(({ state }) => state === 'done'),
    'an order that changes an instance makes nothing new': orders.every(
      ({ lines, stock }) => stock.length === 0 && lines.length <= 1,
    ),
  });
}

/** What an order has of the customer's allowance is what it says, and no more than the limit. */
function brokenAllowance(world: World, { id, customerId, allowance }: OrderDocument): string[] {
  type Row = { order_id: string; scope: string; quantity: number };
  const rows = world.buyers.of(customerId).disk.rows<Row>('purchases') ?? [];
  const taken = rows.filter(({ order_id }) => order_id === id);
  const items = allowance?.state === 'claimed' ? allowance.items : [];
  return brokenOf({
    'an order took of the allowance what it says':
      taken.length === items.length &&
      items.every((item) =>
        taken.some(({ scope, quantity }) => scope === item.scope && quantity === item.quantity),
      ),
    'nobody buys more than a customer may': items.every(({ quantity, limit }) => quantity <= limit),
  });
}
/** Of orders of which nothing stays with the customer nothing counts. */
function isAllowanceFree(world: World, ended: readonly OrderDocument[]): boolean {
  const standing = new Set(ended.map(({ id }) => id));
  return [...world.objects.all.values()]
    .filter(({ name }) => name.startsWith('buyer:'))
    .flatMap(({ disk }) => disk.rows<{ order_id: string }>('purchases') ?? [])
    .every(({ order_id: orderId }) => standing.has(orderId));
}
/** Under the order's id, or under the name of the change that claimed it. */
const usesOfOrder = ({ id, promotions: claims }: OrderDocument, offerId: string): string[] =>
  claims
    .filter(({ promotionId, state }) => promotionId === offerId && state === 'claimed')
    .map(({ use }) => use ?? id);

/** Of an order that came to its end: no hold, no live instance and no money that is not for something delivered. */
function brokenEnd(world: World, document: OrderDocument): string[] {
  const isComplete = document.state === 'completed';
  const mails = world.mails.filter(({ idempotencyKey }) => idempotencyKey.startsWith(document.id));
  const wasTold = (kind: string): boolean =>
    mails.some(({ idempotencyKey }) => idempotencyKey.startsWith(`${document.id}:mail:${kind}`));
  return brokenOf({
    'it has ended': specOf(document.state).terminal === true,
    'nothing is left to give back': excessOf(document) <= 0,
    'nothing is left to collect, but what went back past the order':
      excessOf(document) === 0 || takenOf(document) > 0 || outsideOf(document) > 0,
    'the customer is told why': isComplete || document.reason !== null,
    'the customer is told of the new price': !isComplete || isToldOfPrice(world, document),
    'each mail once': isEachOnce(mails),
    'a refund is told of once': isEachRefundTold(world, document, mails),
    'what is suspended was not suspended before': isTurnByTurn(mails),
    'public events are counted without a gap': isCounted(
      world.published.get(document.id),
      document.announced.events,
    ),
    'a complete order is told of': !isComplete || wasTold('delivered'),
    'a charged and refunded one is told of':
      document.state !== 'refunded' || wasTold(capturedOf(document) > 0 ? 'refunded' : 'cancelled'),
    ...replacements(world, document),
    ...projection(world, document),
    // What a person ended by hand is as he said it is.
    ...(isByHand(document) ? {} : books(world, document)),
  });
}

/** A person ended it although something did not fit: he said what was to be so. */
const isByHand = ({ resolution }: OrderDocument): boolean =>
  resolution !== null && resolution.difference !== 'none';
const isToldOfPrice = (world: World, { id, passedOver = [] }: OrderDocument): boolean =>
  passedOver.length === 0 ||
  (world.orders.of(id).disk.rows<{ type: string }>('timeline', 'type') ?? []).some(
    ({ type }) => type === 'order.repriced',
  );

/** Payments of an order as whoever keeps the money has them: the provider, and its gift cards. */
const paymentsOf = (world: World, orderId: string): Payment[] => [
  ...world.payments.of(orderId),
  ...world.giftCards.of(orderId).map(({ card, ...payment }): Payment => {
    const { paymentId, amount, captured, released, refunded } = payment;
    const open = amount - captured - released;
    const refunds = card.entries
      .filter((entry) => entry.kind === 'credited' && entry.paymentId === paymentId)
      .map((entry) => ({
        refundId: entry.key,
        amount: entry.amount,
        state: 'succeeded' as const,
        reference: entry.key,
      }));
    return {
      ...NO_PAYMENT_DETAILS,
      paymentId,
      orderId,
      attempt: giftCardPaymentOf(paymentId)?.attempt ?? 0,
      state: open > 0 ? 'authorised' : captured > 0 ? 'captured' : 'cancelled',
      currency: 'EUR',
      amount,
      authorised: amount,
      captured,
      refunded,
      capturable: open,
      captureBefore: null,
      multicapture: true,
      method: 'gift_card',
      refunds,
      clientSecret: '',
      lastError: null,
      createdAt: 0,
      lapsed: false,
      closedLate: false,
      captures: new Map(),
    };
  }),
];

/** Money, deliveries and the provider agree. */
function books(world: World, document: OrderDocument): Rules {
  const payments = paymentsOf(world, document.id);
  const isComplete = document.state === 'completed';
  const captured = capturedOf(document);
  const refunded = refundedOf(document);
  const taken = sum(payments.map(takenFrom));
  const instanceOf = (id: string): string => world.provisioner.instances.get(id)?.state ?? 'undone';
  const worth = deliveredOf(document) + shippingOf(document) - grantedOf(document) - outsideOf(document);
  return {
    'every line is delivered or undone': document.lines.every((line) =>
      isComplete ? ['delivered', 'undone'].includes(line.state) : line.state === 'undone',
    ),
    // What was handed over before a bank took the money stays where it is.
    'all or none, when together':
      document.delivery === 'as_ready' ||
      document.reason?.code === 'payment_disputed' ||
      new Set(document.lines.map(({ state }) => state)).size <= 1,
    'complete means something was delivered':
      !isComplete || document.lines.some((line) => line.state === 'delivered'),
    'what is delivered is live, nothing else is': document.lines.every(
      (line) =>
        instanceOf(line.instanceId) ===
        (line.state === 'delivered' && line.revoked === 'no' ? 'active' : 'undone'),
    ),
    'no money is left open': ledgersOf(document).every((ledger) => openAmount(ledger) === 0),
    'captured − refunded = value delivered, or what paid for replacements':
      taken > 0 ||
      // Of money that paid for a replacement and went back past the order as well, a person has to say what becomes.
      (exchangedOf(document) > 0 && outsideOf(document) > 0) ||
      captured - refunded === Math.max(0, exchangedOf(document), worth),
    'what a bank has taken is not given back as well':
      captured - refunded - taken <= Math.max(0, exchangedOf(document), worth),
    'no part of a line is given back twice': document.lines.every(
      (line) => settledOf(document, line.id).amount <= Math.max(0, line.price.total),
    ),
    'the provider has nothing open': payments.every(
      (payment) => payment.state === 'captured' || payment.state === 'cancelled',
    ),
    'the provider agrees':
      sum(payments.map((payment) => payment.captured)) === captured &&
      sum(payments.map((payment) => payment.refunded)) === refunded,
    'the provider made each refund once': payments.every(({ refunds }) => isEachRefundOnce(refunds)),
    'no order is undone for a payment that was not lost':
      document.reason?.code !== 'payment_lost' || world.payments.of(document.id).some(isLostPayment),
    'cancelled means never charged': document.state !== 'cancelled' || captured === 0,
    'refunded means charged before, unless a person says so':
      document.state !== 'refunded' || refunded + taken > 0 || document.resolution !== null,
    'what was delivered is out of reach exactly while a bank or the customer has the money, by its rule':
      suspended(world, document),
  };
}
/**
 * By what the provider and the partners know; parcels are gone, and a person may have decided otherwise. When everything
 * went back, a part of it by the order and a part past it, it depends on which was the last.
 */
function suspended(world: World, document: OrderDocument): boolean {
  const payments = paymentsOf(world, document.id);
  const refunds = payments.flatMap((payment) => payment.refunds).filter(({ state }) => state !== 'failed');
  const isTaken = payments.some((payment) => takenFrom(payment) > 0);
  const isAllBack = refunds.length > 0 && payments.every(({ captured, refunded }) => refunded >= captured);
  const must = isTaken || (isAllBack && refunds.every(({ reference }) => reference === null));
  const may = must || (isAllBack && refunds.some(({ reference }) => reference === null));
  return document.lines
    .filter(({ state, revoked, kind }) => state === 'delivered' && revoked === 'no' && kind !== 'physical')
    .filter(({ held = [], spared = [] }) => held.length + spared.length === 0)
    .map(({ instanceId }) => world.provisioner.instances.get(instanceId)?.isSuspended ?? false)
    .every((isSuspended) => (isSuspended ? may : !must));
}
/** As the provider has it: lapsed, cancelled, released in part by a closing that came late, taken by a bank or given back past the order. */
const isLostPayment = (payment: Payment): boolean =>
  payment.lapsed ||
  payment.closedLate ||
  payment.state === 'cancelled' ||
  takenFrom(payment) > 0 ||
  payment.refunds.some(({ reference }) => reference === null);
const isEachRefundOnce = (refunds: readonly { reference: string | null }[]): boolean => {
  const ours = refunds.flatMap(({ reference }) => (reference === null ? [] : [reference]));
  return new Set(ours).size === ours.length;
};

/** A return pays for one replacement that stands, and no replacement stands for nothing. */
function replacements(world: World, document: OrderDocument): Rules {
  const replaced = document.returns.filter(({ state }) => state === 'exchanged');
  const { exchangeOf } = document;
  const paidBy = exchangeOf === null ? null : world.documentOf(exchangeOf.orderId);
  const found = paidBy?.returns.find(({ id }) => id === exchangeOf?.returnId);
  return {
    'no replacement is left under way': document.returns.every(({ state }) => state !== 'exchanging'),
    'what paid for a replacement paid for one that stands': replaced.every(({ exchange }) => {
      const other = world.documentOf(exchange?.orderId ?? '');
      return other !== null && !isExchangeOver(other) && creditOf(other) === exchangedBy(exchange);
    }),
    'no replacement is kept that nothing paid for':
      exchangeOf === null ||
      isExchangeOver(document) ||
      (found?.state === 'exchanged' && found.exchange?.orderId === document.id),
  };
}
const exchangedBy = (exchange: Exchange | null): number =>
  sum((exchange?.parts ?? []).map(({ amount }) => amount));
/** What the price of a replacement was lowered by for what came back. */
const creditOf = ({ lines, pricing, exchangeOf }: OrderDocument): number =>
  sum(lines.map(({ price }) => price.total)) === (pricing?.total ?? 0) && exchangeOf !== null
    ? sum(
        lines.map(({ price }) => {
          const credit = sum(
            price.discounts
              .filter(({ promotionId }) => promotionId === exchangeOf.returnId)
              .map(({ amount }) => amount),
          );
          return credit;
        }),
      )
    : 0;

/** Lists show what the order is; only a change they show is worth a row's new version. */
function projection(world: World, document: OrderDocument): Rules {
  const [row] = world.database.rows<Record<string, string | number | null>>(
    'SELECT * FROM orders WHERE id = ?',
    [document.id],
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
    'no payment without an order': paymentsOf(world, orderId).length === 0,
    'no instance without an order': [...world.provisioner.instances.values()].every(
      (one) => one.orderId !== orderId,
    ),
    'no row without an order':
      world.database.rows('SELECT id FROM orders WHERE id = ?', [orderId]).length === 0,
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

/** Of what may be told again in the same words: it is asked for again, decided again or granted again. */
const TOLD_AGAIN = /:mail:(renew|changed|part_refunded|suspended|resumed|return_)/;

/** No key twice, and no text twice under another key. */
function isEachOnce(mails: readonly Mail[]): boolean {
  const texts = mails
    .filter(({ idempotencyKey }) => !TOLD_AGAIN.test(idempotencyKey))
    .map(({ subject, text }) => `${subject}\n${text}`);
  const keys = mails.map(({ idempotencyKey }) => idempotencyKey);
  return new Set(texts).size === texts.length && new Set(keys).size === keys.length;
}
/** One that came back from a bank and was made again is no other one, unless a person gave it up. */
function isEachRefundTold(world: World, document: OrderDocument, mails: readonly Mail[]): boolean {
  const told = mails.filter(({ idempotencyKey }) => idempotencyKey.includes(':mail:part_refunded:'));
  const made = paymentsOf(world, document.id)
    .flatMap(({ refunds }) => refunds)
    .filter(({ state, reference }) => state !== 'failed' || reference === null);
  const givenUp = document.refunds.filter(
    ({ state, renewedAs }) => state === 'settled_by_hand' || (state === 'failed' && renewedAs === null),
  );
  return told.length <= made.length + givenUp.length;
}
/** Of the mails about access, in the order of what they tell, no two that follow each other say the same. */
function isTurnByTurn(mails: readonly Mail[]): boolean {
  const told = mails
    .flatMap(({ idempotencyKey, subject, text }) => {
      const version = /:mail:(?:suspended|resumed):(\d+)$/.exec(idempotencyKey)?.[1];
      return version === undefined ? [] : [{ version: Number(version), words: `${subject}\n${text}` }];
    })
    .sort((a, b) => a.version - b.version);
  return told.every(({ words }, index) => words !== told[index - 1]?.words);
}
const isCounted = (published: Map<number, string> | undefined, last: number): boolean =>
  (published?.size ?? 0) === last &&
  Array.from({ length: last }).every((_, index) => published?.has(index + 1));
/** What a person asks for is asked once by its key, before the machine hears of it. */
const isWish = ({ type }: OrderEvent): boolean => COMMANDS.has(type) || AFTER_SALE.has(type);
const AFTER_SALE: ReadonlySet<OrderEvent['type']> = new Set<OrderEvent['type']>([
  'refund.requested',
  'note.added',
  'order.edited',
  'lines.cancelled',
  'return.requested',
  'return.approved',
  'return.rejected',
  'return.withdrawn',
  'return.received',
  'return.refunded',
  'return.exchanged',
  'access.decided',
]);
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
/** Due with the first parcel. */
const shippingOf = ({ lines, pricing }: OrderDocument): number =>
  lines.some((line) => line.state === 'delivered' && line.fulfilment.template === 'parcel')
    ? (pricing?.shipping?.total ?? 0)
    : 0;
