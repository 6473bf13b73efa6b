import type { ACR_VALUES } from '#shared/auth/step-up.ts';

/**
 * How somebody proved who they are: `amr` (RFC 8176, and `email`, `recovery` of our own) and what it amounts to. The
 * mailbox is no factor: whoever shows nothing else has shown none.
 */
export interface Proof {
  amr: string[];
  acr: (typeof ACR_VALUES)[number];
}

export const PASSWORD_AMR = ['pwd'];
export const EMAIL_AMR = ['email'];
/** A passkey with user verification is two factors in one; synced ones are software keys. */
export const passkeyAmr = (backupEligible: boolean): string[] => [backupEligible ? 'swk' : 'hwk', 'user'];

const FIRST = ['pwd', 'fed'];
const SECOND = ['otp', 'recovery'];
const showsAny = (amr: readonly string[], methods: readonly string[]): boolean =>
  methods.some((method) => amr.includes(method));

/** Whether more than what can be typed or mailed was shown: what an account with a second factor always demands. */
export const showsSecondFactor = (amr: readonly string[]): boolean => showsAny(amr, [...SECOND, 'user']);

export function proofOf(amr: readonly string[]): Proof {
  if (amr.includes('user') || (showsAny(amr, FIRST) && showsAny(amr, SECOND))) {
    return { amr: [...amr, 'mfa'], acr: 'urn:tradepost:acr:2' };
  }
  return {
    amr: [...amr],
    acr: showsAny(amr, [...FIRST, ...SECOND]) ? 'urn:tradepost:acr:1' : 'urn:tradepost:acr:0',
  };
}
