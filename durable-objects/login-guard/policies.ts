import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';

/** How attempts of one kind against one key are limited. */
export interface Policy {
  /** Attempts within one window before the first refusal. */
  attemptsMax: number;
  /** Attempts within one window before each further one needs a solved challenge; null: none does. */
  challengeAfter: number | null;
  windowMs: number;
  /** First refusal lasts this long; each further one twice as long, up to `refusalMaxMs`. Between them: one attempt. */
  refusalMs: number;
  refusalMaxMs: number;
  /** After this long without an attempt all is forgotten. */
  forgetMs: number;
}

const guessing = { refusalMs: MINUTE_MS, refusalMaxMs: HOUR_MS, forgetMs: DAY_MS };
const flooding = { refusalMs: 15 * MINUTE_MS, refusalMaxMs: 15 * MINUTE_MS, forgetMs: HOUR_MS };

/**
 * `account` policies are keyed by a hash of the e-mail address (known or not), `address` policies by the client's
 * network address. Wrong passwords against one account: 10 at first, soon one an hour: at most 40 in the first day.
 */
export const POLICIES = {
  'password.account': { attemptsMax: 10, challengeAfter: 3, windowMs: 15 * MINUTE_MS, ...guessing },
  'password.address': {
    attemptsMax: 100,
    challengeAfter: 20,
    windowMs: 15 * MINUTE_MS,
    ...guessing,
    refusalMaxMs: 15 * MINUTE_MS,
  },
  /** A whole provider's customer, or a rented range: IPv4 /24, IPv6 /48. */
  'password.network': {
    attemptsMax: 1_000,
    challengeAfter: 150,
    windowMs: 15 * MINUTE_MS,
    ...guessing,
    refusalMaxMs: 15 * MINUTE_MS,
  },
  /** Wrong passwords on the whole site. Nobody is refused for it: all strangers get challenges, and it raises an alarm. */
  'password.site': { attemptsMax: 5_000, challengeAfter: 1_000, windowMs: 15 * MINUTE_MS, ...flooding },
  /** Six digits, three of them right at a time: 5 guesses at first, at most 35 in the first day. */
  'code.account': { attemptsMax: 5, challengeAfter: null, windowMs: 15 * MINUTE_MS, ...guessing },
  'mail.account': { attemptsMax: 5, challengeAfter: 3, windowMs: 15 * MINUTE_MS, ...flooding },
  /** Links for a new password: apart, so that only what brings the owner one can stand in the owner's way to one. */
  'reset.account': { attemptsMax: 5, challengeAfter: 3, windowMs: 15 * MINUTE_MS, ...flooding },
  'mail.address': { attemptsMax: 30, challengeAfter: 15, windowMs: 15 * MINUTE_MS, ...flooding },
  /** Links that stand for a solved challenge, for whoever has no scripts. They ask for none, so they are rare. */
  'link.account': {
    attemptsMax: 1,
    challengeAfter: null,
    windowMs: HOUR_MS,
    ...flooding,
    refusalMs: HOUR_MS,
    refusalMaxMs: HOUR_MS,
    forgetMs: 2 * HOUR_MS,
  },
  'link.address': { attemptsMax: 10, challengeAfter: null, windowMs: 15 * MINUTE_MS, ...flooding },
  'ceremony.address': { attemptsMax: 120, challengeAfter: null, windowMs: 15 * MINUTE_MS, ...flooding },
  'federation.address': { attemptsMax: 120, challengeAfter: null, windowMs: 15 * MINUTE_MS, ...flooding },
  /** Requests that an application which keeps no secret leaves with us: whoever knows its id can. */
  'request.address': { attemptsMax: 60, challengeAfter: null, windowMs: 15 * MINUTE_MS, ...flooding },
  'device.account': { attemptsMax: 10, challengeAfter: null, windowMs: 15 * MINUTE_MS, ...guessing },
  'device.address': { attemptsMax: 60, challengeAfter: null, windowMs: 15 * MINUTE_MS, ...flooding },
  /** Invitations an organisation sends: 100 a day, then one an hour. */
  'invitation.organisation': {
    attemptsMax: 100,
    challengeAfter: null,
    windowMs: DAY_MS,
    refusalMs: HOUR_MS,
    refusalMaxMs: HOUR_MS,
    forgetMs: DAY_MS,
  },
  /** What an organisation's administrators have us look up and fetch elsewhere: providers, metadata, records of domains. */
  'identity.organisation': { attemptsMax: 60, challengeAfter: null, windowMs: HOUR_MS, ...flooding },
  /** Organisations somebody makes. */
  'organisation.account': {
    attemptsMax: 10,
    challengeAfter: null,
    windowMs: DAY_MS,
    refusalMs: HOUR_MS,
    refusalMaxMs: HOUR_MS,
    forgetMs: DAY_MS,
  },
} as const satisfies Record<string, Policy>;
export type PolicyName = keyof typeof POLICIES;

/** How hard a challenge may become: 0 to this. */
export const PRESSURE_MAX = 4;

/**
 * How many different subjects of failed sign-ins within `FAILURES_MS` are a signal, which is given once in `SIGNAL_MS`: one
 * account from many networks is being guessed, many accounts from one network or its range are being tried with stolen
 * passwords.
 */
export const SIGNALS = { many_networks: 5, many_accounts: 10, many_accounts_in_range: 40, site: 1 } as const;
export type SignalName = keyof typeof SIGNALS;
export const FAILURES_MS = HOUR_MS;
export const SIGNAL_MS = DAY_MS;

/** An address an owner signed in from is counted apart from strangers for this long. */
export const TRUST_MS = 30 * DAY_MS;
export const TRUSTED_SOURCES_MAX = 20;
