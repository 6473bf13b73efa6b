import { SEARCH_WORDS_MAX } from '../limits.ts';
import { type Word, wordsOf } from './words.ts';

export interface QueryWord extends Word {
  /** Stands between quotes: exactly this word. */
  quoted: boolean;
}

/** A query as it was typed: `recording "room tone" -drums`. */
export interface ParsedQuery {
  /** All that is wanted, those of phrases included. */
  words: QueryWord[];
  /** Folded words that must follow each other. */
  phrases: string[][];
  excludedWords: string[];
  excludedPhrases: string[][];
  /** The last word may be the beginning of one. */
  isTyping: boolean;
}

/** A quoted part, or anything up to the next blank; a hyphen before either leaves out what has it. */
const PARTS = /(?<=^|\s)(?<not>[-−])?"(?<quoted>[^"]*)"|(?<plain>\S+)/gu;

/** Any text is a query; what is no word is ignored, and so is every word after the first `SEARCH_WORDS_MAX`. */
export function parseQuery(text: string): ParsedQuery {
  const parsed: ParsedQuery = {
    words: [],
    phrases: [],
    excludedWords: [],
    excludedPhrases: [],
    isTyping: false,
  };
  let room = SEARCH_WORDS_MAX;
  for (const { groups } of text.matchAll(PARTS)) {
    const { not, quoted, plain = '' } = groups ?? {};
    const isExcluded = not !== undefined || (quoted === undefined && /^[-−][^-−]/u.test(plain));
    const words = wordsOf(quoted ?? plain).slice(0, room);
    if (words.length === 0) continue;
    room -= words.length;
    const folded = words.map(({ word }) => word);
    const isPhrase = words.length > 1 && quoted !== undefined;
    if (isExcluded) {
      if (words.length === 1) parsed.excludedWords.push(...folded);
      else parsed.excludedPhrases.push(folded);
      continue;
    }
    if (isPhrase) parsed.phrases.push(folded);
    parsed.words.push(...words.map((word) => ({ ...word, quoted: quoted !== undefined })));
    parsed.isTyping = quoted === undefined;
  }
  return parsed;
}
