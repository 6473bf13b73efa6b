import type { CardRecord } from '#objects/gift-card/face.ts';
import type { GiftCardEntry, GiftCardEntryKind } from '#shared/contracts/gift-cards.ts';
import { type PaymentError, paymentError } from '#shared/contracts/payments.ts';
import { giftCardPaymentOf } from '#shared/domain/gift-card.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { idSchema } from '#shared/ids/ids.ts';
import {
  type BalanceTransaction,
  type CardMoveFact,
  GIFT_CARD_PROVIDER,
  type PaymentFacts,
} from '../../ledger/facts.ts';
import type { GiftCardPorts } from './ports.ts';

/** What has a ledger of its own: a payment with a card, or the card by itself (`paymentId` null). */
export interface CardLedger {
  cardId: string;
  paymentId: string | null;
}
const cardIdSchema = idSchema('giftCard');

/** Null: this names a payment at the provider. */
export function cardLedgerOf(name: string): CardLedger | null {
  const payment = giftCardPaymentOf(name);
  if (payment !== null) return { cardId: payment.cardId, paymentId: name };
  return cardIdSchema.safeParse(name).success ? { cardId: name, paymentId: null } : null;
}

/** What a card's object has on record, in the words of the ledger. */
export async function cardFacts(
  { card }: Pick<GiftCardPorts, 'card'>,
  { cardId, paymentId }: CardLedger,
): Promise<Result<PaymentFacts, PaymentError>> {
  const record = await card(cardId, (object) => object.record({ requestId: newRequestId() }, { paymentId }));
  if (record === null)
    return fail(paymentError('not_found', 'there is no such gift card, or payment with it'));
  return ok(paymentId === null ? ofCard(cardId, record) : ofPayment(cardId, paymentId, record));
}

/** Nothing is owed for a card before it can be spent: what was taken back until then is none of its moves. */
function ofCard(cardId: string, record: CardRecord): PaymentFacts {
  const { activeAt, soldIn, moves } = record;
  return {
    ...common(record),
    paymentId: cardId,
    orderId: soldIn,
    createdAt: moves[0]?.at ?? record.observedAt,
    received: 0,
    cardMoves:
      activeAt === null
        ? []
        : moves.map((move) => ({
            kind: kindOf(move),
            isSale: soldIn !== null,
            // Issued before it can be spent, owed from then on.
            transaction: movement(cardId, record, { ...move, at: Math.max(move.at, activeAt) }),
          })),
  };
}

/** A payment: what it took lowers what is owed, what it gave back raises it. */
function ofPayment(cardId: string, paymentId: string, record: CardRecord): PaymentFacts {
  const { payment, moves } = record;
  if (payment === null) throw new Error('a gift card told nothing of a payment it knows');
  const { orderId, at, authorised, captured, voided, open } = payment;
  const debited = moves.filter(({ kind }) => kind === 'debited');
  return {
    ...common(record),
    paymentId,
    orderId,
    createdAt: at,
    received: -sumOf(debited),
    charges: [
      {
        chargeId: paymentId,
        at,
        authorised,
        captured,
        voided,
        open,
        transactions: debited.map((move) => movement(cardId, record, move)),
      },
    ],
    refunds: moves
      .filter(({ kind }) => kind === 'credited')
      .map((move) => ({
        refundId: `${cardId}:${move.sequence}`,
        at: move.at,
        amount: move.amount,
        state: 'succeeded',
        transactions: [movement(cardId, record, move)],
      })),
  };
}

const common = ({ currency, observedAt }: CardRecord) => ({
  provider: GIFT_CARD_PROVIDER,
  observedAt,
  currency,
  charges: [],
  refunds: [],
  disputes: [],
});

/** What a card gains is owed: it lowers our balance. */
const movement = (
  cardId: string,
  { currency }: CardRecord,
  { sequence, kind, amount, at }: GiftCardEntry,
): BalanceTransaction => ({
  id: `${cardId}:${sequence}`,
  category: `gift_card_${kind}`,
  at,
  availableAt: at,
  currency,
  amount: -amount,
  fee: 0,
  net: -amount,
  exchangeRate: null,
});

const KINDS = {
  issued: 'card_issued',
  voided: 'card_voided',
  reclaimed: 'card_reclaimed',
  restored: 'card_restored',
  expired: 'card_expired',
  adjusted: 'card_adjusted',
} as const satisfies Partial<Record<GiftCardEntryKind, CardMoveFact['kind']>>;

function kindOf({ kind }: GiftCardEntry): CardMoveFact['kind'] {
  if (kind in KINDS) return KINDS[kind as keyof typeof KINDS];
  throw new Error(`${kind} moves money by a payment, or none`);
}

const sumOf = (moves: readonly GiftCardEntry[]): number => moves.reduce((sum, { amount }) => sum + amount, 0);
