import { indexLanguage, type IndexLanguage, isStopWord, termOf } from './languages.ts';
import { IMPACT_MAX } from './postings.ts';
import { joinedWords, type Word, wordsOf } from './words.ts';

export type FieldName =
  | 'title'
  | 'sku'
  | 'vendor'
  | 'tags'
  | 'attributes'
  | 'variants'
  | 'summary'
  | 'description';

/** How much a word counts by where it stands, and how many words such a field usually has. */
const FIELDS: Record<FieldName, { weight: number; usualWords: number }> = {
  title: { weight: 10, usualWords: 3 },
  sku: { weight: 9, usualWords: 4 },
  vendor: { weight: 5, usualWords: 2 },
  tags: { weight: 6, usualWords: 6 },
  attributes: { weight: 4, usualWords: 12 },
  variants: { weight: 2, usualWords: 8 },
  summary: { weight: 3, usualWords: 12 },
  description: { weight: 1, usualWords: 40 },
};
/** BM25F (Robertson, Zaragoza 2009 §3.6): how much a field's length counts, and how soon more of the same adds nothing. */
const LENGTH_SHARE = 0.4;
const SATURATION = 6;

export interface Field {
  field: FieldName;
  /** BCP 47 */
  locale: string;
  text: string;
}

/** A word of the vocabulary: what was written, and the term it is looked up under. */
export interface VocabularyWord {
  word: string;
  language: IndexLanguage;
  term: string;
  display: string;
  /** May be offered to whoever types, and be what was meant by a typo; parts of SKUs and numbers may not. */
  offered: boolean;
}

export interface Analysis {
  /** Term → impact, 1 to `IMPACT_MAX`. */
  terms: Record<string, number>;
  words: VocabularyWord[];
  /** The stems of every field in their order, by language; fields are kept apart, so that no phrase spans two. */
  phrases: Partial<Record<IndexLanguage, string>>;
}

/** Stands between two fields; no word is spelled like it. */
const FIELD_BREAK = ' 0break0 ';

export function analyse(fields: readonly Field[]): Analysis {
  const weights = new Map<string, number>();
  const words = new Map<string, VocabularyWord>();
  const phrases: Partial<Record<IndexLanguage, string>> = {};
  for (const { field, locale, text } of fields) {
    const language = indexLanguage(locale);
    const running = wordsOf(text);
    if (running.length === 0) continue;
    const { weight, usualWords } = FIELDS[field];
    const each = weight / (1 - LENGTH_SHARE + (LENGTH_SHARE * running.length) / usualWords);
    for (const word of [...running, ...joinedWords(text)]) {
      if (field !== 'title' && isStopWord(language, word.word)) continue;
      const term = termOf(language, word.word);
      weights.set(term, (weights.get(term) ?? 0) + each);
      if (!isVocabulary(language, word)) continue;
      const key = `${language}:${word.word}`;
      const offered = (words.get(key)?.offered ?? false) || isOffered(field, word);
      words.set(key, { ...word, language, term, offered });
    }
    const stems = running.map(({ word }) => stemOf(termOf(language, word))).join(' ');
    phrases[language] = phrases[language] === undefined ? stems : phrases[language] + FIELD_BREAK + stems;
  }
  const terms = Object.fromEntries(
    [...weights].map(([term, weight]) => [
      term,
      Math.max(1, Math.round((IMPACT_MAX * weight) / (SATURATION + weight))),
    ]),
  );
  return { terms, words: [...words.values()], phrases };
}

/** The stem of a term, without its language. */
export const stemOf = (term: string): string => term.slice(term.indexOf(':') + 1);

const isVocabulary = (language: IndexLanguage, { word }: Word): boolean =>
  /^[\p{L}\p{N}]{2,}$/u.test(word) && !isStopWord(language, word);

const isOffered = (field: FieldName, { word }: Word): boolean => field !== 'sku' && /^\p{L}{3,}$/u.test(word);
