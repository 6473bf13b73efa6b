import type { GiftCardBalance } from '#shared/contracts/http/gift-cards.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { api } from '../../scripts/lib/api.ts';
import type { PaymentLedger, World } from '../../scripts/scenarios/world.ts';
import { endingOf } from './expected.ts';
import type { Play } from './play.ts';
import { type GiftCard, TERM_DAYS } from './shop.ts';

/** Everything about the end of an order that does not fit; empty when all does. */
export async function faultsOf(world: World, play: Play, placed: Order): Promise<string[]> {
  const ending = endingOf(play.combination);
  const order = await world.order(play.customer, placed.id);
  const faults: string[] = [];
  const must = (holds: boolean, text: string): void => {
    if (!holds) faults.push(text);
  };
  must(ending.states.includes(order.state), `state ${order.state}`);
  must(ending.paymentStatus.includes(order.paymentStatus), `payment ${order.paymentStatus}`);
  if (play.owned === null) {
    const sold = 1 - ((await world.availableStock(play.basket.unit.sku)) ?? 0);
    must(sold === ending.unitsSold, `${sold} units sold`);
  } else {
    const changed = await timesChanged(world, play, play.owned.instance);
    must(changed === ending.unitsSold, `changed ${changed} times`);
  }
  const disputes = order.disputes.map(({ state }) => state);
  must(disputes.join() === ending.disputes.join(), `disputes ${JSON.stringify(disputes)}`);
  const paidFor = ending.paymentStatus.includes('captured');
  const onCard = play.giftCard === null || !paidFor ? 0 : Math.min(play.giftCard.value, order.total.amount);
  faults.push(...(await giftCardFaults(world, play, order, onCard)));
  const ledgers = await world.ledgersOf(order.id);
  const ofCard = ledgers.filter(isOfCard);
  const others = ledgers.filter((ledger) => !isOfCard(ledger));
  faults.push(...(await cardLedgerFaults(world, play.giftCard, ofCard, onCard)));
  return [...faults, ...ledgerFaults(others, order.total.amount - onCard, ending.ledger)];
}

const isOfCard = ({ paymentId }: PaymentLedger): boolean => paymentId.startsWith('gft_');

/** `onCard`: what the gift card must have paid. `ofOrder`: the books of the order's payments with it. */
async function cardLedgerFaults(
  world: World,
  giftCard: GiftCard | null,
  ofOrder: readonly PaymentLedger[],
  onCard: number,
): Promise<string[]> {
  if (giftCard === null) return [];
  const all = [...ofOrder, ...(await world.ledgersOfCard(giftCard.id))];
  const gone = ofOrder.reduce((total, { figures }) => total + figures.captured - figures.refunded, 0);
  const owed = all
    .flatMap(({ balances }) => balances)
    .reduce((total, { account, amount }) => total - (account === 'gift_cards' ? amount : 0), 0);
  const left = giftCard.value - onCard;
  return [
    ...(owed === left ? [] : [`${owed} owed for the gift card, not ${left}`]),
    ...(gone === onCard ? [] : [`${gone} of the gift card in the ledger, not ${onCard}`]),
    ...unbalanced(all),
  ];
}

/** `onCard`: what the gift card must have paid, and no more may be gone from it. */
async function giftCardFaults(
  world: World,
  { giftCard, customer }: Play,
  order: Order,
  onCard: number,
): Promise<string[]> {
  if (giftCard === null) return [];
  const { balance } = await api<GiftCardBalance>(world.origin, 'POST /v1/gift-cards/balance', {
    token: customer.accessToken,
    body: { code: giftCard.code },
  });
  const left = giftCard.value - onCard;
  const charged = order.giftCards.map(({ captured }) => captured.amount).join();
  return [
    ...(balance.amount === left ? [] : [`gift card: ${balance.amount} left, not ${left}`]),
    ...(charged === String(onCard) ? [] : [`gift card: ${charged} charged, not ${onCard}`]),
  ];
}

/** How often the order of the combination has changed what its customer owned before. */
async function timesChanged(world: World, { owned, customer }: Play, before: Instance): Promise<number> {
  const path = `GET /v1/instances/${before.id}`;
  const now = await api<Instance>(world.origin, path, { token: customer.accessToken });
  const terms = (Date.parse(now.endsAt ?? '') - Date.parse(before.endsAt ?? '')) / (TERM_DAYS * DAY_MS);
  return terms + (now.variantId === owned?.largerPlan ? 1 : 0);
}

function ledgerFaults(
  items: readonly PaymentLedger[],
  payable: number,
  expected: { captured: number; refunded: number; chargedBack: number } | null,
): string[] {
  const sum = (figure: keyof PaymentLedger['figures']): number =>
    items.reduce((total, { figures }) => total + figures[figure], 0);
  const wanted = expected ?? { captured: 0, refunded: 0, chargedBack: 0 };
  const faults: string[] = [];
  for (const figure of ['captured', 'refunded', 'chargedBack'] as const) {
    const should = Math.round(payable * wanted[figure]);
    if (sum(figure) !== should) faults.push(`ledger: ${figure} ${sum(figure)}, not ${should}`);
  }
  return [...faults, ...unbalanced(items)];
}

/** What is wrong with any ledgers of an order that has ended. */
function unbalanced(items: readonly PaymentLedger[]): string[] {
  const faults: string[] = [];
  const sum = (figure: keyof PaymentLedger['figures']): number =>
    items.reduce((total, { figures }) => total + figures[figure], 0);
  for (const figure of ['open', 'disputed'] as const) {
    if (sum(figure) !== 0) faults.push(`ledger: ${figure} ${sum(figure)} at the end`);
  }
  if (sum('authorised') !== sum('captured') + sum('voided') + sum('open'))
    faults.push('ledger: authorised is not captured + voided + open');
  for (const { check } of items) {
    if (check.state !== 'balanced') faults.push(`ledger: ${check.state} ${JSON.stringify(check.breaches)}`);
  }
  for (const { entries } of items.flatMap(({ transactions }) => transactions)) {
    if (entries.reduce((total, { amount }) => total + amount, 0) !== 0)
      faults.push('ledger: a transaction does not sum to zero');
  }
  return faults;
}
