import type { GiftCardRecipient } from '#shared/contracts/gift-cards.ts';
import { moneyText } from '#shared/money/money.ts';
import type { StepKey } from '../queries/steps.ts';
import { type Connector, keepOutput, ownUndo } from './connector.ts';
import type { OperationInput } from './operations.ts';

/** Names the cards of a step for ever at whoever keeps them. */
const nameOf = ({ instanceId, step }: StepKey): string => `${instanceId}/${step}`;

/**
 * Gift cards of our own. The payments worker owns their money: asked again under the step's name it answers with the same
 * cards and codes. Nobody can spend one before its line is paid for and handed over.
 */
export const issueGiftCards: Connector<'gift-card.issue'> = {
  async execute({ ports, instance, step, input }) {
    const key = { instanceId: instance.id, step: step.name };
    const { quantity, value, validDays } = input;
    if (value.amount < 1)
      return {
        kind: 'refused',
        failure: { code: 'gift_card_worthless', text: 'A gift card needs a value.' },
      };
    const call = { requestId: instance.requestId };
    const issued = await ports.giftCards.issue(call, {
      key: nameOf(key),
      quantity,
      value,
      validDays,
      orderId: instance.orderId,
      customerId: instance.customerId,
      recipient: recipientOf(input),
      byHand: null,
    });
    if (!issued.ok && issued.error === 'key_reused')
      throw new Error('the line asked for other gift cards before');
    if (!issued.ok) return { kind: 'stopped' };
    const { cards } = issued.value;
    const output = { codes: cards.map(({ code }) => code), cardIds: cards.map(({ cardId }) => cardId) };
    await keepOutput(ports, key, output);
    return { kind: 'done' };
  },
  explain: ({ quantity, value, recipientEmail }) =>
    `Makes ${quantity} gift cards of ${moneyText(value)}${recipientEmail === null ? '' : ', and sends them'}.`,
  ...ownUndo((ports, key) => ports.giftCards.withdraw({ requestId: key.instanceId }, { key: nameOf(key) })),
  async clear(ports, key, isOver) {
    if (isOver) await ports.giftCards.withdraw({ requestId: key.instanceId }, { key: nameOf(key) });
  },
  activate: (ports, { key, requestId }) => ports.giftCards.activate({ requestId }, { key: nameOf(key) }),
  async suspend(ports, { key, round }) {
    await ports.giftCards.shut({ requestId: key.instanceId }, { key: nameOf(key), shut: true, round });
    return { kind: 'done' };
  },
  async resume(ports, { key, round }) {
    await ports.giftCards.shut({ requestId: key.instanceId }, { key: nameOf(key), shut: false, round });
    return { kind: 'done' };
  },
};

/** Null: nobody is sent any. A day that is none counts as none stated. */
function recipientOf({
  recipientEmail,
  recipientName,
  senderName,
  message,
  deliverOn,
}: OperationInput<'gift-card.issue'>): GiftCardRecipient | null {
  if (recipientEmail === null || recipientEmail.length < 3) return null;
  const day = Date.parse(`${deliverOn ?? ''}T00:00:00Z`);
  const sendAt = Number.isNaN(day) ? null : Math.max(0, day);
  return { email: recipientEmail, name: recipientName, from: senderName, message, sendAt };
}
