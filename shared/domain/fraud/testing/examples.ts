import type { Condition, ConditionKind } from '../rule.ts';
import { NO_SIGNALS, type ProviderRisk, type Signals } from '../signals.ts';

type Example = Partial<Signals>;
const count = (subject: 'card' | 'account', windowSeconds: number, orders: number) => ({
  subject,
  object: 'o',
  windowSeconds,
  orders,
});
/** Of a payment nobody worries about. */
export const CALM: ProviderRisk = {
  level: 'normal',
  score: 10,
  review: 'none',
  earlyWarning: false,
  authenticated: true,
  postalCodeCheck: 'pass',
  cvcCheck: 'pass',
};
const eur = (amount: number): Example => ({ amount: { amount, currency: 'EUR' } });
const countries = (card: string | null, shipping: string | null, client: string | null): Example => ({
  countries: { card, shipping, client },
});
const risk = (values: Partial<ProviderRisk>): Example => ({ risk: { ...CALM, ...values } });

export const signals = (example: Example): Signals => ({
  ...NO_SIGNALS,
  amount: { amount: 1_000, currency: 'EUR' },
  ...example,
});

/** Of each kind of rule: orders it counts against, and orders it does not. */
export const EXAMPLES: {
  [Kind in ConditionKind]: {
    condition: Extract<Condition, { kind: Kind }>;
    counts: Record<string, Example>;
    spares: Record<string, Example>;
  };
} = {
  velocity: {
    condition: { kind: 'velocity', subject: 'card', windowSeconds: 3_600, limit: 2 },
    counts: { 'the third order': { counts: [count('card', 3_600, 3)] } },
    spares: {
      'the second order': { counts: [count('card', 3_600, 2)] },
      'a count of another window': { counts: [count('card', 86_400, 9)] },
      'a count of something else': { counts: [count('account', 3_600, 9)] },
      'what was not counted': { counts: [] },
    },
  },
  amount: {
    condition: { kind: 'amount', currency: 'EUR', above: 5_000 },
    counts: { 'one cent more': eur(5_001) },
    spares: {
      'exactly that': eur(5_000),
      'another currency': { amount: { amount: 9_999, currency: 'JPY' } },
    },
  },
  new_account: {
    condition: { kind: 'new_account', youngerThanHours: 24 },
    counts: { 'an hour old': { accountAgeMs: 3_600_000 } },
    spares: { 'a day old': { accountAgeMs: 86_400_000 }, 'nobody knows': { accountAgeMs: null } },
  },
  disposable_email: {
    condition: { kind: 'disposable_email' },
    counts: { 'a throw-away mailbox': { disposableEmail: true } },
    spares: { 'a mailbox to stay': { disposableEmail: false }, 'nobody knows': { disposableEmail: null } },
  },
  country_mismatch: {
    condition: { kind: 'country_mismatch', between: 'card_shipping' },
    counts: { 'a foreign card': countries('US', 'DE', 'DE') },
    spares: {
      'the same country': countries('DE', 'DE', 'US'),
      'no parcel': countries('US', null, 'DE'),
      'a card nobody knows': countries(null, 'DE', 'DE'),
    },
  },
  provider_level: {
    condition: { kind: 'provider_level', atLeast: 'elevated' },
    counts: { elevated: risk({ level: 'elevated' }), highest: risk({ level: 'highest' }) },
    spares: {
      normal: risk({}),
      'not assessed': risk({ level: 'unknown' }),
      'no payment yet': { risk: null },
    },
  },
  provider_score: {
    condition: { kind: 'provider_score', atLeast: 65 },
    counts: { 'exactly that': risk({ score: 65 }) },
    spares: {
      'one less': risk({ score: 64 }),
      'no scores': risk({ score: null }),
      'no payment yet': { risk: null },
    },
  },
  provider_review: {
    condition: { kind: 'provider_review' },
    counts: { open: risk({ review: 'open' }), refused: risk({ review: 'refused' }) },
    spares: { none: risk({}), approved: risk({ review: 'approved' }), 'no payment yet': { risk: null } },
  },
  early_warning: {
    condition: { kind: 'early_warning' },
    counts: { warned: risk({ earlyWarning: true }) },
    spares: { 'not warned': risk({}), 'no payment yet': { risk: null } },
  },
  card_check_failed: {
    condition: { kind: 'card_check_failed', check: 'cvc' },
    counts: { 'a wrong code': risk({ cvcCheck: 'fail' }) },
    spares: {
      'a right code': risk({}),
      'not looked at': risk({ cvcCheck: 'unchecked' }),
      'another check': risk({ postalCodeCheck: 'fail' }),
    },
  },
};
