import { card, declined } from './make.ts';
import type { TestMethod, WalletType } from './types.ts';

/** By brand (https://docs.stripe.com/testing#cards): token, number, brand, funding. */
const BRANDS: readonly [string, string, string, TestMethod['funding']][] = [
  ['pm_card_visa', '4242424242424242', 'visa', 'credit'],
  ['pm_card_visa_debit', '4000056655665556', 'visa', 'debit'],
  ['pm_card_mastercard', '5555555555554444', 'mastercard', 'credit'],
  ['pm_card_mastercard_debit', '5200828282828210', 'mastercard', 'debit'],
  ['pm_card_mastercard_prepaid', '5105105105105100', 'mastercard', 'prepaid'],
  ['pm_card_amex', '378282246310005', 'amex', 'credit'],
  ['pm_card_discover', '6011111111111117', 'discover', 'credit'],
  ['pm_card_diners', '3056930009020004', 'diners', 'credit'],
  ['pm_card_jcb', '3566002020360505', 'jcb', 'credit'],
  ['pm_card_unionpay', '6200000000000005', 'unionpay', 'credit'],
];

/** By country of the issuer (https://docs.stripe.com/testing#international-cards). */
const COUNTRIES: readonly [string, string, string][] = [
  ['pm_card_at', '4000000400000008', 'AT'],
  ['pm_card_au', '4000000360000006', 'AU'],
  ['pm_card_br', '4000000760000002', 'BR'],
  ['pm_card_ca', '4000001240000000', 'CA'],
  ['pm_card_ch', '4000007560000009', 'CH'],
  ['pm_card_de', '4000002760000016', 'DE'],
  ['pm_card_fr', '4000002500000003', 'FR'],
  ['pm_card_gb', '4000008260000000', 'GB'],
  ['pm_card_in', '4000003560000008', 'IN'],
  ['pm_card_jp', '4000003920000003', 'JP'],
  ['pm_card_mx', '4000004840008001', 'MX'],
];

/** Real wallets hand over a card; these tokens are ours. */
const WALLETS: readonly [string, WalletType, string][] = [
  ['pm_sandbox_applePay', 'apple_pay', 'Apple Pay'],
  ['pm_sandbox_googlePay', 'google_pay', 'Google Pay'],
];

const titleOf = (brand: string): string => `${brand[0]?.toUpperCase() ?? ''}${brand.slice(1)}`;

/** A card behind a wallet that its bank declines. */
export const DECLINED_WALLET: TestMethod = card('pm_sandbox_applePayDeclined', null, 'Apple Pay: declined', {
  wallet: 'apple_pay',
  outcome: declined('card_declined', 'generic_decline', 'Your card was declined.'),
});

export const SUCCEEDING_CARDS: readonly TestMethod[] = [
  ...BRANDS.map(([token, number, brand, funding]) =>
    card(token, number, `${titleOf(brand)}${funding === 'credit' ? '' : ` (${funding})`}: succeeds`, {
      brand,
      funding,
      threeDSecure: brand === 'amex' ? 'unsupported' : 'not_enrolled',
    }),
  ),
  ...COUNTRIES.map(([token, number, country]) =>
    card(token, number, `Visa issued in ${country}: succeeds`, { country }),
  ),
  ...WALLETS.map(([token, wallet, name]) => card(token, null, `${name}: succeeds`, { wallet })),
];
