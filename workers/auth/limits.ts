import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';

/** Every number of the auth worker, in one place. How guesses are limited stands in #objects/login-guard/policies.ts. */

/** NIST SP 800-63B-4 §3.1.1.2: 15 characters when the password is the only factor; at least 64 must be allowed. */
export const PASSWORD_CHARACTERS = { min: 15, minBesideSecondFactor: 8, max: 256 } as const;
/** What must remain of a password without its context and common words. */
export const PASSWORD_OWN_CHARACTERS_MIN = 8;
/** OWASP password storage: argon2id, m in KiB. */
export const ARGON2 = { memoryKib: 19_456, passes: 2, lanes: 1, saltBytes: 16, hashBytes: 32 } as const;
export const BREACH_LOOKUP_TIMEOUT_MS = 1_500;
export const DNS_TIMEOUT_MS = 3 * SECOND_MS;

export const EMAIL_LINK_TTL_MS = 30 * MINUTE_MS;
/** A notice without a link is of use this long; also how long providers remember a mail's key. */
export const NOTICE_TTL_MS = DAY_MS;
/** The first tries are made behind the answer, with these pauses between them. */
export const MAIL_FIRST_PAUSES_MS = [SECOND_MS / 2, SECOND_MS] as const;
/** The cron looks after this long, so that it does not meet the first tries. */
export const MAIL_FIRST_TURN_MS = MINUTE_MS;
/** Pause after the cron's first try; doubles with each. */
export const MAIL_PAUSE_MS = MINUTE_MS;
export const MAIL_PAUSE_MAX_MS = 10 * MINUTE_MS;
/** Mails of one run of the cron. */
export const MAILS_SENT_MAX = 50;
/** Between the first factor of a sign-in and the second. */
export const SIGN_IN_CHALLENGE_TTL_MS = 10 * MINUTE_MS;
export const EMAIL_CODE_TTL_MS = 10 * MINUTE_MS;
export const EMAIL_CODE_DIGITS = 8;
/** Wrong codes before a new one has to be sent. */
export const EMAIL_CODE_TRIES = 5;
/** How long a changed address can be changed back from the old one, and a warning answered with "not me". */
export const OWNER_LINK_TTL_MS = 7 * DAY_MS;
/** A change that an owner disowns is seldom the first: what came so long before it is taken back with it. */
export const NOTICE_REACH_MS = HOUR_MS;
export const DEVICE_REMEMBERED_MS = 180 * DAY_MS;
/** Audit entries in an export of one's data. */
export const EXPORTED_EVENTS_MAX = 1_000;
/** A puzzle is of use this long. At pressure 0 it takes 2^15 hashes on average: a phone's second at most. */
export const PUZZLE_TTL_MS = 5 * MINUTE_MS;
export const PUZZLE_BITS = 15;
/** The vendor's (https://developers.cloudflare.com/turnstile/get-started/server-side-validation/). */
export const TURNSTILE_TOKEN_TTL_MS = 5 * MINUTE_MS;
export const SITEVERIFY_TIMEOUT_MS = 3 * SECOND_MS;
/** How old an isolate's word on the pressure on the whole site may be. */
export const SITE_PRESSURE_CACHE_MS = 15 * SECOND_MS;
export const CEREMONY_TTL_MS = 5 * MINUTE_MS;
export const PASSKEYS_PER_ACCOUNT_MAX = 20;
/** In our pages, and in each application: the one that was not used for the longest ends for the next. All are listed. */
export const SESSIONS_PER_ACCOUNT_MAX = 100;
export const SESSIONS_LISTED_MAX = 100;

export const SESSION_IDLE_MS = 30 * DAY_MS;
export const SESSION_ABSOLUTE_MS = 90 * DAY_MS;
/** By an organisation's provider: so whoever is removed there is out of here a working day later at the latest. */
export const SESSION_BY_ORGANISATION_MS = 12 * HOUR_MS;
/** How long the token before the current one is answered again with the same successor: a reply may have been lost. */
export const REFRESH_REPLAY_MS = 10 * SECOND_MS;

export const SIGNING_KEY_LIFE_MS = 30 * DAY_MS;
/** A key is published this long before its first use: longer than every cache of the key set. */
export const SIGNING_KEY_LEAD_MS = HOUR_MS;
/** How long an isolate keeps the unwrapped key and the key set. */
export const SIGNING_KEY_CACHE_MS = MINUTE_MS;
/** A replaced key stays published for a token's life, what isolates still sign with it, and clock differences. */
export const SIGNING_KEY_TAIL_MS = 15 * MINUTE_MS;
export const JWKS_MAX_AGE_SECONDS = 300;
/** A revocation is told while a token from before it could be alive: its life and differences of clocks. */
export const REVOCATION_KEPT_SECONDS = 660;
export const REVOCATIONS_TOLD_MAX = 2_000;

export const AUDIT_KEY_LIFE_MS = 365 * DAY_MS;
export const AUDIT_PAGE_MAX = 500;
/** Entries between two places that were witnessed, at most; more are from before there was a witness. */
export const UNWITNESSED_MAX = 20_000;
/** Older entries go, behind a signed checkpoint. */
export const AUDIT_KEPT_MS = 400 * DAY_MS;
/** Rows deleted of one table by one run of the cron, each minute: more than come in. */
export const DELETED_ROWS_MAX = 5_000;
/** Rows re-encrypted by one statement of the cron. */
export const HOUSEKEEPING_ROWS_MAX = 200;
/** An ended session stays this long, so that a late reuse of its tokens is still recognised. */
export const ENDED_SESSION_KEPT_MS = DAY_MS;
/** A key or secret that counts no more, and consents of a disabled application, stay this long for their owner to see. */
export const ENDED_KEY_KEPT_MS = 90 * DAY_MS;
export const USER_AGENT_CHARACTERS_MAX = 200;
