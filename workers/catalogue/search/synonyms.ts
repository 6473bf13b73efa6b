import { BASE_LANGUAGE, type IndexLanguage, termOf } from './languages.ts';
import { wordsOf } from './words.ts';

/** Words that stand for one another. `two_way`: each of `words` for all others; `one_way`: those of `to` are found too. */
export interface SynonymRule {
  /** BCP 47; null: in every language. */
  locale: string | null;
  direction: 'one_way' | 'two_way';
  words: readonly string[];
  to: readonly string[];
}

interface Entry {
  language: IndexLanguage | null;
  from: string[];
  to: string[];
}

/** Synonyms ready to be found in queries; a synonym may be of several words. */
export class Synonyms {
  readonly #byFirst = new Map<string, Entry[]>();

  constructor(rules: readonly (Omit<SynonymRule, 'locale'> & { language: IndexLanguage | null })[]) {
    for (const { language, direction, words, to } of rules) {
      for (const from of words) {
        const others = direction === 'two_way' ? words.filter((word) => word !== from) : to;
        const parts = wordsOf(from).map(({ word }) => word);
        const [first] = parts;
        if (first === undefined || others.length === 0) continue;
        const key = stem(language, first);
        this.#byFirst.set(key, [
          ...(this.#byFirst.get(key) ?? []),
          { language, from: parts.map((part) => stem(language, part)), to: [...others] },
        ]);
      }
    }
  }

  /** Where synonyms begin in a query, how many of its words they cover, and the terms of what stands for them. */
  find(
    words: readonly { word: string }[],
    asked: IndexLanguage,
  ): { at: number; length: number; alternatives: string[][] }[] {
    return words.flatMap((_, at) =>
      [null, ...new Set([asked, BASE_LANGUAGE])].flatMap((language) =>
        (this.#byFirst.get(stem(language, words[at]?.word ?? '')) ?? [])
          .filter((entry) => entry.language === language && startsAt(words, at, entry))
          .map((entry) => ({
            at,
            length: entry.from.length,
            alternatives: entry.to.flatMap((text) =>
              [
                ...new Set(
                  language === null ? [asked, BASE_LANGUAGE, 'xx' as const] : [language, 'xx' as const],
                ),
              ].map((each) => wordsOf(text).map(({ word }) => termOf(each, word))),
            ),
          })),
      ),
    );
  }
}

/** Those of no language are compared as they are written. */
const stem = (language: IndexLanguage | null, word: string): string =>
  `${language ?? ''}/${termOf(language ?? 'xx', word)}`;

const startsAt = (words: readonly { word: string }[], at: number, entry: Entry): boolean =>
  entry.from.every((part, index) => {
    const word = words[at + index];
    return word !== undefined && stem(entry.language, word.word) === part;
  });
