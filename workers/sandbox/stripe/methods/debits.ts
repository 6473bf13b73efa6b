import { account, APPROVED, card, declined } from './make.ts';
import type { Aftermath, Ending, TestMethod } from './types.ts';

/** Real ones take days; a test waits a moment. */
const MOMENT_MS = 1_500;
/** As the real test accounts named “delayed”. */
const MINUTES_MS = 180_000;

const later = (ends: Ending, afterMs: number | null) => ({ kind: 'delayed', ends, afterMs }) as const;
/** A debit's dispute is decided when it arrives: the bank took the money back. */
const RETURNED: Aftermath = {
  kind: 'dispute',
  reason: 'debit_not_authorized',
  networkReasonCode: '',
  case: 'chargeback',
  times: 1,
};
const failing = (code: string, message: string): Ending => declined(code, null, message);

const INSUFFICIENT = failing(
  'insufficient_funds',
  'The payment failed after it was sent: the account has insufficient funds.',
);
const CLOSED = failing('account_closed', 'The bank account has been closed.');
const NOT_AUTHORISED = failing('debit_not_authorized', 'The customer’s bank does not allow this debit.');
const NO_ACCOUNT = failing('no_account', 'The bank account could not be found.');
const LIMIT = failing(
  'charge_exceeds_source_limit',
  'The payment exceeds what may be debited from this account now.',
);

const sepa = (
  name: string,
  iban: string,
  title: string,
  ends: Ending,
  afterMs: number,
  aftermath: Aftermath | null = null,
): TestMethod =>
  account('sepa_debit', `pm_${name}_at`, iban, `SEPA debit: ${title}`, {
    aliases: [`pm_sepaDebit_${name}_at`],
    country: 'AT',
    outcome: later(ends, afterMs),
    refunds: 'pending_first',
    aftermath,
  });

/** https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-integration */
const SEPA: readonly TestMethod[] = [
  sepa('success', 'AT611904300234573201', 'settles', APPROVED, MOMENT_MS),
  sepa('successDelayed', 'AT321904300235473204', 'settles after three minutes', APPROVED, MINUTES_MS),
  sepa('failed', 'AT861904300235473202', 'bounces', INSUFFICIENT, MOMENT_MS),
  sepa('failedDelayed', 'AT051904300235473205', 'bounces after three minutes', INSUFFICIENT, MINUTES_MS),
  sepa('disputed', 'AT591904300235473203', 'settles, then taken back', APPROVED, MOMENT_MS, RETURNED),
  sepa('exceedsWeeklyVolumeLimit', 'AT981904300000343434', 'above the weekly limit', LIMIT, MOMENT_MS),
  sepa('exceedsTransactionLimit', 'AT601904300000121212', 'above the limit of a payment', LIMIT, MOMENT_MS),
  sepa('insufficientFunds', 'AT981904300002222227', 'insufficient funds', INSUFFICIENT, MOMENT_MS),
];

const ach = (
  name: string,
  number: string,
  title: string,
  ends: Ending,
  more: Partial<TestMethod> = {},
): TestMethod =>
  account('us_bank_account', `pm_usBankAccount_${name}`, number, `US bank debit: ${title}`, {
    outcome: later(ends, MOMENT_MS),
    refunds: 'pending_first',
    ...more,
  });

/** https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#test-integration */
const ACH: readonly TestMethod[] = [
  ach('success', '000123456789', 'settles', APPROVED),
  ach('accountClosed', '000111111113', 'the account is closed', CLOSED),
  ach('noAccount', '000111111116', 'there is no such account', NO_ACCOUNT),
  ach('insufficientFunds', '000222222227', 'insufficient funds', INSUFFICIENT),
  ach('debitNotAuthorized', '000333333335', 'the debit is not allowed', NOT_AUTHORISED),
  ach(
    'invalidCurrency',
    '000444444440',
    'the account has another currency',
    failing('invalid_currency', 'The bank account has another currency.'),
  ),
  ach('weeklyLimitExceeded', '000777777771', 'above the weekly limit', LIMIT),
  ach('dispute', '000555555559', 'settles, then taken back', APPROVED, { aftermath: RETURNED }),
  ach('failMicrodeposits', '000666666661', 'no deposits can be sent to verify it', APPROVED, {
    depositsFail: true,
  }),
  ach('processing', '000000000009', 'never settles', APPROVED, { outcome: later(APPROVED, null) }),
];

/** Cards that settle later, unlike any real one: what holds funds and takes its time. */
const DELAYED_CARDS: readonly TestMethod[] = [
  card('pm_sandbox_delayed', '4000000000020001', 'Card: settles after a moment', {
    outcome: later(APPROVED, MOMENT_MS),
  }),
  card('pm_sandbox_delayedFailure', '4000000000020019', 'Card: fails after a moment', {
    outcome: later(declined('card_declined', 'generic_decline', 'Your card was declined.'), MOMENT_MS),
  }),
];

export const DELAYED_METHODS: readonly TestMethod[] = [...SEPA, ...ACH, ...DELAYED_CARDS];
