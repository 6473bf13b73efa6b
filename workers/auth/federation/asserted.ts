/** What a provider says of somebody, after everything about its answer was checked. */
export interface Asserted {
  issuer: string;
  /** Stays the same for ever, and is never given to somebody else. */
  subject: string;
  email: string | null;
  /** The provider says that it checked the address. */
  emailVerified: boolean;
  /** Classes of the sign-in there: `acr` and `amr`, or the AuthnContextClassRef. */
  classes: readonly string[];
  /** Epoch milliseconds of the sign-in there; null: not told. */
  authTime: number | null;
}

/** Why a provider's answer does not count, in a word for the audit log and a sentence for whoever set it up. */
export interface Refusal {
  reason: string;
  detail: string;
}
