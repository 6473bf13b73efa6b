import type { Stripe } from 'stripe';
import { countrySchema } from '#shared/domain/address.ts';
import type {
  AccountVerification,
  PaymentDispute,
  PaymentInstrument,
  PaymentRisk,
  TransferInstructions,
} from '#shared/contracts/payments.ts';
import { SECOND_MS } from '#shared/time/time.ts';

/** Metadata of a payment whose card's issuer has warned of fraud: the warning's id. Kept, so that it is looked up once. */
export const EARLY_WARNING = 'early_warning';

type Details = Stripe.Charge.PaymentMethodDetails;

/** What it was paid with. Null while nothing was. */
export function toInstrument(charge: Stripe.Charge | null): PaymentInstrument | null {
  const details = charge?.payment_method_details ?? null;
  if (details === null) return null;
  const { card } = details;
  if (card !== undefined) {
    return {
      brand: card.brand,
      last4: last4Of(card.last4),
      wallet: card.wallet?.type ?? null,
      country: countryOf(card.country),
      fingerprint: card.fingerprint ?? null,
    };
  }
  const bank = details.sepa_debit ?? details.us_bank_account ?? details.bacs_debit ?? null;
  if (bank !== null) {
    return {
      brand: null,
      last4: last4Of(bank.last4),
      wallet: null,
      country: 'country' in bank ? countryOf(bank.country) : bankCountry(details),
      fingerprint: bank.fingerprint ?? null,
    };
  }
  const country =
    details.paypal?.country ?? details.link?.country ?? details.klarna?.payer_details?.address?.country;
  return {
    brand: null,
    last4: null,
    wallet: details.type === 'link' ? 'link' : null,
    country: countryOf(country),
    fingerprint: details.paypal?.payer_id ?? null,
  };
}

const bankCountry = (details: Details): string | null => {
  if (details.us_bank_account !== undefined) return 'US';
  return details.bacs_debit === undefined ? null : 'GB';
};
const countryOf = (country: string | null | undefined): string | null =>
  countrySchema.safeParse(country).data ?? null;
const last4Of = (last4: string | null | undefined): string | null =>
  last4 !== null && last4 !== undefined && /^\w{1,4}$/.test(last4) ? last4 : null;

const LEVELS = new Set(['normal', 'elevated', 'highest'] as const);
const isLevel = (level: string): level is 'normal' | 'elevated' | 'highest' =>
  (LEVELS as ReadonlySet<string>).has(level);
const APPROVED: ReadonlySet<string> = new Set(['approved', 'acknowledged']);
const REFUSED: ReadonlySet<string> = new Set(['refunded', 'refunded_as_fraud', 'disputed']);
const AUTHENTICATED: ReadonlySet<string> = new Set(['authenticated', 'attempt_acknowledged']);

/** What the provider thinks of a payment: Radar's outcome, its review, the issuer's checks (https://docs.stripe.com/radar). */
export function toRisk(intent: Stripe.PaymentIntent, charge: Stripe.Charge | null): PaymentRisk {
  const outcome = charge?.outcome ?? null;
  const level = outcome?.risk_level ?? 'unknown';
  const card = charge?.payment_method_details?.card ?? null;
  return {
    level: isLevel(level) ? level : 'unknown',
    score: outcome?.risk_score ?? null,
    review: reviewOf(charge?.review ?? intent.review ?? null),
    earlyWarning: EARLY_WARNING in intent.metadata,
    authenticated: AUTHENTICATED.has(card?.three_d_secure?.result ?? ''),
    postalCodeCheck: checkOf(card?.checks?.address_postal_code_check),
    cvcCheck: checkOf(card?.checks?.cvc_check),
  };
}

function reviewOf(review: string | Stripe.Review | null): PaymentRisk['review'] {
  if (review === null) return 'none';
  if (typeof review === 'string' || review.open) return 'open';
  const reason = review.closed_reason ?? review.reason;
  if (APPROVED.has(reason)) return 'approved';
  return REFUSED.has(reason) ? 'refused' : 'none';
}

const checkOf = (check: string | null | undefined): 'pass' | 'fail' | 'unchecked' =>
  check === 'pass' || check === 'fail' ? check : 'unchecked';

/**
 * A state a later version of the API brings counts as undecided. What was prevented from becoming a chargeback is lost all the
 * same where the customer got his money for it (`resolution`), and won where he did not (`block`): the movements of our
 * balance tell (https://docs.stripe.com/changelog/basil/2025-08-27/add-preventions-to-dispute).
 */
export const disputeState = ({
  status,
  balance_transactions: movements,
}: Pick<Stripe.Dispute, 'status' | 'balance_transactions'>): PaymentDispute['state'] =>
  status === 'prevented' && movements.reduce((sum, { amount }) => sum + amount, 0) < 0
    ? 'lost'
    : (DISPUTE_STATES[status] ?? 'open');

const DISPUTE_STATES: Partial<Record<string, PaymentDispute['state']>> = {
  warning_needs_response: 'warning',
  warning_under_review: 'warning',
  // An inquiry that went no further: no money was taken.
  warning_closed: 'won',
  needs_response: 'open',
  under_review: 'open',
  appeal_needs_response: 'open',
  appeal_under_review: 'open',
  prevented: 'won',
  won: 'won',
  lost: 'lost',
} satisfies Partial<Record<Stripe.Dispute.Status, PaymentDispute['state']>>;

