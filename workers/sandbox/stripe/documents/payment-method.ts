import type { Stripe } from 'stripe';
import { fingerprintOf, stripeId } from '../ids.ts';
import type { TestMethod } from '../methods/types.ts';

export const NO_DETAILS: Stripe.Charge.BillingDetails = {
  address: null,
  email: null,
  name: null,
  phone: null,
  tax_id: null,
};

/** A method a customer pays with. Of a card number only the last four digits are kept. */
export function newMethod(
  method: TestMethod,
  now: number,
  details: Stripe.Charge.BillingDetails = NO_DETAILS,
): Stripe.PaymentMethod {
  const fingerprint = fingerprintOf(method.number ?? method.token);
  const last4 = method.number?.slice(-4) ?? '4242';
  const base = {
    id: stripeId('pm'),
    object: 'payment_method' as const,
    allow_redisplay: 'unspecified' as const,
    billing_details: details,
    created: now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
  };
  switch (method.type) {
    case 'card':
      return { ...base, type: 'card', card: cardOf(method, now, fingerprint, last4) };
    case 'sepa_debit':
      return {
        ...base,
        type: 'sepa_debit',
        sepa_debit: {
          bank_code: '19043',
          branch_code: '',
          country: method.country,
          fingerprint,
          generated_from: { charge: null, setup_attempt: null },
          last4,
        },
      };
    case 'us_bank_account':
      return {
        ...base,
        type: 'us_bank_account',
        us_bank_account: {
          account_holder_type: 'individual',
          account_type: 'checking',
          bank_name: 'SANDBOX TEST BANK',
          financial_connections_account: null,
          fingerprint,
          last4,
          networks: { preferred: 'ach', supported: ['ach'] },
          routing_number: '110000000',
          status_details: {},
        },
      };
    case 'link':
      return { ...base, type: 'link', link: { email: details.email } };
    case 'paypal':
      return {
        ...base,
        type: 'paypal',
        paypal: { country: method.country, payer_email: details.email, payer_id: null },
      };
    case 'klarna':
      return { ...base, type: 'klarna', klarna: { dob: null } };
    case 'customer_balance':
      return { ...base, type: 'customer_balance', customer_balance: {} };
  }
}

function cardOf(
  method: TestMethod,
  now: number,
  fingerprint: string,
  last4: string,
): Stripe.PaymentMethod.Card {
  return {
    brand: method.brand,
    checks: {
      address_line1_check: method.checks.line1,
      address_postal_code_check: method.checks.postalCode,
      cvc_check: method.checks.cvc,
    },
    country: method.country,
    display_brand: method.brand,
    exp_month: 12,
    exp_year: new Date(now * 1000).getUTCFullYear() + 3,
    fingerprint,
    funding: method.funding,
    generated_from: null,
    last4,
    networks: { available: [method.brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: method.threeDSecure !== 'unsupported' },
    wallet: method.wallet === null ? null : { type: method.wallet, dynamic_last4: null, [method.wallet]: {} },
  };
}
