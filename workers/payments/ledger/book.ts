import { unbalancedCurrency, type Account, type Entry, type LedgerTransaction } from './accounts.ts';
import {
  type BalanceTransaction,
  type CardMoveFact,
  type ChargeFact,
  type DisputeFact,
  GIFT_CARD_PROVIDER,
  type PaymentFacts,
  type RefundFact,
} from './facts.ts';

/**
 * The transactions that are missing for the ledger to say what the provider says. Pure; asked again with what it booked,
 * it books nothing. What can grow in steps (a hold captured in parts) is booked by the difference to what is booked
 * already, all else by the provider's own id.
 */
export function missingTransactions(
  facts: PaymentFacts,
  booked: readonly LedgerTransaction[],
): LedgerTransaction[] {
  const keys = new Set(booked.map(({ key }) => key));
  const wanted = [
    ...facts.charges.flatMap((charge) => ofCharge(facts, charge, booked)),
    ...facts.refunds.flatMap((refund) => ofRefund(facts, refund)),
    ...facts.disputes.flatMap((dispute) => ofDispute(dispute, booked)),
    ...(facts.cardMoves ?? []).map((move) => ofCardMove(facts, move)),
  ].filter(({ key, entries }) => !keys.has(key) && entries.length > 0);
  for (const { key, entries } of wanted) {
    const currency = unbalancedCurrency(entries);
    if (currency !== null) throw new Error(`transaction ${key} does not sum to zero in ${currency}`);
  }
  return wanted;
}

function ofCharge(
  facts: PaymentFacts,
  charge: ChargeFact,
  booked: readonly LedgerTransaction[],
): LedgerTransaction[] {
  const { currency } = facts;
  const { chargeId: source, at } = charge;
  /** From `account` to `contra`, as much as the figure has risen above what is booked. */
  const risen = (kind: 'authorised' | 'captured' | 'voided' | 'exchanged', target: number, legs: Leg[]) => {
    const rise = target - levelOf(booked, kind, source);
    return rise > 0
      ? [{ key: `${source}:${kind}:${target}`, kind, source, at, entries: pairs(legs, currency, rise) }]
      : [];
  };
  const capturedAt = Math.min(...charge.transactions.map((each) => each.at), Infinity);
  const captured = risen('captured', charge.captured, [
    ['hold_contra', 'hold'],
    ['clearing', 'sales'],
  ]).map((each) => ({ ...each, at: Number.isFinite(capturedAt) ? Math.max(at, capturedAt) : at }));
  const isExchanged = charge.transactions.some((each) => each.currency !== currency);
  return [
    ...risen('authorised', charge.authorised, [['hold', 'hold_contra']]),
    ...captured,
    ...risen('voided', charge.voided, [['hold_contra', 'hold']]),
    ...risen('exchanged', isExchanged ? charge.captured : 0, [['exchange', 'clearing']]),
    ...charge.transactions.map((transaction) => ({
      key: transaction.id,
      kind: 'charge_settled' as const,
      source,
      at: transaction.at,
      entries: settled(transaction, {
        balance: balanceAccountOf(facts),
        fee: 'fees',
        contra: transaction.currency === currency ? 'clearing' : 'exchange',
      }),
    })),
  ];
}

function ofRefund(facts: PaymentFacts, refund: RefundFact): LedgerTransaction[] {
  const { currency } = facts;
  const { refundId: source, at, amount, state } = refund;
  const made = {
    key: `${source}:made`,
    kind: 'refund_made' as const,
    source,
    at,
    entries: pairs([['refunds', 'clearing']], currency, amount),
  };
  const failed = {
    key: `${source}:failed`,
    kind: 'refund_failed' as const,
    source,
    at,
    entries: pairs([['clearing', 'refunds']], currency, amount),
  };
  return [
    made,
    ...(state === 'failed' ? [failed] : []),
    ...refund.transactions.map((transaction) => ({
      key: transaction.id,
      kind: 'refund_settled' as const,
      source,
      at: transaction.at,
      entries: moved(transaction, {
        currency,
        amount,
        account: 'clearing',
        feeAccount: 'fees',
        balance: balanceAccountOf(facts),
      }),
    })),
  ];
}

