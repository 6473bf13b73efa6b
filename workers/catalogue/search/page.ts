import type { Chunk } from './columns.ts';
import { CHUNK_PRODUCTS } from './postings.ts';

export type Sort = 'relevance' | 'newest' | 'price' | '-price' | 'title';
export const SORTS = ['relevance', 'newest', 'price', '-price', 'title'] as const;

/** Where a page ended: what it was sorted by, and the product. */
export interface Position {
  key: number | string;
  id: string;
}
export interface Hit extends Position {
  /** The product's number in the index. */
  number: number;
}
export interface PageOrder {
  sort: Sort;
  currency: string;
  after: Position | null;
  limit: number;
}

/** The best hits after a position, in order, never more than are asked for. */
export class Page {
  readonly hits: Hit[] = [];
  readonly #order: PageOrder;
  readonly #direction: 1 | -1;

  constructor(order: PageOrder) {
    this.#order = order;
    this.#direction = order.sort === 'price' || order.sort === 'title' ? 1 : -1;
  }

  /** Whether any product of a chunk may still come on the page. */
  mayHold(chunk: Chunk): boolean {
    const last = this.hits.at(-1);
    const { sort, limit, currency } = this.#order;
    if (last === undefined || this.hits.length < limit || sort === 'relevance') return true;
    const bounds = boundsOf(chunk);
    switch (sort) {
      case 'newest':
        return bounds.newest > last.id;
      case 'title':
        return bounds.title <= last.key;
      case 'price':
        return (bounds.cheapest.get(currency) ?? Number.POSITIVE_INFINITY) <= Number(last.key);
      case '-price':
        return (bounds.dearest.get(currency) ?? Number.NEGATIVE_INFINITY) >= Number(last.key);
    }
  }

  offer(chunk: Chunk, place: number, score: number): void {
    const key = this.#keyOf(chunk, place, score);
    if (key === null) return;
    const { after, limit } = this.#order;
    const id = chunk.ids[place] ?? '';
    if (after !== null && this.#compare(key, id, after) <= 0) return;
    const last = this.hits.at(-1);
    if (this.hits.length >= limit && last !== undefined && this.#compare(key, id, last) >= 0) return;
    let [low, high] = [0, this.hits.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.hits[middle];
      if (other !== undefined && this.#compare(key, id, other) > 0) low = middle + 1;
      else high = middle;
    }
    this.hits.splice(low, 0, { key, id, number: chunk.chunk * CHUNK_PRODUCTS + place });
    if (this.hits.length > limit) this.hits.pop();
  }

  #keyOf(chunk: Chunk, place: number, score: number): number | string | null {
    switch (this.#order.sort) {
      case 'relevance':
        return score;
      case 'newest':
        return '';
      case 'title':
        return chunk.titleKeys[place] ?? '';
      case 'price':
      case '-price': {
        const amount = chunk.prices.get(this.#order.currency)?.numbers[place] ?? Number.NaN;
        return Number.isNaN(amount) ? null : amount;
      }
    }
  }

  /** Below zero: the first comes before `other`. */
  #compare(key: number | string, id: string, other: Position): number {
    if (key !== other.key) return key < other.key ? -this.#direction : this.#direction;
    if (id === other.id) return 0;
    return id < other.id ? -this.#direction : this.#direction;
  }
}

/** What is best in a chunk by each order, whoever is shown. */
interface Bounds {
  newest: string;
  title: string;
  cheapest: Map<string, number>;
  dearest: Map<string, number>;
}

/** Of chunks in memory, which never change. */
const remembered = new WeakMap<Chunk, Bounds>();

function boundsOf(chunk: Chunk): Bounds {
  const known = remembered.get(chunk);
  if (known !== undefined) return known;
  const present = chunk.ids.flatMap((id, place) => (id === '' ? [] : [place]));
  const amounts = [...chunk.prices].map(
    ([currency, { numbers }]) => [currency, numbers.filter((amount) => !Number.isNaN(amount))] as const,
  );
  const bounds = {
    newest: chunk.ids.reduce((best, id) => (id > best ? id : best), ''),
    title: present.reduce((best, place) => {
      const title = chunk.titleKeys[place] ?? '';
      return title < best ? title : best;
    }, '\u{10FFFF}'),
    cheapest: new Map(amounts.map(([currency, each]) => [currency, Math.min(...each)])),
    dearest: new Map(amounts.map(([currency, each]) => [currency, Math.max(...each)])),
  };
  remembered.set(chunk, bounds);
  return bounds;
}
