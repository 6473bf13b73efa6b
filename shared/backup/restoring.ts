/** While a restore is under way nothing may write by itself: the secret is set for as long as it takes. */
export const isRestoring = (env: { RESTORE_TOKEN?: string }): boolean => (env.RESTORE_TOKEN ?? '') !== '';
