import type { ListedCard } from '#objects/gift-card/directory.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { EraseStep, ExportPage } from '#shared/contracts/privacy.ts';
import { counted, cut, type Section } from '#shared/privacy/sections.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { GiftCardPorts } from '../usecases/gift-cards/ports.ts';

type CardPorts = Pick<GiftCardPorts, 'directory' | 'card'>;

/** Each card is asked itself: so many in parallel. */
const PAGE = 20;
const NAME = 'gift_cards';

/** Cards a person bought, and to whom they are still to be sent. Never their codes: whoever has one has the money. */
export const giftCardsExported = (
  ports: CardPorts,
  call: CallContext,
  customerId: string,
): Section<Pick<ExportPage, 'items'>> => ({
  name: NAME,
  async page(after) {
    const { rows, next } = await bought(ports, customerId, after);
    const items = await Promise.all(
      rows.map(async (row) => ({ section: NAME, data: await shown(ports, call, row) })),
    );
    return { items, next };
  },
});

/** To whom the cards are sent is forgotten. The cards stay with their money: they are whose who has their codes. */
export const giftCardsErased = (
  { directory, card }: CardPorts,
  call: CallContext,
  customerId: string,
): Section<Pick<EraseStep, 'erased' | 'kept'>> => ({
  name: NAME,
  async page(after) {
    const { rows, next } = await bought({ directory }, customerId, after);
    const ids = rows.map(({ id }) => id);
    const forgotten = await Promise.all(ids.map((id) => card(id, (object) => object.forgetRecipient(call))));
    const wishes = ids.length === 0 ? 0 : await directory.forgetWishes(ids);
    return {
      erased: counted({ GiftCard: forgotten.filter(Boolean).length, gift_card_issues: wishes }),
      kept: after === null && ids.length > 0 ? [{ section: NAME, because: 'tax_law' }] : [],
      next,
    };
  },
});

async function bought({ directory }: Pick<CardPorts, 'directory'>, customerId: string, after: string | null) {
  return cut(await directory.boughtBy(customerId, after ?? '', PAGE + 1), PAGE, ({ id }) => id);
}

async function shown({ card }: CardPorts, call: CallContext, listed: ListedCard): Promise<unknown> {
  const { id, orderId, value, currency, createdAt } = listed;
  const known = await card(id, (object) => object.disclose(call));
  const { state, balance, held, expiresAt } = known === null ? listed : amountsOf(known.view);
  const recipient = known?.recipient ?? null;
  return {
    id,
    orderId,
    state,
    currency,
    amount: value,
    balance,
    held,
    createdAt: rfc3339(createdAt),
    expiresAt: dateOf(expiresAt),
    recipient: recipient === null ? null : { ...recipient, sendAt: dateOf(recipient.sendAt) },
  };
}

const amountsOf = <View extends { balance: { amount: number } }>(view: View) => ({
  ...view,
  balance: view.balance.amount,
});
const dateOf = (at: number | null): string | null => (at === null ? null : rfc3339(at));