/** In its own currency, which may be another than the payment's. */
function ofDispute(dispute: DisputeFact, booked: readonly LedgerTransaction[]): LedgerTransaction[] {
  const { disputeId: source, at, currency, amount, state } = dispute;
  const before = booked.filter((each) => each.kind === 'dispute_lost' && each.source === source);
  const lost =
    (state === 'lost' && dispute.transactions.length > 0 ? amount : 0) - sumOf(before, 'chargebacks');
  return [
    ...dispute.transactions.map((transaction) => ({
      key: transaction.id,
      kind: 'dispute_settled' as const,
      source,
      at: transaction.at,
      entries: moved(transaction, {
        currency,
        amount,
        account: 'disputes',
        feeAccount: 'dispute_fees',
        balance: 'provider_balance',
      }),
    })),
    {
      key: `${source}:lost:${before.length + 1}`,
      kind: 'dispute_lost' as const,
      source,
      at,
      entries: pairs([['chargebacks', 'disputes']], currency, lost),
    },
  ];
}

/** A card that is sold is no revenue: what was paid for it passes from `sales` to what is owed, and back when it is taken back. */
function ofCardMove(facts: PaymentFacts, { kind, isSale, transaction }: CardMoveFact): LedgerTransaction {
  const staff: Account = 'gift_card_adjustments';
  const contras: Record<CardMoveFact['kind'], Account> = {
    card_issued: isSale ? 'sales' : staff,
    card_voided: isSale ? 'sales' : staff,
    card_reclaimed: isSale ? 'sales' : staff,
    card_restored: isSale ? 'sales' : staff,
    card_adjusted: staff,
    card_expired: 'gift_card_expiry',
  };
  return {
    key: transaction.id,
    kind,
    source: facts.paymentId,
    at: transaction.at,
    entries: settled(transaction, {
      balance: balanceAccountOf(facts),
      fee: 'fees',
      contra: contras[kind],
    }),
  };
}

/** Where what a payment brings ends up. */
const balanceAccountOf = ({ provider }: PaymentFacts): Account =>
  provider === GIFT_CARD_PROVIDER ? 'gift_cards' : 'provider_balance';

type Leg = readonly [debit: Account, credit: Account];

const pairs = (legs: readonly Leg[], currency: string, amount: number): Entry[] =>
  legs.flatMap(([debit, credit]) =>
    nonZero([
      { account: debit, currency, amount },
      { account: credit, currency, amount: -amount },
    ]),
  );

/** A movement of our balance: what came in net, what it cost, and `contra` for the gross amount. */
const settled = (
  transaction: BalanceTransaction,
  { balance, fee, contra }: { balance: Account; fee: Account; contra: Account },
): Entry[] =>
  nonZero([
    { account: balance, currency: transaction.currency, amount: transaction.net },
    { account: fee, currency: transaction.currency, amount: transaction.amount - transaction.net },
    { account: contra, currency: transaction.currency, amount: -transaction.amount },
  ]);

/** The same for money that goes back or returns, whose amount in the customer's currency is known: by way of `exchange` where they differ. */
function moved(
  transaction: BalanceTransaction,
  of: { currency: string; amount: number; account: Account; feeAccount: Account; balance: Account },
): Entry[] {
  const { balance, feeAccount: fee } = of;
  if (transaction.currency === of.currency) return settled(transaction, { balance, fee, contra: of.account });
  const amount = -Math.sign(transaction.amount) * of.amount;
  return [
    ...pairs([[of.account, 'exchange']], of.currency, amount),
    ...settled(transaction, { balance, fee, contra: 'exchange' }),
  ];
}

const nonZero = (entries: Entry[]): Entry[] => entries.filter(({ amount }) => amount !== 0);

/** How much of a figure is booked: by the sum of its first entries, which are the debits. */
export const levelOf = (
  booked: readonly LedgerTransaction[],
  kind: LedgerTransaction['kind'],
  source: string,
): number =>
  booked
    .filter((each) => each.kind === kind && each.source === source)
    .reduce((sum, { entries }) => sum + (entries[0]?.amount ?? 0), 0);

const sumOf = (booked: readonly LedgerTransaction[], account: Account): number =>
  booked
    .flatMap(({ entries }) => entries)
    .reduce((sum, entry) => sum + (entry.account === account ? entry.amount : 0), 0);
