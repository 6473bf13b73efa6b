import type { GiftCardRecipient } from '#shared/contracts/gift-cards.ts';
import type { Mail } from '#shared/mail/mail.ts';
import { type Money, moneyText } from '#shared/money/money.ts';
import { rfc3339 } from '#shared/time/time.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
/** One line: what a customer wrote must not begin another. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** The mail a card is sent with. Pure; the same card gives the same mail. */
export function giftCardMail(
  card: { cardId: string; code: string; value: Money; expiresAt: number | null },
  recipient: GiftCardRecipient,
  publicOrigin: string,
): Mail {
  const { name, from, message, email } = recipient;
  const worth = moneyText(card.value);
  const greeting = name === null ? 'Hello,' : `Hello ${oneLine(name)},`;
  const giver = from === null ? 'You have been given' : `${oneLine(from)} has given you`;
  const until =
    card.expiresAt === null ? [] : [`It can be spent until ${rfc3339(card.expiresAt).slice(0, 10)} (UTC).`];
  const words = [
    greeting,
    `${giver} a gift card of ${worth}.`,
    ...(message === null || message.trim() === '' ? [] : [`“${message.trim()}”`]),
    `Its code: ${card.code}`,
    `It is good for ${publicOrigin}. Whoever has the code can spend the card: keep it to yourself.`,
    ...until,
  ];
  return {
    to: email,
    subject: `A gift card of ${worth} for you`,
    text: words.join('\n\n'),
    html: words.map((each) => `<p>${escaped(each).replaceAll('\n', '<br>')}</p>`).join('\n'),
    idempotencyKey: `${card.cardId}:sent`,
  };
}
