import type { Stripe } from 'stripe';

/** What the hosted pages show of a payment, or of a method to be saved. `amount` counts minor units of `currency`. */
export interface PaymentView {
  id: string;
  clientSecret: string;
  /** Null: nothing is paid, a method is saved. */
  money: { amount: number; currency: string } | null;
  status: string;
  /** Types of method to choose from. */
  types: string[];
  orderNumber: string | null;
  lastError: string | null;
  challengeUrl: string | null;
  /** Where the customer tells what small deposits came. */
  verifyUrl: string | null;
  transfer: TransferView | null;
}
export interface TransferView {
  remaining: number;
  reference: string;
  /** What to write into which field of the transfer. */
  fields: Record<string, string>;
}

export function viewOf(intent: Stripe.PaymentIntent | Stripe.SetupIntent): PaymentView {
  const { next_action: next } = intent;
  const sdk: unknown = next?.use_stripe_sdk?.['stripe_js'];
  const seen = {
    id: intent.id,
    clientSecret: intent.client_secret ?? '',
    status: intent.status,
    types: intent.payment_method_types,
    verifyUrl: next?.verify_with_microdeposits?.hosted_verification_url ?? null,
    challengeUrl: next?.redirect_to_url?.url ?? (typeof sdk === 'string' ? sdk : null),
  };
  if (intent.object === 'setup_intent') {
    const lastError = intent.last_setup_error?.message ?? null;
    return { ...seen, money: null, orderNumber: null, lastError, transfer: null };
  }
  return {
    ...seen,
    money: { amount: intent.amount, currency: intent.currency.toUpperCase() },
    orderNumber: intent.metadata['order_number'] ?? null,
    lastError: intent.last_payment_error?.message ?? null,
    transfer: transferOf(intent.next_action?.display_bank_transfer_instructions),
  };
}

function transferOf(
  instructions: Stripe.PaymentIntent.NextAction.DisplayBankTransferInstructions | undefined,
): TransferView | null {
  const address = instructions?.financial_addresses?.[0];
  if (instructions === undefined || address === undefined) return null;
  const { iban, aba, sort_code: british } = address;
  const fields: Record<string, string | undefined> = {
    'Account holder': iban?.account_holder_name ?? aba?.account_holder_name ?? british?.account_holder_name,
    IBAN: iban?.iban,
    BIC: iban?.bic,
    'Routing number': aba?.routing_number,
    'Sort code': british?.sort_code,
    'Account number': aba?.account_number ?? british?.account_number,
  };
  return {
    remaining: instructions.amount_remaining ?? 0,
    reference: instructions.reference ?? '',
    fields: Object.fromEntries(
      Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
    ),
  };
}
