import { ACR_VALUES } from '#shared/auth/step-up.ts';

/** Names that sessions begun before had, the weakest first. */
const FORMER = ['', 'aal1', 'aal2'];
const levelOf = (acr: string): number =>
  Math.max(
    ACR_VALUES.findIndex((known) => known === acr),
    FORMER.indexOf(acr),
  );

/** Whether a sign-in is as strong as one of those asked for; nothing asked for is met by any. Pure. */
export const meetsAcr = (present: string, wanted: readonly string[]): boolean =>
  wanted.length === 0 ||
  wanted.some((acr) => {
    const level = levelOf(acr);
    return level >= 0 && levelOf(present) >= level;
  });
