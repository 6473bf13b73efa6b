import type { Role } from '#shared/auth/permissions.ts';
import { ACR_VALUES, NO_FACTOR, TWO_FACTORS, type Acr } from '#shared/auth/step-up.ts';

/**
 * How somebody proved who they are: `amr` (RFC 8176, and `email`, `recovery` of our own) and what it amounts to. The
 * mailbox is no factor: whoever shows nothing else has shown none.
 */
export interface Proof {
  amr: string[];
  acr: Acr;
}

/** Whether staff must show two factors, or only those who have set them up. */
export type StaffSecondFactor = 'required' | 'when_set_up';

export const isStaff = ({ roles }: { roles: readonly Role[] }): boolean =>
  roles.some((role) => role !== 'customer');

/**
 * The strongest class that a permission may ask of this account. A passkey is what staff have set up to show two factors by;
 * customers use theirs or not.
 */
export function acrDueOf(
  ports: { staffSecondFactor: StaffSecondFactor },
  account: { hasTotp: boolean; passkeyCount: number; roles: readonly Role[] },
): Acr {
  const isAsked = isStaff(account) && (ports.staffSecondFactor === 'required' || account.passkeyCount > 0);
  return account.hasTotp || isAsked ? TWO_FACTORS : NO_FACTOR;
}

/** Of a challenge: everything was shown, and it opens nothing but the way to the organisation's provider. */
export const LINKS_PROVIDER = 'links_provider';

export const PASSWORD_AMR = ['pwd'];
export const EMAIL_AMR = ['email'];
/** A passkey with user verification is two factors in one; synced ones are software keys. */
export const passkeyAmr = (backupEligible: boolean): string[] => [backupEligible ? 'swk' : 'hwk', 'user'];
/** Another provider’s word: one factor, or two where the connection takes its word for that as well. */
export const federatedAmr = (isTwoFactors: boolean): string[] =>
  isTwoFactors ? ['fed', 'fed_mfa'] : ['fed'];

const FIRST = ['pwd', 'fed'];
const SECOND = ['otp', 'recovery', 'fed_mfa'];
const showsAny = (amr: readonly string[], methods: readonly string[]): boolean =>
  methods.some((method) => amr.includes(method));

/** Whether more than what can be typed or mailed was shown: what an account with a second factor always demands. */
export const showsSecondFactor = (amr: readonly string[]): boolean => showsAny(amr, [...SECOND, 'user']);

export function proofOf(amr: readonly string[]): Proof {
  if (amr.includes('user') || (showsAny(amr, FIRST) && showsAny(amr, SECOND))) {
    return { amr: [...amr, 'mfa'], acr: TWO_FACTORS };
  }
  return {
    amr: [...amr],
    acr: showsAny(amr, [...FIRST, ...SECOND]) ? ACR_VALUES[1] : NO_FACTOR,
  };
}
