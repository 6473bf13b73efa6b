import { card } from './make.ts';
import type { Decline, TestMethod } from './types.ts';

/** Refused before the bank was asked (https://docs.stripe.com/declines#blocked-payments). */
const BLOCKED: Decline = {
  kind: 'declined',
  code: 'card_declined',
  declineCode: 'fraudulent',
  message: 'Your card was declined.',
  by: 'radar',
};
const HIGHEST = { level: 'highest', score: 92 } as const;
const ELEVATED = { level: 'elevated', score: 71 } as const;

/** Cards the risk evaluation looks at twice (https://docs.stripe.com/testing#fraud-prevention). */
export const RISKY_CARDS: readonly TestMethod[] = [
  card('pm_card_radarBlock', '4100000000000019', 'Always blocked as fraudulent', {
    outcome: BLOCKED,
    risk: HIGHEST,
  }),
  card('pm_card_riskLevelHighest', '4000000000004954', 'Highest risk: blocked', {
    outcome: BLOCKED,
    risk: HIGHEST,
  }),
  card('pm_card_riskLevelElevated', '4000000000009235', 'Elevated risk: succeeds and is reviewed', {
    risk: ELEVATED,
  }),
  card('pm_card_cvcCheckFail', '4000000000000101', 'Succeeds; the security code is wrong', {
    checks: { cvc: 'fail', postalCode: null, line1: null },
  }),
  card('pm_card_avsZipFail', '4000000000000036', 'Succeeds; the postal code is wrong', {
    checks: { cvc: 'pass', postalCode: 'fail', line1: 'pass' },
  }),
  card('pm_card_avsLine1Fail', '4000000000000028', 'Succeeds; the first address line is wrong', {
    checks: { cvc: 'pass', postalCode: 'pass', line1: 'fail' },
  }),
  card('pm_card_avsFail', '4000000000000010', 'Succeeds; the whole address is wrong', {
    checks: { cvc: 'pass', postalCode: 'fail', line1: 'fail' },
  }),
  card('pm_card_avsUnchecked', '4000000000000044', 'Succeeds; the address is not checked', {
    checks: { cvc: 'pass', postalCode: 'unavailable', line1: 'unavailable' },
  }),
];
