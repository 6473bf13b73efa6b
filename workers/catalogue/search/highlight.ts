import { INDEX_LANGUAGES, termOf } from './languages.ts';
import { folded } from './words.ts';

/** A piece of a text; `hit`: it is what was searched for. Plain text: whoever shows it escapes it as any other. */
export interface Piece {
  text: string;
  hit: boolean;
}

const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;
const PASSAGE_LENGTH = 200;
const BEFORE_HIT = 60;

/** The terms of a query, to be found again in a text. */
export class Highlighter {
  readonly #terms: ReadonlySet<string>;
  readonly #words: ReadonlySet<string>;
  /** First letters of all of them: no stemmer changes a word's. */
  readonly #initials: ReadonlySet<string>;
  /** What was found out of a word of a text, as it stands there: texts of one page repeat their words. */
  readonly #known = new Map<string, boolean>();

  constructor(terms: Iterable<string>, words: Iterable<string>) {
    this.#terms = new Set(terms);
    this.#words = new Set(words);
    const stems = [...this.#terms].map((term) => term.slice(term.indexOf(':') + 1));
    this.#initials = new Set([...stems, ...this.#words].map((text) => text.charAt(0)));
  }

  /** The whole text in pieces; neighbouring pieces differ in `hit`. */
  mark(text: string): Piece[] {
    const pieces: Piece[] = [];
    const add = (piece: string, hit: boolean): void => {
      if (piece === '') return;
      const last = pieces.at(-1);
      if (last?.hit === hit) last.text += piece;
      else pieces.push({ text: piece, hit });
    };
    let end = 0;
    for (const match of text.matchAll(WORD)) {
      add(text.slice(end, match.index), false);
      add(match[0], this.#isHit(match[0]));
      end = match.index + match[0].length;
    }
    add(text.slice(end), false);
    return pieces;
  }

  /** A passage around the first hit, marked; null: there is none. */
  passage(text: string): Piece[] | null {
    const first = this.#firstHit(text);
    if (first === null) return null;
    const from = Math.min(first, wordStart(text, Math.max(0, first - BEFORE_HIT)));
    const to = wordEnd(text, from + PASSAGE_LENGTH);
    const passage = `${from > 0 ? '… ' : ''}${text.slice(from, to).trim()}${to < text.length ? ' …' : ''}`;
    return this.mark(passage);
  }

  #firstHit(text: string): number | null {
    for (const { 0: word, index } of text.matchAll(WORD)) if (this.#isHit(word)) return index;
    return null;
  }

  #isHit(text: string): boolean {
    let isHit = this.#known.get(text);
    if (isHit === undefined) this.#known.set(text, (isHit = this.#isMeant(folded(text))));
    return isHit;
  }

  #isMeant(word: string): boolean {
    if (!this.#initials.has(word.charAt(0))) return false;
    return (
      this.#words.has(word) || INDEX_LANGUAGES.some((language) => this.#terms.has(termOf(language, word)))
    );
  }
}

function wordStart(text: string, at: number): number {
  if (at === 0) return 0;
  const blank = text.indexOf(' ', at);
  return blank === -1 ? at : blank + 1;
}

function wordEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const blank = text.lastIndexOf(' ', at);
  return blank === -1 ? at : blank;
}
