import { COMBINATIONS, type Combination, isChange, type Method, type Outcome } from './dimensions.ts';

/** Test methods of the provider, by method and outcome: whatever has no entry has its reason in `impossibleBecause`. */
type Tokens = Partial<Record<Method, Partial<Record<Outcome, string>>>>;

const AFTERWARDS = ['dispute won', 'dispute lost', 'refunded outside', 'partly refunded outside'] as const;
const afterwards = (token: string) => Object.fromEntries(AFTERWARDS.map((outcome) => [outcome, token]));

const happensAfterwards = (outcome: Outcome): boolean => AFTERWARDS.some((each) => each === outcome);

export const TOKENS: Tokens = {
  card: {
    succeeds: 'pm_card_visa',
    'declined: generic_decline': 'pm_card_chargeDeclined',
    'declined: insufficient_funds': 'pm_card_chargeDeclinedInsufficientFunds',
    'declined: lost_card': 'pm_card_chargeDeclinedLostCard',
    'declined: stolen_card': 'pm_card_chargeDeclinedStolenCard',
    'declined: expired_card': 'pm_card_chargeDeclinedExpiredCard',
    'declined: incorrect_cvc': 'pm_card_chargeDeclinedIncorrectCvc',
    'declined: processing_error': 'pm_card_chargeDeclinedProcessingError',
    'declined: card_velocity_exceeded': 'pm_card_chargeDeclinedVelocityLimitExceeded',
    'declined: fraudulent': 'pm_card_radarBlock',
    ...afterwards('pm_card_visa'),
  },
  challenged_card: {
    succeeds: 'pm_card_threeDSecure2Required',
    'declined: generic_decline': 'pm_card_threeDSecureRequiredChargeDeclined',
    'declined: insufficient_funds': 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
    'authentication failed': 'pm_card_threeDSecure2Required',
    'authentication abandoned': 'pm_card_threeDSecure2Required',
    ...afterwards('pm_card_threeDSecure2Required'),
  },
  wallet: {
    succeeds: 'pm_sandbox_applePay',
    'declined: generic_decline': 'pm_sandbox_applePayDeclined',
    ...afterwards('pm_sandbox_googlePay'),
  },
  saved: {
    succeeds: 'pm_card_visa',
    'declined: generic_decline': 'pm_card_chargeCustomerFail',
    'authentication failed': 'pm_card_authenticationRequired',
    'authentication abandoned': 'pm_card_authenticationRequired',
    ...afterwards('pm_card_visa'),
  },
  sepa: {
    succeeds: 'pm_success_at',
    'settles late': 'pm_successDelayed_at',
    'fails late': 'pm_failedDelayed_at',
    'dispute lost': 'pm_success_at',
    'refunded outside': 'pm_success_at',
    'partly refunded outside': 'pm_success_at',
  },
  ach: {
    succeeds: 'pm_usBankAccount_success',
    'settles late': 'pm_usBankAccount_processing',
    'fails late': 'pm_usBankAccount_processing',
    'dispute lost': 'pm_usBankAccount_success',
    'refunded outside': 'pm_usBankAccount_success',
    'partly refunded outside': 'pm_usBankAccount_success',
  },
  // Account numbers; what is told of the deposits decides as well.
  typed_ach: {
    succeeds: '000123456789',
    'authentication failed': '000123456789',
    'authentication abandoned': '000123456789',
    'settles late': '000000000009',
    'fails late': '000000000009',
    'dispute lost': '000123456789',
    'refunded outside': '000123456789',
    'partly refunded outside': '000123456789',
  },
  transfer: {
    succeeds: 'pm_sandbox_bankTransfer',
    'settles late': 'pm_sandbox_bankTransfer',
    'fails late': 'pm_sandbox_bankTransfer',
    'refunded outside': 'pm_sandbox_bankTransfer',
    'partly refunded outside': 'pm_sandbox_bankTransfer',
  },
  nothing: { succeeds: '' },
  gift_card: { succeeds: '' },
  gift_card_part: { succeeds: 'pm_card_visa', 'declined: generic_decline': 'pm_card_chargeDeclined' },
  plan_change: {
    succeeds: 'pm_card_visa',
    'declined: generic_decline': 'pm_card_chargeDeclined',
    ...afterwards('pm_card_visa'),
  },
  renewal: {
    succeeds: 'pm_card_visa',
    'declined: generic_decline': 'pm_card_chargeDeclined',
    ...afterwards('pm_card_visa'),
  },
};

const CHARGED_AT_ONCE: ReadonlySet<Method> = new Set<Method>(['sepa', 'ach', 'typed_ach', 'transfer']);
const WITH_CHALLENGE: ReadonlySet<Method> = new Set<Method>(['challenged_card', 'saved']);

/** Why a combination cannot be; null when it is run. */
export function impossibleBecause({ method, outcome, capture, webhooks }: Combination): string | null {
  if (method === 'gift_card_part') {
    if (webhooks !== 'in order') return 'what webhooks do to a card of a bank is in its own rows';
    if (happensAfterwards(outcome)) return 'what becomes of a paid payment is in the rows of its own method';
  }
  if (method === 'nothing' || method === 'gift_card') {
    if (outcome !== 'succeeds') return 'without a payment nothing can fail, be disputed or go back';
    if (capture === 'at_once') return 'nothing is taken';
    return webhooks === 'in order' ? null : 'without a payment there are no webhooks';
  }
  if (CHARGED_AT_ONCE.has(method) && capture !== 'at_once')
    return 'debits and transfers hold no funds: they are charged when the customer agrees';
  if (!CHARGED_AT_ONCE.has(method) && capture === 'at_once')
    return 'what can be held is held: an order never charges a card before it is delivered';
  if (isChange(method) && capture === 'as_ready')
    return 'what is owned is changed by one line: there are no parts to deliver';
  return TOKENS[method]?.[outcome] === undefined ? noSuchOutcome(method, outcome) : null;
}

function noSuchOutcome(method: Method, outcome: Outcome): string {
  if (outcome.startsWith('declined')) {
    if (CHARGED_AT_ONCE.has(method)) return 'a bank accepts a debit or transfer first and fails it later';
    return 'this decline has a test card of its own: it is in the rows of the plain card';
  }
  if (outcome.startsWith('authentication')) {
    return WITH_CHALLENGE.has(method) ? 'no such test card' : 'nobody asks this method for 3-D Secure';
  }
  if (outcome.endsWith('late')) return 'the bank answers at once';
  if (outcome === 'dispute won') return 'a debit’s dispute is decided for the customer when it arrives';
  return 'a bank transfer is the customer’s own doing and cannot be disputed';
}

/** What is run by `npm run prove:payments`. */
export const POSSIBLE: readonly Combination[] = COMBINATIONS.filter(
  (each) => impossibleBecause(each) === null,
);

/** A combination but for its webhooks. */
export const rowOf = ({ method, outcome, capture }: Combination): string =>
  `${method} · ${outcome} · ${capture}`;

/** What `npm test` runs: every row once, with one of the ways in which its webhooks can arrive, of the next row the next. */
export function oneOfEachRow(): Combination[] {
  const rows = Map.groupBy(POSSIBLE, rowOf);
  return [...rows.values()].flatMap((ways, row) => ways.slice(row % ways.length, (row % ways.length) + 1));
}
