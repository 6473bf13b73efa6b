/** Whether a secret or restricted key moves real money (https://docs.stripe.com/keys). */
export const isLiveKey = (key: string): boolean => /^[sr]k_live_/.test(key);

/**
 * Throws where the key is of the other mode than the deployment: real money is never moved outside production, and nobody
 * is served for play money in it. The message holds nothing of the key.
 */
export function refuseUnfitKey(key: string, mode: string): void {
  if (mode !== 'live' && mode !== 'test') throw new Error(`PAYMENTS_MODE must be live or test, not ${mode}`);
  const isLive = isLiveKey(key);
  if (isLive && mode !== 'live')
    throw new Error('STRIPE_SECRET_KEY moves real money, and PAYMENTS_MODE is test');
  if (!isLive && mode === 'live')
    throw new Error('STRIPE_SECRET_KEY is no live key, and PAYMENTS_MODE is live');
}
