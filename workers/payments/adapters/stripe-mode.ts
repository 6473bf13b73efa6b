/** Whether a secret or restricted key moves real money (https://docs.stripe.com/keys). */
export const isLiveKey = (key: string): boolean => /^[sr]k_live_/.test(key);
