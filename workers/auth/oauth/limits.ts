import { DAY_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';

/** Every number of the OpenID Connect provider, in one place. */

/** RFC 6749 §4.1.2 allows ten minutes at most; a client redeems a code at once. */
export const CODE_TTL_MS = 60 * SECOND_MS;
/** A used code is remembered this long, so that its second use ends what it gave. */
export const USED_CODE_KEPT_MS = DAY_MS;
/** RFC 9126 §2.2 allows ten minutes at most. A customer signs in meanwhile. */
export const PUSHED_REQUEST_TTL_MS = 10 * MINUTE_MS;
/** How long somebody who was sent to sign in anew for a request may take to it. */
export const SENT_TO_SIGN_IN_MS = 10 * MINUTE_MS;
export const ID_TOKEN_TTL_SECONDS = 600;
/** An application's session without `offline_access` lasts as long as its one access token. */
export const ONLINE_SESSION_MS = 10 * MINUTE_MS;

export const CLIENT_SECRETS_MAX = 5;
export const CLIENTS_LISTED_MAX = 100;
export const PARAMETER_CHARACTERS_MAX = 2_000;
/** An assertion of a client may be good for no longer than this. */
export const ASSERTION_AGE_SECONDS_MAX = 600;
/** How long a nonce for proofs of possession is handed out; it is taken for as long again. */
export const DPOP_NONCE_MS = 5 * MINUTE_MS;
export const DEVICE_CODE_TTL_MS = 10 * MINUTE_MS;
/** Pause between two questions of a device, and by how much one asked too early lengthens it (RFC 8628 §3.5). */
export const DEVICE_INTERVAL_MS = 5 * SECOND_MS;
export const DEVICE_SLOWER_MS = 5 * SECOND_MS;
export const API_KEYS_MAX = 20;
export const SUPPORT_ACCESSES_LISTED_MAX = 50;
