import type { CallContext } from '#shared/contracts/call.ts';
import type { SoldGiftCard, TakeBackGiftCards } from '#shared/contracts/gift-cards.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { GiftCardPorts } from './ports.ts';

/** The cards that lines of an order brought. Who asks for cards names them `<instance>/<step>`. */
export async function cardsSoldIn(
  { directory }: Pick<GiftCardPorts, 'directory'>,
  orderId: string,
): Promise<SoldGiftCard[]> {
  const sold = await directory.soldIn(orderId);
  return sold.map(({ id: cardId, issueKey, balance }) => ({
    cardId,
    instanceId: issueKey.split('/')[0] ?? '',
    balance,
  }));
}

/**
 * Takes all that is named off the cards, or nothing. Each card's answer stands, so that a repeat, also after a crash half-way,
 * ends as the first would have: what one card refuses the others have again, and never lose under this key afterwards.
 */
export async function takeBack(
  ports: Pick<GiftCardPorts, 'card'>,
  call: CallContext,
  wish: TakeBackGiftCards,
): Promise<Result<null, 'spent'>> {
  const taken = await onEach(ports, wish, (card, take) => card.takeBack(call, take));
  if (!taken.includes(false)) return ok(null);
  await giveBack(ports, call, wish);
  return fail('spent');
}

export async function giveBack(
  ports: Pick<GiftCardPorts, 'card'>,
  call: CallContext,
  wish: TakeBackGiftCards,
): Promise<void> {
  await onEach(ports, wish, (card, take) => card.giveBack(call, take));
}

type Card = Parameters<Parameters<GiftCardPorts['card']>[1]>[0];

const onEach = <Value>(
  { card }: Pick<GiftCardPorts, 'card'>,
  { orderId, key, takes }: TakeBackGiftCards,
  act: (card: Card, take: { cardId: string; key: string; orderId: string; amount: number }) => Promise<Value>,
): Promise<Value[]> =>
  Promise.all(
    takes.map(({ cardId, amount }) =>
      card(cardId, (object) => act(object, { cardId, key, orderId, amount })),
    ),
  );
