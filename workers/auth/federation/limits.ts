import { DAY_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';

/** Every number of sign-in by other providers. */

/** How long somebody may take at the provider. */
export const REQUEST_TTL_MS = 10 * MINUTE_MS;
export const IDENTITIES_PER_ACCOUNT_MAX = 20;
export const PROVIDERS_LISTED_MAX = 20;
/** One request to a provider, its body included. */
export const PROVIDER_TIMEOUT_MS = 5 * SECOND_MS;
export const PROVIDER_BYTES_MAX = 512 * 1024;
/** How long an isolate keeps a provider's discovery document and keys. */
export const METADATA_CACHE_MS = 10 * MINUTE_MS;
/** How long an isolate takes a provider's host for public. */
export const HOST_CACHE_MS = 5 * MINUTE_MS;
/** How old a sign-in at the provider may be that is asked for anew. */
export const FRESH_SECONDS = 5 * 60;
/** What clocks may differ by. */
export const CLOCK_SKEW_SECONDS = 60;
/** Apple takes up to six months; it is made for each use. */
export const APPLE_SECRET_TTL_SECONDS = 5 * 60;
export const LABEL_CHARACTERS_MAX = 254;

/** Of one organisation. */
export const ORGANISATION_CONNECTIONS_MAX = 5;
export const ORGANISATION_DOMAINS_MAX = 20;
/** A domain is an organisation's this long after its record was seen last. */
export const DOMAIN_HELD_MS = 7 * DAY_MS;
export const DOMAIN_LOOK_MS = DAY_MS;
/** Domains looked at by one run of the cron. */
export const DOMAINS_LOOKED_AT_MAX = 20;
