import { HOUR_MS } from '#shared/time/time.ts';
import type { Condition, ConditionKind } from './rule.ts';
import type { Signals, SubjectKind } from './signals.ts';

type ConditionOf<Kind extends ConditionKind> = Extract<Condition, { kind: Kind }>;
/** What was found, in words for operators; null: the condition does not hold, or what it asks for is not known. */
type Look<Kind extends ConditionKind> = (condition: ConditionOf<Kind>, signals: Signals) => string | null;

const SUBJECT_WORDS: Record<SubjectKind, string> = {
  account: 'this account',
  client_address: 'this network address',
  delivery_address: 'this delivery address',
  card: 'this card',
};
const LEVELS = ['unknown', 'normal', 'elevated', 'highest'] as const;

const LOOKS: { [Kind in ConditionKind]: Look<Kind> } = {
  velocity: ({ subject, windowSeconds, limit }, { counts }) => {
    const orders = Math.max(
      0,
      ...counts
        .filter((count) => count.subject === subject && count.windowSeconds === windowSeconds)
        .map((count) => count.orders),
    );
    return orders > limit
      ? `${orders} orders of ${SUBJECT_WORDS[subject]} within ${windowSeconds} s, ${limit} are usual`
      : null;
  },
  amount: ({ currency, above }, { amount }) =>
    amount.currency === currency && amount.amount > above ? `total above ${above} ${currency}` : null,
  new_account: ({ youngerThanHours }, { accountAgeMs }) =>
    accountAgeMs !== null && accountAgeMs < youngerThanHours * HOUR_MS
      ? `account made ${Math.floor(accountAgeMs / HOUR_MS)} h before the order`
      : null,
  disposable_email: (_, { disposableEmail }) => (disposableEmail === true ? 'throw-away mailbox' : null),
  country_mismatch: ({ between }, { countries }) => {
    const [first, second] = COUNTRY_PAIRS[between];
    const [one, other] = [countries[first], countries[second]];
    return one !== null && other !== null && one !== other ? `${first} ${one}, ${second} ${other}` : null;
  },
  provider_level: ({ atLeast }, { risk }) =>
    risk !== null && LEVELS.indexOf(risk.level) >= LEVELS.indexOf(atLeast)
      ? `payment service says ${risk.level}`
      : null,
  provider_score: ({ atLeast }, { risk }) =>
    risk !== null && risk.score !== null && risk.score >= atLeast
      ? `payment service scores ${risk.score}`
      : null,
  provider_review: (_, { risk }) =>
    risk !== null && (risk.review === 'open' || risk.review === 'refused')
      ? `payment service’s review is ${risk.review}`
      : null,
  early_warning: (_, { risk }) =>
    risk?.earlyWarning === true ? 'the card’s issuer reports the payment as fraud' : null,
  card_check_failed: ({ check }, { risk }) => {
    const result = check === 'cvc' ? risk?.cvcCheck : risk?.postalCodeCheck;
    return result === 'fail' ? `${check === 'cvc' ? 'security code' : 'postal code'} does not match` : null;
  },
};
const COUNTRY_PAIRS = {
  card_shipping: ['card', 'shipping'],
  card_client: ['card', 'client'],
  shipping_client: ['shipping', 'client'],
} as const satisfies Record<string, [keyof Signals['countries'], keyof Signals['countries']]>;

/** Pure. See `Look`. */
export const findingOf = (condition: Condition, signals: Signals): string | null =>
  (LOOKS[condition.kind] as Look<ConditionKind>)(condition, signals);
