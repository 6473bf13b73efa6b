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

  constructor(terms: Iterable<string>, words: Iterable<string>) {
    this.#terms = new Set(terms);
    this.#words = new Set(words);
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
    const first = [...text.matchAll(WORD)].find(([word]) => this.#isHit(word));
    if (first === undefined) return null;
    const from = Math.min(first.index, wordStart(text, Math.max(0, first.index - BEFORE_HIT)));
    const to = wordEnd(text, from + PASSAGE_LENGTH);
    const passage = `${from > 0 ? '… ' : ''}${text.slice(from, to).trim()}${to < text.length ? ' …' : ''}`;
    return this.mark(passage);
  }

  #isHit(text: string): boolean {
    const word = folded(text);
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
