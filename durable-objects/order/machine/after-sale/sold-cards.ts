import { GIFT_CARDS_PER_REFUND_MAX, type SoldGiftCard } from '#shared/contracts/gift-cards.ts';
import type { Line, OrderDocument, Refund } from '../document.ts';
import type { OrderEvent } from '../events.ts';
import type { Intent } from '../intents.ts';
import { intentAs } from '../keys.ts';
import { note, type Note } from '../notes.ts';
import { REPLACED, type SettledPart } from './records.ts';

/*
 * Refunds of gift cards that were sold: what goes back for a line is at most what is left on its cards, and is taken off them
 * before it goes. Amounts are minor units.
 */

/** What a refund takes off the cards it gives back the price of. */
export interface CardTakes {
  /** `asked`: nothing goes back before the cards have answered. `spent`: they had less by then. */
  state: 'asked' | 'taken' | 'spent' | 'given_back';
  takes: { cardId: string; amount: number }[];
  /** How often it was given back and is taken again. */
  round: number;
}

export const isGiftCard = (line: Line): boolean => line.fulfilment.template === 'gift-card';

/** Undoing the whole order would give back what was spent: once it is complete it is refunded instead. */
export const isCardHandedOver = ({ state, lines }: OrderDocument): boolean =>
  state === 'completed' &&
  lines.some((line) => isGiftCard(line) && line.state === 'delivered' && line.revoked !== 'done');

/** What the line's cards are worth in all, which a promotion may have made more than what was paid for them. */
const worthOf = (line: Line): number =>
  line.fulfilment.template === 'gift-card'
    ? (line.fulfilment.value?.amount ?? line.price.total / line.quantity) * line.quantity
    : 0;

/** Of the line's price, at most so much goes back while so much is left on its cards; null: its cards do not matter. */
export function roomOf(
  document: OrderDocument,
  line: Line,
  cards: readonly SoldGiftCard[] | null,
): number | null {
  if (cards === null || !isGiftCard(line)) return null;
  const left = balancesOf(document, cards)
    .filter(({ instanceId }) => instanceId === line.instanceId)
    .reduce((sum, { balance }) => sum + balance, 0);
  return Math.min(line.price.total, Math.floor((left * line.price.total) / Math.max(1, worthOf(line))));
}

/** Without what refunds are about to take. */
function balancesOf(document: OrderDocument, cards: readonly SoldGiftCard[]): SoldGiftCard[] {
  const asked = document.refunds.flatMap(({ cards: of }) => (of?.state === 'asked' ? of.takes : []));
  return cards.map((card) => {
    const taking = asked.filter(({ cardId }) => cardId === card.cardId);
    return {
      ...card,
      balance: Math.max(0, card.balance - taking.reduce((sum, { amount }) => sum + amount, 0)),
    };
  });
}

/** What a refund of these parts takes off which cards: the fullest first, so that units that are whole go back whole. */
export function takesFor(
  document: OrderDocument,
  parts: readonly SettledPart[],
  cards: readonly SoldGiftCard[] | null,
): CardTakes | null {
  if (cards === null) return null;
  const balances = balancesOf(document, cards).sort(
    (a, b) => b.balance - a.balance || (a.cardId < b.cardId ? -1 : 1),
  );
  const takes = parts.flatMap((part) => {
    const line = document.lines.find(({ id }) => id === part.lineId);
    if (line === undefined || !isGiftCard(line)) return [];
    let rest = Math.floor((part.amount * worthOf(line)) / Math.max(1, line.price.total));
    return balances
      .filter(({ instanceId }) => instanceId === line.instanceId)
      .flatMap((card) => {
        const amount = Math.min(rest, card.balance);
        rest -= amount;
        return amount > 0 ? [{ cardId: card.cardId, amount }] : [];
      });
  });
  return takes.length === 0 ? null : { state: 'asked', takes, round: 0 };
}

export const isTooManyCards = (takes: CardTakes | null): boolean =>
  (takes?.takes.length ?? 0) > GIFT_CARDS_PER_REFUND_MAX;

/** Its money waits until the cards have answered. */
export const awaitsCards = ({ cards }: Refund): boolean => cards?.state === 'asked';

/** Nothing of a refund is taken back before its cards have answered: nothing would be left on them, and it may be given up. */
export const isLineAwaited = (document: OrderDocument, lineId: string): boolean =>
  document.refunds.some(
    (refund) => refund.state !== 'failed' && awaitsCards(refund) && refund.lineIds.includes(lineId),
  );

export interface CardStep {
  step: 'cards.take' | 'cards.give_back';
  refundId: string;
  round: number;
}

/** What refunds ask of the cards, whatever becomes of them: taken before the money goes, given back when it does not. */
export function cardIntents(draft: OrderDocument): Intent[] {
  return draft.refunds.flatMap((refund): Intent[] => {
    const { cards, state } = refund;
    if (cards === undefined) return [];
    if (state === 'failed' && cards.state === 'taken') {
      cards.state = 'given_back';
      return [cardIntent('cards.give_back', refund.id, cards.round)];
    }
    if (state === 'settled_by_hand' && cards.state === 'given_back') {
      // The customer has the money after all.
      cards.state = 'asked';
      cards.round += 1;
    }
    return cards.state === 'asked' && state !== 'failed'
      ? [cardIntent('cards.take', refund.id, cards.round)]
      : [];
  });
}

const cardIntent = (step: CardStep['step'], refundId: string, round: number): Intent =>
  intentAs(`${step}:${takeName(refundId, round)}`, 'cards', { step, refundId, round });

/** Under which name a refund takes something off cards. */
export const takeName = (refundId: string, round: number): string =>
  round === 0 ? refundId : `${refundId}#${round}`;

/** What the cards answered. Of one whose cards were spent meanwhile nothing goes back, and nothing of it is taken back. */
export function cardsTold(
  draft: OrderDocument,
  event: Extract<OrderEvent, { type: 'cards.taken' | 'cards.spent' }>,
): Note[] {
  const refund = draft.refunds.find(({ id }) => id === event.refundId);
  const { cards } = refund ?? {};
  if (refund === undefined || cards?.state !== 'asked' || cards.round !== event.round) return [];
  if (event.type === 'cards.taken') {
    cards.state = 'taken';
    return [];
  }
  cards.state = 'spent';
  if (refund.state !== 'asked') return [];
  // The provider never knew of it (`isTold`): there is no time when it told.
  Object.assign(refund, { state: 'failed', renewedAs: REPLACED });
  for (const line of draft.lines)
    if (line.revoked === 'asked' && refund.lineIds.includes(line.id)) line.revoked = 'no';
  return [note('refund.given_up', 'A refund was given up: its gift cards were spent meanwhile')];
}
