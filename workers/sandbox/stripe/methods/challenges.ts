import { APPROVED, card, declined } from './make.ts';
import type { TestMethod } from './types.ts';

const CHALLENGE = { kind: 'challenge', ends: APPROVED } as const;

/** Cards with 3-D Secure (https://docs.stripe.com/testing#regulatory-cards, #three-ds-cards). */
export const CHALLENGING_CARDS: readonly TestMethod[] = [
  card('pm_card_authenticationRequired', '4000002760003184', 'Asks for 3-D Secure, always', {
    outcome: CHALLENGE,
    threeDSecure: 'required',
    offSession: 'authentication_required',
  }),
  card('pm_card_threeDSecure2Required', '4000000000003220', 'Asks for 3-D Secure 2', {
    outcome: CHALLENGE,
    threeDSecure: 'required',
    offSession: 'authentication_required',
  }),
  card('pm_card_threeDSecureRequired', '4000000000003063', 'Asks for 3-D Secure when present', {
    outcome: CHALLENGE,
    threeDSecure: 'required',
    offSession: 'authentication_required',
  }),
  card('pm_card_authenticationRequiredOnSetup', '4000002500003155', 'Asks for 3-D Secure until it is saved', {
    outcome: CHALLENGE,
    threeDSecure: 'required',
    offSession: 'approved_when_saved',
  }),
  card(
    'pm_card_authenticationRequiredSetupForOffSession',
    '4000003800000446',
    'Asks for 3-D Secure when present, not later',
    { outcome: CHALLENGE, threeDSecure: 'required', offSession: 'approved' },
  ),
  card('pm_card_threeDSecureOptional', '4000000000003055', 'Asks for 3-D Secure where the shop wants it', {
    threeDSecure: 'supported',
  }),
  card('pm_card_threeDSecureRequiredChargeDeclined', '4000008400001629', '3-D Secure passes, then declined', {
    outcome: {
      kind: 'challenge',
      ends: declined('card_declined', 'generic_decline', 'Your card was declined.'),
    },
    threeDSecure: 'required',
    offSession: 'authentication_required',
  }),
  card(
    'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
    '4000008260003178',
    '3-D Secure passes, then insufficient funds',
    {
      outcome: {
        kind: 'challenge',
        ends: declined('card_declined', 'insufficient_funds', 'Your card has insufficient funds.'),
      },
      threeDSecure: 'required',
      offSession: 'authentication_required',
    },
  ),
  card(
    'pm_card_threeDSecureRequiredProcessingError',
    '4000008400001280',
    '3-D Secure cannot be reached: declined',
    {
      outcome: declined('card_declined', 'generic_decline', 'Your card was declined.'),
      threeDSecure: 'required',
    },
  ),
];
