import type { Stripe } from 'stripe';
import { PAYMENT_METHODS } from '#shared/domain/payment-methods.ts';

type Known<Type> = Type extends string ? (string extends Type ? never : Type) : never;
/** What a payment, or a method to be kept, can be asked to do without. */
type Excludable = Known<Stripe.PaymentIntentCreateParams.ExcludedPaymentMethodType>;

/**
 * Every type that the dashboard may switch on and that can be left out of a payment
 * (https://docs.stripe.com/changelog/basil/2025-08-27/cs_add_excluded_payment_method_types_pi). A later version with another
 * one does not compile.
 */
const EXCLUDABLE: Record<Excludable, true> = {
  acss_debit: true,
  affirm: true,
  afterpay_clearpay: true,
  alipay: true,
  alma: true,
  amazon_pay: true,
  au_becs_debit: true,
  bacs_debit: true,
  bancontact: true,
  billie: true,
  bizum: true,
  blik: true,
  boleto: true,
  card: true,
  cashapp: true,
  crypto: true,
  customer_balance: true,
  eps: true,
  fpx: true,
  giropay: true,
  grabpay: true,
  ideal: true,
  kakao_pay: true,
  klarna: true,
  konbini: true,
  kr_card: true,
  mb_way: true,
  mobilepay: true,
  multibanco: true,
  naver_pay: true,
  nz_bank_account: true,
  oxxo: true,
  p24: true,
  pay_by_bank: true,
  payco: true,
  paynow: true,
  paypal: true,
  paypay: true,
  payto: true,
  pix: true,
  promptpay: true,
  revolut_pay: true,
  samsung_pay: true,
  satispay: true,
  scalapay: true,
  sepa_debit: true,
  sequra: true,
  sofort: true,
  sunbit: true,
  swish: true,
  twint: true,
  upi: true,
  us_bank_account: true,
  wechat_pay: true,
  zip: true,
};
const EVERY = Object.keys(EXCLUDABLE) as Excludable[];
export const isExcludable = (type: string): boolean => Object.hasOwn(EXCLUDABLE, type);

const without = (kept: readonly string[]): Excludable[] => EVERY.filter((type) => !kept.includes(type));

/**
 * What the dashboard may have switched on and the table of methods does not know, vouchers for instance: how long the
 * customer may take to pay with it nobody told us, so that he would pay cash for an order that ended.
 */
export const UNKNOWN_TYPES = without(PAYMENT_METHODS.map(({ method }) => method));
/** What cannot be charged again without its holder is not kept. */
export const UNSAVABLE_TYPES = without(
  PAYMENT_METHODS.filter(({ savable }) => savable).map(({ method }) => method),
);
