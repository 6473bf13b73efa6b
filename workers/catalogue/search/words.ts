/** A run of letters and digits; combining marks belong to the letter before them. */
const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;
/** Words with single hyphens between them: `e-book`, `AB-12`. */
const HYPHENATED = /[\p{L}\p{N}\p{M}]+(?:[-‐‑][\p{L}\p{N}\p{M}]+)+/gu;
/** Longer ones are no words anybody types; what follows is cut off, in texts and queries alike. */
const WORD_LENGTH_MAX = 40;
const JOINED_PARTS_MAX = 4;

/** Lower case without diacritics and ligatures: how words, titles and values of facets are compared. */
export const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('æ', 'ae')
    .replaceAll('œ', 'oe')
    .trim();

/** A word of a text: as it stands there (lower case) and folded. */
export interface Word {
  display: string;
  word: string;
}

/** The words of a text in their order. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const [run] of text.normalize('NFC').matchAll(WORD)) {
    const display = run.toLowerCase().slice(0, WORD_LENGTH_MAX).toWellFormed();
    const word = folded(display).slice(0, WORD_LENGTH_MAX).toWellFormed();
    if (word !== '') words.push({ display, word });
  }
  return words;
}

/** Hyphenated words written as one: `e-book` is found by `ebook` too. */
export function joinedWords(text: string): Word[] {
  return [...text.normalize('NFC').matchAll(HYPHENATED)].flatMap(([run]) => {
    const parts = wordsOf(run);
    if (parts.length > JOINED_PARTS_MAX) return [];
    const word = parts.map((part) => part.word).join('');
    return word.length > WORD_LENGTH_MAX ? [] : [{ display: run.toLowerCase(), word }];
  });
}
