import { Stripe } from 'stripe';
import { CURRENCY_DECIMALS } from '#shared/money/money.ts';
import { offeredTypes } from '../method-types.ts';

/** The shop's account as whoever checks the set-up sees it. Everything is switched on; times are Unix seconds. */
const OPENED_AT = 1_735_689_600;
const CAPABILITIES = [
  'bank_transfer_payments',
  'card_payments',
  'eu_bank_transfer_payments',
  'klarna_payments',
  'link_payments',
  'paypal_payments',
  'sepa_bank_transfer_payments',
  'sepa_debit_payments',
  'transfers',
  'us_bank_account_ach_payments',
  'us_bank_transfer_payments',
] as const;
const NOTHING_DUE = {
  alternatives: [],
  current_deadline: null,
  currently_due: [],
  disabled_reason: null,
  errors: [],
  eventually_due: [],
  past_due: [],
  pending_verification: [],
};
const NO_DESCRIPTORS = {
  statement_descriptor_kana: null,
  statement_descriptor_kanji: null,
  statement_descriptor_prefix_kana: null,
  statement_descriptor_prefix_kanji: null,
};

export const ACCOUNT: Stripe.Account = {
  id: 'acct_sandboxtradepost',
  object: 'account',
  business_profile: {
    annual_revenue: null,
    estimated_worker_count: null,
    mcc: '5734',
    minority_owned_business_designation: null,
    name: 'Tradepost Sandbox',
    product_description: null,
    specified_commercial_transactions_act_url: null,
    support_address: null,
    support_email: null,
    support_phone: null,
    support_url: null,
    url: 'https://tradepost.example',
  },
  business_type: 'company',
  capabilities: Object.fromEntries(CAPABILITIES.map((name) => [name, 'active'])),
  charges_enabled: true,
  controller: { type: 'account' },
  country: 'DE',
  created: OPENED_AT,
  default_currency: 'eur',
  details_submitted: true,
  email: 'shop@tradepost.example',
  future_requirements: NOTHING_DUE,
  metadata: {},
  payouts_enabled: true,
  requirements: NOTHING_DUE,
  settings: {
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_payments: {
      statement_descriptor_prefix: 'TRADEPOST',
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    dashboard: { display_name: 'Tradepost Sandbox', timezone: 'Etc/UTC' },
    payments: { statement_descriptor: 'TRADEPOST SANDBOX', ...NO_DESCRIPTORS },
  },
  tos_acceptance: { date: OPENED_AT },
  type: 'standard',
};

/** Where events are posted. Its secret is shown when it is made, never again. */
export const webhookEndpoint = (shopOrigin: string): Stripe.WebhookEndpoint => ({
  id: 'we_sandboxtradepost',
  object: 'webhook_endpoint',
  api_version: Stripe.API_VERSION,
  application: null,
  created: OPENED_AT,
  description: null,
  enabled_events: ['*'],
  livemode: false,
  metadata: {},
  status: 'enabled',
  url: `${shopOrigin}/v1/webhooks/stripe`,
});

const ON = { available: true, display_preference: { overridable: null, preference: 'on', value: 'on' } };
const everyType = new Set(
  ['eur', 'usd', 'gbp'].flatMap((currency) =>
    offeredTypes({ currency, manualCapture: false, hasCustomer: true, allowed: null, excluded: [] }),
  ),
);
/** Which methods the dashboard has switched on. */
export const METHOD_CONFIGURATION: Stripe.PaymentMethodConfiguration = {
  id: 'pmc_sandboxtradepost',
  object: 'payment_method_configuration',
  active: true,
  application: null,
  is_default: true,
  livemode: false,
  name: 'Default',
  parent: null,
  ...Object.fromEntries([...everyType, 'apple_pay', 'google_pay'].map((type) => [type, ON])),
};

/** What an account in the shop's country can take. */
export const COUNTRY: Stripe.CountrySpec = {
  id: 'DE',
  object: 'country_spec',
  default_currency: 'eur',
  supported_bank_account_currencies: { eur: ['DE'] },
  supported_payment_currencies: Object.keys(CURRENCY_DECIMALS).map((currency) => currency.toLowerCase()),
  supported_payment_methods: ['ach', 'card', 'stripe'],
  supported_transfer_countries: ['DE'],
  verification_fields: {
    company: { additional: [], minimum: [] },
    individual: { additional: [], minimum: [] },
  },
};
