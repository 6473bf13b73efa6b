/** Payment method → the account's capability it needs (https://docs.stripe.com/connect/account-capabilities). */
export const CAPABILITY_OF: Partial<Record<string, string>> = {
  card: 'card_payments',
  link: 'link_payments',
  sepa_debit: 'sepa_debit_payments',
  us_bank_account: 'us_bank_account_ach_payments',
  customer_balance: 'bank_transfer_payments',
  paypal: 'paypal_payments',
  klarna: 'klarna_payments',
};
