import { TROUBLING_CARDS } from './aftermaths.ts';
import { DECLINED_WALLET, SUCCEEDING_CARDS } from './cards.ts';
import { CHALLENGING_CARDS } from './challenges.ts';
import { DELAYED_METHODS } from './debits.ts';
import { DECLINING_CARDS, LIVE_CARD } from './declines.ts';
import { card } from './make.ts';
import { OTHER_METHODS } from './others.ts';
import { RISKY_CARDS } from './risks.ts';
import type { MethodType, TestMethod } from './types.ts';

/**
 * Test cards and test payment methods, by what happens when one pays. Numbers, tokens and codes as in
 * https://docs.stripe.com/testing; those named `pm_sandbox_…` are ours.
 */
export const METHOD_GROUPS: readonly { title: string; methods: readonly TestMethod[] }[] = [
  { title: 'Cards that work', methods: SUCCEEDING_CARDS },
  { title: 'Cards that are declined', methods: [...DECLINING_CARDS, DECLINED_WALLET] },
  { title: 'Cards that ask whether it is you', methods: CHALLENGING_CARDS },
  { title: 'Cards that look risky', methods: RISKY_CARDS },
  { title: 'Cards that make trouble later', methods: TROUBLING_CARDS },
  { title: 'Bank debits, and cards that settle later', methods: DELAYED_METHODS },
  { title: 'Bank transfer and others', methods: OTHER_METHODS },
];
export const TEST_METHODS: readonly TestMethod[] = METHOD_GROUPS.flatMap(({ methods }) => methods);

/** A number that looks like a card's but is no test card. */
const UNKNOWN_CARD = card('pm_card_unknown', null, 'Not a test card', {
  brand: 'unknown',
  outcome: LIVE_CARD,
  attachable: false,
});

const BY_TOKEN = new Map(
  [...TEST_METHODS, UNKNOWN_CARD].flatMap((method) =>
    [method.token, ...method.aliases].map((token) => [token, method] as const),
  ),
);
export const methodByToken = (token: string): TestMethod | undefined => BY_TOKEN.get(token);

const compact = (typed: string): string => typed.replaceAll(/[\s-]/g, '').toUpperCase();

/** A test account by its IBAN or account number; undefined when it is none. */
export const accountByNumber = (type: MethodType, typed: string): TestMethod | undefined =>
  TEST_METHODS.find((method) => method.type === type && method.number === compact(typed));

/** A number that is no test card but looks like one is declined, as in test mode; null when it is no card number. */
export function cardByNumber(typed: string): TestMethod | null {
  const number = compact(typed);
  const known = TEST_METHODS.find((method) => method.type === 'card' && method.number === number);
  if (known !== undefined) return known;
  return /^\d{12,19}$/.test(number) && luhnValid(number) ? { ...UNKNOWN_CARD, number } : null;
}

/** ISO/IEC 7812-1 annex B. */
function luhnValid(number: string): boolean {
  const sum = Array.from(number)
    .toReversed()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

/** Types that can hold funds without taking them (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method). */
const HOLDING: ReadonlySet<string> = new Set<MethodType>(['card', 'link', 'paypal', 'klarna']);
export const holdsPossible = (type: string): boolean => HOLDING.has(type);
