/**
 * Authentication context classes of access tokens (RFC 9068 §2.2.1), from weak to strong: the mailbox alone, one factor,
 * two factors or a passkey with user verification.
 */
export const ACR_VALUES = ['urn:tradepost:acr:0', 'urn:tradepost:acr:1', 'urn:tradepost:acr:2'] as const;
export type Acr = (typeof ACR_VALUES)[number];
export const [NO_FACTOR, , TWO_FACTORS] = ACR_VALUES;

/** How an authentication must be: of this class at least, and no older than this. */
export interface StepUp {
  acr?: Acr | undefined;
  maxAgeSeconds?: number | undefined;
}

/** A class we do not know is none. */
const rank = (acr: string): number => ACR_VALUES.indexOf(acr as Acr);

export const reaches = (acr: string, wanted: string): boolean => rank(acr) >= rank(wanted);
export const weakest = (one: Acr, other: Acr): Acr => (reaches(one, other) ? other : one);
