import { COMMON_PASSWORDS, COMMON_WORDS } from './common-passwords.ts';
import { PASSWORD_CHARACTERS, PASSWORD_OWN_CHARACTERS_MIN } from './limits.ts';

export type PasswordFault = 'too_short' | 'too_long' | 'common' | 'context' | 'breached';

/** Names of ours that make no secret. */
const SHOP_WORDS = ['tradepost'];
const CONTEXT_WORD_CHARACTERS_MIN = 4;
const REPEATED_UNIT_MAX = 6;
const LEET: Record<string, string> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};
const WALKS = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
];
const WALK_SHARE_MAX = 0.6;

/**
 * What is wrong with a new password, or null. Pure; a breach look-up comes on top. Length counts code points of the NFC
 * form; there are no composition rules (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2). `email` gives the context words.
 */
export function passwordFault(
  password: string,
  email: string,
  beside: 'alone' | 'second_factor' = 'alone',
): PasswordFault | null {
  const text = password.normalize('NFC');
  const length = lengthOf(text);
  const least = beside === 'alone' ? PASSWORD_CHARACTERS.min : PASSWORD_CHARACTERS.minBesideSecondFactor;
  if (length < least) return 'too_short';
  if (length > PASSWORD_CHARACTERS.max) return 'too_long';
  const plain = text.toLowerCase();
  if (isContextual(plain, email)) return 'context';
  if (isCommon(plain) || isRepetitive(plain) || isMostlyWalk(plain)) return 'common';
  return null;
}

const lengthOf = (password: string): number => Array.from(password.normalize('NFC')).length;

/** Long enough to be the only factor. */
export const standsAlone = (password: string): boolean => lengthOf(password) >= PASSWORD_CHARACTERS.min;

/** Without the address's parts and the shop's name, too little is left. */
function isContextual(plain: string, email: string): boolean {
  const [local = '', host = ''] = email.toLowerCase().split('@');
  const words = [local, ...local.split(/[^\p{L}\p{N}]+/u), host, ...host.split('.'), ...SHOP_WORDS]
    .filter((word) => Array.from(word).length >= CONTEXT_WORD_CHARACTERS_MIN)
    .sort((a, b) => b.length - a.length);
  const contained = words.filter((word) => plain.includes(word));
  return contained.length > 0 && lacksOwn(plain, [...contained, ...COMMON_WORDS]);
}

function isCommon(plain: string): boolean {
  if (COMMON_PASSWORDS.has(plain)) return true;
  const spelled = Array.from(plain)
    .map((character) => LEET[character] ?? character)
    .join('');
  const contained = COMMON_WORDS.filter((word) => plain.includes(word) || spelled.includes(word));
  return contained.length > 0 && (lacksOwn(plain, contained) || lacksOwn(spelled, contained));
}

/** Counts distinct characters of what the words leave over: a counted-up tail does not make a secret. */
function lacksOwn(plain: string, words: readonly string[]): boolean {
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), plain);
  return new Set(offWalk(rest)).size < PASSWORD_OWN_CHARACTERS_MIN;
}

/** One short unit over and over. */
function isRepetitive(plain: string): boolean {
  for (let unit = 1; unit <= REPEATED_UNIT_MAX; unit += 1) {
    if (
      plain ===
      plain
        .slice(0, unit)
        .repeat(Math.ceil(plain.length / unit))
        .slice(0, plain.length)
    )
      return true;
  }
  return false;
}

/** Mostly neighbours on the keyboard, in the alphabet or in counting. */
const isMostlyWalk = (plain: string): boolean =>
  offWalk(plain).length / Array.from(plain).length < 1 - WALK_SHARE_MAX;

/** The characters that are no neighbour of the one before. */
function offWalk(text: string): string[] {
  const characters = Array.from(text);
  return characters.filter((character, position) => {
    const before = characters[position - 1];
    const isStep = (walk: string): boolean =>
      walk.includes(`${before}${character}`) || walk.includes(`${character}${before}`);
    return before === undefined || !WALKS.some(isStep);
  });
}
