import { SEARCH_WORDS_MAX } from '../limits.ts';

/** Lower case without diacritics, for sorting titles and comparing words. */
export const folded = (text: string): string =>
  text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss').trim();

/**
 * An FTS5 query that finds documents with all words of `text`, the last one as a prefix; null when it has no word.
 * Words are runs of letters and digits and each is quoted, so no character of the input can be FTS5 syntax
 * (https://www.sqlite.org/fts5.html#fts5_strings). The parts of `AB-12` are looked up as the tokenizer stored them.
 */
export function searchExpression(text: string): string | null {
  const words = [...text.normalize('NFC').matchAll(/[\p{L}\p{N}\p{M}\p{Co}]+/gu)]
    .map(([word]) => word)
    .slice(0, SEARCH_WORDS_MAX);
  if (words.length === 0) return null;
  return words.map((word, index) => (index === words.length - 1 ? `"${word}" *` : `"${word}"`)).join(' AND ');
}
