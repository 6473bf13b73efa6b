/**
 * Test cards and test payment methods, by what happens when one pays. Numbers, tokens, codes and messages as in
 * https://docs.stripe.com/testing; those named `pm_sandbox_…` are ours.
 */
export type CardOutcome =
  | { kind: 'approved' }
  | { kind: 'declined'; code: string; declineCode: string | null; message: string }
  /** The customer must pass a challenge first. */
  | { kind: 'challenge' }
  /** Settles later; `ends` says how. Real delayed methods (bank debits) cannot be authorised without capture. */
  | { kind: 'delayed'; ends: 'approved' | 'failed'; afterMs: number };

/** `at_once` also when it fails later: a refund that fails looks good at first. */
export type RefundOutcome = 'at_once' | 'pending_first' | 'fails_later';

export interface TestMethod {
  /** Token a client may confirm with. */
  token: string;
  type: 'card' | 'sepa_debit' | 'us_bank_account';
  /** Card number or IBAN to type; null when there is none. */
  number: string | null;
  /** Of a card; of a debit the country of the bank. */
  brand: string;
  title: string;
  outcome: CardOutcome;
  refunds: RefundOutcome;
  /** Can hold funds without taking them. */
  manualCapture: boolean;
}

const declined = (code: string, declineCode: string | null, message: string): CardOutcome => ({
  kind: 'declined',
  code,
  declineCode,
  message,
});
const card = (
  token: string,
  number: string,
  title: string,
  outcome: CardOutcome,
  brand = 'visa',
): TestMethod => ({
  token,
  type: 'card',
  number,
  brand,
  title,
  outcome,
  refunds: 'at_once',
  manualCapture: true,
});

const MOMENT_MS = 1_500;
/** As the real test accounts named “delayed”. */
const MINUTES_MS = 180_000;
const debit = (
  name: string,
  iban: string,
  title: string,
  ends: 'approved' | 'failed',
  afterMs: number,
): TestMethod => ({
  token: `pm_${name}_at`,
  type: 'sepa_debit',
  number: iban,
  brand: 'AT',
  title: `SEPA debit: ${title}`,
  outcome: { kind: 'delayed', ends, afterMs },
  refunds: 'pending_first',
  manualCapture: false,
});

export const TEST_METHODS: readonly TestMethod[] = [
  card('pm_card_visa', '4242424242424242', 'Visa: succeeds', { kind: 'approved' }),
  card('pm_card_mastercard', '5555555555554444', 'Mastercard: succeeds', { kind: 'approved' }, 'mastercard'),
  card(
    'pm_card_chargeDeclined',
    '4000000000000002',
    'Declined',
    declined('card_declined', 'generic_decline', 'Your card was declined.'),
  ),
  card(
    'pm_card_chargeDeclinedInsufficientFunds',
    '4000000000009995',
    'Declined: insufficient funds',
    declined('card_declined', 'insufficient_funds', 'Your card has insufficient funds.'),
  ),
  card(
    'pm_card_chargeDeclinedLostCard',
    '4000000000009987',
    'Declined: lost card',
    declined('card_declined', 'lost_card', 'Your card was declined.'),
  ),
  card(
    'pm_card_chargeDeclinedExpiredCard',
    '4000000000000069',
    'Declined: expired',
    declined('expired_card', null, 'Your card has expired.'),
  ),
  card(
    'pm_card_chargeDeclinedIncorrectCvc',
    '4000000000000127',
    'Declined: wrong security code',
    declined('incorrect_cvc', null, 'Your card’s security code is incorrect.'),
  ),
  card(
    'pm_card_chargeDeclinedProcessingError',
    '4000000000000119',
    'Declined: processing error',
    declined(
      'processing_error',
      null,
      'An error occurred while processing your card. Try again in a little bit.',
    ),
  ),
  card('pm_card_authenticationRequired', '4000002760003184', 'Asks for 3-D Secure', { kind: 'challenge' }),
  card('pm_card_threeDSecure2Required', '4000000000003220', 'Asks for 3-D Secure 2', { kind: 'challenge' }),
  card('pm_sandbox_delayed', '4000000000000010', 'Settles after a moment', {
    kind: 'delayed',
    ends: 'approved',
    afterMs: MOMENT_MS,
  }),
  card('pm_sandbox_delayedFailure', '4000000000000028', 'Fails after a moment', {
    kind: 'delayed',
    ends: 'failed',
    afterMs: MOMENT_MS,
  }),
  {
    ...card('pm_card_pendingRefund', '4000000000007726', 'Succeeds; refunds are pending first', {
      kind: 'approved',
    }),
    refunds: 'pending_first',
  },
  {
    ...card('pm_card_refundFail', '4000000000005126', 'Succeeds; refunds fail later', { kind: 'approved' }),
    refunds: 'fails_later',
  },
  debit('success', 'AT611904300234573201', 'settles', 'approved', MOMENT_MS),
  debit('successDelayed', 'AT321904300235473204', 'settles after three minutes', 'approved', MINUTES_MS),
  debit('failed', 'AT861904300235473202', 'bounces', 'failed', MOMENT_MS),
  debit('failedDelayed', 'AT051904300235473205', 'bounces after three minutes', 'failed', MINUTES_MS),
  {
    token: 'pm_usBankAccount_success',
    type: 'us_bank_account',
    number: null,
    brand: 'us_bank_account',
    title: 'Bank debit: settles later (automatic capture only)',
    outcome: { kind: 'delayed', ends: 'approved', afterMs: MOMENT_MS },
    refunds: 'pending_first',
    manualCapture: false,
  },
];

export const methodByToken = (token: string): TestMethod | undefined =>
  TEST_METHODS.find((method) => method.token === token);

const compact = (typed: string): string => typed.replaceAll(/[\s-]/g, '').toUpperCase();

/** A test account by its IBAN; undefined when it is none. */
export const methodByIban = (typed: string): TestMethod | undefined =>
  TEST_METHODS.find(({ type, number }) => type === 'sepa_debit' && number === compact(typed));

/** A number that is no test card but looks like one is declined, as in test mode; null when it is no card number. */
export function methodByNumber(typed: string): TestMethod | null {
  const number = compact(typed);
  const known = TEST_METHODS.find((method) => method.number === number);
  if (known !== undefined) return known;
  if (!/^\d{12,19}$/.test(number) || !luhnValid(number)) return null;
  return card(
    'pm_card_unknown',
    number,
    'Not a test card',
    declined('card_declined', 'test_mode_live_card', 'Your card was declined. Use a test card here.'),
    'unknown',
  );
}

/** ISO/IEC 7812-1 annex B. */
function luhnValid(number: string): boolean {
  const sum = Array.from(number)
    .toReversed()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}