/** Of a lost dispute that is not the end of it (https://docs.stripe.com/api/disputes/object#dispute_object-status). */
const isAppeal = (status: string): boolean => status.startsWith('appeal_');

const AWAITS_EVIDENCE: ReadonlySet<string> = new Set([
  'warning_needs_response',
  'needs_response',
  'appeal_needs_response',
] satisfies Stripe.Dispute.Status[]);

/** Epoch milliseconds; null once evidence was handed in, and where the bank takes none (the API then says 0). */
export function evidenceDueBy({ status, evidence_details: details }: Stripe.Dispute): number | null {
  const seconds = details.due_by ?? 0;
  return AWAITS_EVIDENCE.has(status) && seconds > 0 ? seconds * SECOND_MS : null;
}

/**
 * Of a payment in `currency`, of which `left` was collected and not refunded. A dispute may be in another currency, the
 * card's: we convert nothing, so that it counts as one of all that the disputes in the payment's own currency leave.
 */
export function toDisputes(
  disputes: readonly Stripe.Dispute[],
  { currency, left }: { currency: string; left: number },
): PaymentDispute[] {
  let rest = disputes
    .filter((dispute) => dispute.currency === currency && TAKEN.has(disputeState(dispute)))
    .reduce((sum, { amount }) => sum - amount, left);
  return disputes
    .toSorted((first, second) => first.created - second.created)
    .map((dispute) => {
      const state = disputeState(dispute);
      const told = {
        disputeId: dispute.id,
        state,
        reason: dispute.reason,
        openedAt: dispute.created * SECOND_MS,
        dueBy: evidenceDueBy(dispute),
        ...(isAppeal(dispute.status) && { appealed: true as const }),
      };
      if (dispute.currency === currency) return { ...told, amount: dispute.amount };
      const amount = Math.max(0, rest);
      if (TAKEN.has(state)) rest = 0;
      return {
        ...told,
        amount,
        stated: { amount: dispute.amount, currency: dispute.currency.toUpperCase() },
      };
    });
}
const TAKEN: ReadonlySet<PaymentDispute['state']> = new Set<PaymentDispute['state']>(['open', 'lost']);

/** Where a bank transfer goes to, while the provider waits for one (https://docs.stripe.com/payments/bank-transfers). */
export function toInstructions(intent: Stripe.PaymentIntent): TransferInstructions | null {
  const shown = intent.next_action?.display_bank_transfer_instructions;
  if (intent.status !== 'requires_action' || shown === undefined) return null;
  return {
    amountRemaining: shown.amount_remaining ?? intent.amount,
    reference: shown.reference ?? '',
    accounts: (shown.financial_addresses ?? []).flatMap(toAccount),
    url: shown.hosted_instructions_url,
  };
}

/**
 * An account that was typed is debited once small deposits have verified it, of a payment or of a method to be kept
 * (https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#verify-bank-account-with-microdeposits).
 */
export function toVerification(
  intent: Pick<Stripe.PaymentIntent | Stripe.SetupIntent, 'status' | 'next_action' | 'payment_method'>,
): AccountVerification | null {
  const asked = intent.next_action?.verify_with_microdeposits;
  if (intent.status !== 'requires_action' || asked === undefined) return null;
  return {
    kind: asked.microdeposit_type === 'amounts' ? 'deposit_amounts' : 'deposit_code',
    arrivesAt: asked.arrival_date * SECOND_MS,
    url: asked.hosted_verification_url,
    account:
      typeof intent.payment_method === 'string' ? intent.payment_method : (intent.payment_method?.id ?? null),
  };
}

type Account = TransferInstructions['accounts'][number];
type Address = Stripe.PaymentIntent.NextAction.DisplayBankTransferInstructions.FinancialAddress;
const NO_ACCOUNT: Account = {
  holder: null,
  bank: null,
  country: null,
  iban: null,
  bic: null,
  accountNumber: null,
  routingNumber: null,
};

function toAccount({ iban, sort_code: sort, aba, swift, spei, zengin }: Address): Account[] {
  if (iban !== undefined) {
    const { account_holder_name: holder, bic, country } = iban;
    return [{ ...NO_ACCOUNT, holder, country, iban: iban.iban, bic }];
  }
  if (sort !== undefined) {
    const { account_holder_name: holder, account_number: accountNumber, sort_code: routingNumber } = sort;
    return [{ ...NO_ACCOUNT, holder, country: 'GB', accountNumber, routingNumber }];
  }
  if (aba !== undefined) {
    const { account_holder_name: holder, bank_name: bank, account_number: accountNumber } = aba;
    return [{ ...NO_ACCOUNT, holder, bank, country: 'US', accountNumber, routingNumber: aba.routing_number }];
  }
  if (swift !== undefined) {
    const { account_holder_name: holder, bank_name: bank, account_number: accountNumber } = swift;
    return [{ ...NO_ACCOUNT, holder, bank, bic: swift.swift_code, accountNumber }];
  }
  if (spei !== undefined) {
    const { account_holder_name: holder, bank_name: bank, clabe: accountNumber } = spei;
    return [{ ...NO_ACCOUNT, holder, bank, country: 'MX', accountNumber, routingNumber: spei.bank_code }];
  }
  if (zengin !== undefined) {
    const { account_holder_name: holder, bank_name: bank, account_number: accountNumber } = zengin;
    const routingNumber = [zengin.bank_code, zengin.branch_code].filter((code) => code !== null).join('-');
    return [{ ...NO_ACCOUNT, holder, bank, country: 'JP', accountNumber, routingNumber }];
  }
  return [];
}
