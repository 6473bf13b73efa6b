import { createHash } from 'node:crypto';
import type { Stripe } from 'stripe';
import type { OperationContext } from '../operations/context.ts';

type Instructions = Stripe.PaymentIntent.NextAction.DisplayBankTransferInstructions;
type Address = NonNullable<Instructions['financial_addresses']>[number];

const HOLDER = 'Tradepost Sandbox';
const WHERE = {
  city: 'Berlin',
  country: 'DE',
  line1: 'Musterstrasse 1',
  line2: null,
  postal_code: '10115',
  state: null,
};
const AMERICA = { ...WHERE, city: 'San Francisco', country: 'US', postal_code: '94103', state: 'CA' };

/** Digits that belong to a text: every customer has an account of his own to pay into. */
function digitsOf(text: string, length: number): string {
  const bytes = createHash('sha256').update(text).digest();
  return [...bytes]
    .map((byte) => String(byte % 10))
    .join('')
    .slice(0, length);
}

/** ISO 13616: check digits so that the whole is 1 modulo 97; letters count from A = 10. */
function iban(country: string, account: string): string {
  const numeric = `${account}${country}00`.replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  const check = 98n - (BigInt(numeric) % 97n);
  return `${country}${String(check).padStart(2, '0')}${account}`;
}

const european = (customer: string): Address => ({
  type: 'iban',
  iban: {
    account_holder_address: WHERE,
    account_holder_name: HOLDER,
    bank_address: WHERE,
    bic: 'SANDDEFFXXX',
    country: 'DE',
    iban: iban('DE', digitsOf(customer, 18)),
  },
  supported_networks: ['sepa'],
});
const american = (customer: string): Address => ({
  type: 'aba',
  aba: {
    account_holder_address: AMERICA,
    account_holder_name: HOLDER,
    account_number: digitsOf(customer, 12),
    account_type: 'checking',
    bank_address: AMERICA,
    bank_name: 'SANDBOX TEST BANK',
    routing_number: '110000000',
  },
  supported_networks: ['ach', 'domestic_wire_us'],
});
const british = (customer: string): Address => ({
  type: 'sort_code',
  sort_code: {
    account_holder_address: { ...WHERE, city: 'London', country: 'GB' },
    account_holder_name: HOLDER,
    account_number: digitsOf(customer, 8),
    bank_address: { ...WHERE, city: 'London', country: 'GB' },
    sort_code: '200000',
  },
  supported_networks: ['bacs', 'fps'],
});

const SCHEMES: Partial<Record<string, { type: string; address: (customer: string) => Address }>> = {
  eur: { type: 'eu_bank_transfer', address: european },
  usd: { type: 'us_bank_transfer', address: american },
  gbp: { type: 'gb_bank_transfer', address: british },
};
/** Currencies in which money can be transferred here. */
export const transferPossible = (currency: string): boolean => SCHEMES[currency] !== undefined;

const REFERENCE_LENGTH = 10;
/** What the customer writes into the transfer, so that the money finds its payment. */
export const referenceOf = (intent: Stripe.PaymentIntent): string =>
  intent.id.slice(-REFERENCE_LENGTH).toUpperCase();

/** Where to transfer what is still missing, in minor units (https://docs.stripe.com/payments/bank-transfers/accept-a-payment). */
export function transferInstructions(
  context: OperationContext,
  intent: Stripe.PaymentIntent,
  remaining: number,
): Instructions {
  const customer = typeof intent.customer === 'string' ? intent.customer : '';
  const scheme = SCHEMES[intent.currency] ?? { type: 'eu_bank_transfer', address: european };
  return {
    amount_remaining: remaining,
    currency: intent.currency,
    financial_addresses: [scheme.address(customer)],
    hosted_instructions_url: context.payUrl(intent),
    reference: referenceOf(intent),
    type: scheme.type,
  };
}
