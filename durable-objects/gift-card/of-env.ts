import type { PaymentFactsMessage } from '#shared/contracts/messages.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { log } from '#shared/observability/log.ts';
import { type MailSettings, mailerOf } from '#shared/mail/mail.ts';
import { factsQueueOf, wakeLedger } from '#shared/queues/payment-facts.ts';
import { type GiftCardCodes, giftCardCodes } from './codes.ts';
import { giftCardDirectory } from './directory.ts';
import type { CardPorts } from './engine.ts';
import { giftCardMail } from './mail.ts';

export interface GiftCardEnv extends MailSettings {
  PAYMENTS_DB: D1Database;
  PAYMENT_FACTS: Queue<PaymentFactsMessage>;
  /** Base64 of 32 bytes, or several. */
  GIFT_CARD_KEY: string;
  PUBLIC_ORIGIN: string;
}

let codes: { secret: string; made: GiftCardCodes } | null = null;
/** Derived once an isolate. */
export function codesOf({ GIFT_CARD_KEY: secret }: Pick<GiftCardEnv, 'GIFT_CARD_KEY'>): GiftCardCodes {
  if (codes?.secret !== secret) codes = { secret, made: giftCardCodes(secret) };
  return codes.made;
}

export const cardPorts = (env: GiftCardEnv): CardPorts => ({
  async tell(card) {
    await giftCardDirectory(env.PAYMENTS_DB).told(card, Date.now());
    const { cardId } = card.view;
    try {
      const ports = { factsQueue: factsQueueOf(env.PAYMENT_FACTS) };
      await wakeLedger(ports, [cardId, ...card.paymentIds], newRequestId());
    } catch (error) {
      // The promise stands beside the news: the cron finds it.
      log.warn('the ledger could not be told of a gift card', { cardId, error });
    }
  },
  async send({ cardId, codeKey, value, currency, recipient, expiresAt }) {
    const code = codesOf(env).codeOf(cardId, codeKey);
    const card = { cardId, code, value: { amount: value, currency }, expiresAt };
    const outcome = await mailerOf(env).send(giftCardMail(card, recipient, env.PUBLIC_ORIGIN));
    // Its buyer has the code, so nothing is lost by an address that takes no mail.
    if (outcome.state === 'refused')
      log.warn('a gift card could not be sent', { cardId, reason: outcome.reason });
  },
});
