import type { Stripe } from 'stripe';
import { stripeId } from '../ids.ts';
import type { Decline, TestMethod } from '../methods/types.ts';
import type { MethodOptions } from './intent.ts';

export interface ChargeFate {
  status: 'succeeded' | 'pending' | 'failed';
  captured: boolean;
  /** Until when the hold stands, Unix seconds; null when nothing is held. */
  captureBefore: number | null;
  failure: Decline | null;
  /** The customer passed a challenge, or it was acknowledged without one; null: nobody asked. */
  authenticated: 'challenge' | 'acknowledged' | null;
}

/** Cards and Link are charges; what banks move is a payment (https://docs.stripe.com/api/balance_transactions/object#balance_transaction_object-type). */
const isPayment = (type: string): boolean => !['card', 'link'].includes(type);

export function newCharge(
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  test: TestMethod,
  fate: ChargeFate,
  now: number,
): Stripe.Charge {
  return {
    id: stripeId(isPayment(method.type) ? 'py' : 'ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: fate.captured ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'TRADEPOST SANDBOX',
    captured: fate.captured,
    created: now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: fate.failure?.code ?? null,
    failure_message: fate.failure?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(method, test, fate),
    paid: fate.status === 'succeeded',
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: methodDetails(intent, method, fate),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: intent.shipping,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: fate.status,
    transfer_data: null,
    transfer_group: intent.transfer_group,
  };
}

/** Result of the risk evaluation and of the network (https://docs.stripe.com/api/charges/object#charge_object-outcome). */
function outcomeOf(
  method: Stripe.PaymentMethod,
  test: TestMethod,
  fate: ChargeFate,
): Stripe.Charge.Outcome | null {
  const nothing = { advice_code: null, network_advice_code: null, network_decline_code: null };
  const risk =
    method.type === 'card'
      ? { risk_level: test.risk.level, risk_score: test.risk.score }
      : { risk_level: 'not_assessed' };
  if (fate.failure?.by === 'radar') {
    return {
      ...nothing,
      ...risk,
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      rule: 'block_if_high_risk',
      seller_message: 'The payment was blocked: its risk is the highest.',
      type: 'blocked',
    };
  }
  if (fate.failure !== null) {
    return {
      ...nothing,
      ...risk,
      advice_code: fate.failure.code === 'processing_error' ? 'try_again_later' : 'do_not_try_again',
      network_decline_code: '05',
      network_status: 'declined_by_network',
      reason: fate.failure.declineCode ?? fate.failure.code,
      seller_message: 'The customer’s bank declined the payment.',
      type: 'issuer_declined',
    };
  }
  const reviewed = method.type === 'card' && test.risk.level === 'elevated';
  return {
    ...nothing,
    ...risk,
    network_status: 'approved_by_network',
    reason: reviewed ? 'elevated_risk_level' : null,
    ...(reviewed ? { rule: 'manual_review_if_elevated_risk' } : {}),
    seller_message: reviewed ? 'The payment is waiting for a review.' : 'Payment complete.',
    type: reviewed ? 'manual_review' : 'authorized',
  };
}

function methodDetails(
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  fate: ChargeFate,
): Stripe.Charge.PaymentMethodDetails {
  const { sepa_debit: sepa, us_bank_account: ach, paypal, card } = method;
  if (card !== undefined) return { type: 'card', card: cardDetails(intent, card, fate) };
  if (sepa !== undefined) {
    const { bank_code, branch_code, country, fingerprint, last4 } = sepa;
    return {
      type: 'sepa_debit',
      sepa_debit: { bank_code, branch_code, country, fingerprint, last4, mandate: null },
    };
  }
  if (ach !== undefined) {
    const { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number } = ach;
    return {
      type: 'us_bank_account',
      us_bank_account: {
        account_holder_type,
        account_type,
        bank_name,
        fingerprint,
        last4,
        payment_reference: null,
        routing_number,
      },
    };
  }
  if (paypal !== undefined) {
    return {
      type: 'paypal',
      paypal: {
        country: paypal.country,
        payer_email: paypal.payer_email,
        payer_id: paypal.payer_id,
        payer_name: null,
        seller_protection: null,
        transaction_id: null,
      },
    };
  }
  if (method.klarna !== undefined) {
    return {
      type: 'klarna',
      klarna: { payer_details: null, payment_method_category: 'pay_now', preferred_locale: 'en-DE' },
    };
  }
  return method.link === undefined
    ? { type: method.type, [method.type]: {} }
    : { type: 'link', link: { country: 'US' } };
}

function cardDetails(
  intent: Stripe.PaymentIntent,
  card: Stripe.PaymentMethod.Card,
  { captureBefore, authenticated }: ChargeFate,
): Stripe.Charge.PaymentMethodDetails.Card {
  const asked = (intent.payment_method_options as MethodOptions | null)?.['card']?.request_multicapture;
  const severalTimes = captureBefore !== null && asked === 'if_available';
  return {
    amount_authorized: intent.amount,
    authorization_code: '123456',
    brand: card.brand,
    ...(captureBefore === null ? {} : { capture_before: captureBefore }),
    checks: card.checks,
    country: card.country,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    extended_authorization: { status: 'disabled' },
    fingerprint: card.fingerprint ?? null,
    funding: card.funding,
    incremental_authorization: { status: 'unavailable' },
    installments: null,
    last4: card.last4,
    mandate: null,
    multicapture: { status: severalTimes ? 'available' : 'unavailable' },
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: '000000000000000',
    overcapture: { maximum_amount_capturable: intent.amount, status: 'unavailable' },
    regulated_status: card.regulated_status,
    three_d_secure:
      authenticated === null
        ? null
        : {
            authentication_flow: authenticated === 'challenge' ? 'challenge' : null,
            electronic_commerce_indicator: authenticated === 'challenge' ? '05' : '06',
            exemption_indicator: null,
            result: authenticated === 'challenge' ? 'authenticated' : 'attempt_acknowledged',
            result_reason: null,
            transaction_id: crypto.randomUUID(),
            version: '2.2.0',
          },
    transaction_link_id: null,
    wallet: card.wallet,
  } as Stripe.Charge.PaymentMethodDetails.Card;
}
