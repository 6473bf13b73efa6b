import { card, declined } from './make.ts';
import type { Decline, TestMethod } from './types.ts';

const DECLINED = 'Your card was declined.';

/** What the issuer may say (https://docs.stripe.com/testing#declined-payments): token, number, title, decline, aliases. */
const ROWS: readonly [string, string, string, Decline, string[]?][] = [
  [
    'pm_card_chargeDeclined',
    '4000000000000002',
    'Declined',
    declined('card_declined', 'generic_decline', DECLINED),
    ['pm_card_visa_chargeDeclined'],
  ],
  [
    'pm_card_chargeDeclinedInsufficientFunds',
    '4000000000009995',
    'Declined: insufficient funds',
    declined('card_declined', 'insufficient_funds', 'Your card has insufficient funds.'),
    ['pm_card_visa_chargeDeclinedInsufficientFunds'],
  ],
  [
    'pm_card_chargeDeclinedLostCard',
    '4000000000009987',
    'Declined: lost card',
    declined('card_declined', 'lost_card', DECLINED),
    ['pm_card_visa_chargeDeclinedLostCard'],
  ],
  [
    'pm_card_chargeDeclinedStolenCard',
    '4000000000009979',
    'Declined: stolen card',
    declined('card_declined', 'stolen_card', DECLINED),
    ['pm_card_visa_chargeDeclinedStolenCard'],
  ],
  [
    'pm_card_chargeDeclinedExpiredCard',
    '4000000000000069',
    'Declined: expired',
    declined('expired_card', null, 'Your card has expired.'),
  ],
  [
    'pm_card_chargeDeclinedIncorrectCvc',
    '4000000000000127',
    'Declined: wrong security code',
    declined('incorrect_cvc', null, 'Your card’s security code is incorrect.'),
  ],
  [
    'pm_card_chargeDeclinedProcessingError',
    '4000000000000119',
    'Declined: processing error',
    declined(
      'processing_error',
      null,
      'An error occurred while processing your card. Try again in a little bit.',
    ),
  ],
  [
    'pm_card_chargeDeclinedVelocityLimitExceeded',
    '4000000000006975',
    'Declined: too many payments',
    declined(
      'card_declined',
      'card_velocity_exceeded',
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    ),
    ['pm_card_visa_chargeDeclinedVelocityLimitExceeded'],
  ],
];

export const DECLINING_CARDS: readonly TestMethod[] = [
  ...ROWS.map(([token, number, title, outcome, aliases = []]) =>
    card(token, number, title, {
      aliases,
      outcome,
      // A card that declines cannot be saved either.
      attachable: false,
      ...(outcome.code === 'incorrect_cvc'
        ? { checks: { cvc: 'fail', postalCode: null, line1: null } as const }
        : {}),
    }),
  ),
  card('pm_card_chargeCustomerFail', '4000000000000341', 'Can be saved, then declines every charge', {
    outcome: declined('card_declined', 'generic_decline', DECLINED),
  }),
];

/** A number of the right shape that is no test card (https://docs.stripe.com/error-codes/card-declined). */
export const LIVE_CARD: Decline = declined(
  'card_declined',
  'test_mode_live_card',
  'Your card was declined. Use a test card here.',
);
