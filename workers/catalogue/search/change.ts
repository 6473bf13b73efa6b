import type { Analysis, VocabularyWord } from './analysis.ts';
import { type ChunkRows, packChunk, unpackChunk } from './columns.ts';
import { deletionsToKeep } from './distance.ts';
import type { IndexDocument } from './index-document.ts';
import { changedPostings, CHUNK_PRODUCTS } from './postings.ts';

/** What the index holds of a product. */
export interface KnownEntry {
  id: string;
  number: number;
  revision: number;
  analysis: Analysis;
}

export interface Assigned {
  document: IndexDocument;
  number: number;
  before: Analysis | null;
}

const NOTHING: Analysis = { terms: {}, words: [], phrases: {} };
export const chunkOf = (number: number): number => Math.floor(number / CHUNK_PRODUCTS);
export const placeOf = (number: number): number => number % CHUNK_PRODUCTS;

/** The documents that are news, with their numbers; products that are new get the next ones. */
export function assignNumbers(
  documents: readonly IndexDocument[],
  known: readonly KnownEntry[],
  nextNumber: number,
): { assigned: Assigned[]; nextNumber: number } {
  const entries = new Map(known.map((entry) => [entry.id, entry]));
  let next = nextNumber;
  const latest = new Map<string, IndexDocument>();
  for (const document of documents) {
    if ((latest.get(document.id)?.revision ?? 0) <= document.revision) latest.set(document.id, document);
  }
  const assigned = [...latest.values()].flatMap((document): Assigned[] => {
    const entry = entries.get(document.id);
    if (entry === undefined) return [{ document, number: next++, before: null }];
    if (entry.revision > document.revision) return [];
    return [{ document, number: entry.number, before: entry.analysis }];
  });
  return { assigned, nextNumber: next };
}

/** `chunk/term` → place → new impact (0: gone), for what differs alone. */
export function postingChanges(assigned: readonly Assigned[]): Map<string, Map<number, number>> {
  const changes = new Map<string, Map<number, number>>();
  for (const { document, number, before } of assigned) {
    const old = (before ?? NOTHING).terms;
    const { terms } = document.analysis;
    for (const term of new Set([...Object.keys(old), ...Object.keys(terms)])) {
      if (old[term] === terms[term]) continue;
      const key = `${chunkOf(number)}/${term}`;
      const places = changes.get(key) ?? new Map<number, number>();
      changes.set(key, places.set(placeOf(number), terms[term] ?? 0));
    }
  }
  return changes;
}

export interface PostingRow {
  chunk: number;
  term: string;
  data: string;
}

export const splitKey = (key: string): { chunk: number; term: string } => {
  const slash = key.indexOf('/');
  return { chunk: Number(key.slice(0, slash)), term: key.slice(slash + 1) };
};

/** The posting rows after the changes; empty `data`: the row goes. */
export function nextPostings(
  changes: ReadonlyMap<string, ReadonlyMap<number, number>>,
  present: readonly PostingRow[],
): PostingRow[] {
  const known = new Map(present.map((row) => [`${row.chunk}/${row.term}`, row.data]));
  return [...changes].map(([key, places]) => ({
    ...splitKey(key),
    data: changedPostings(known.get(key) ?? '', places),
  }));
}

/** The packed chunks after the changes. */
export function nextChunks(
  assigned: readonly Assigned[],
  present: readonly { chunk: number; columns: string }[],
): { chunk: number; columns: string }[] {
  const known = new Map(present.map(({ chunk, columns }) => [chunk, unpackChunk(columns)]));
  const touched = new Map<number, ChunkRows>();
  for (const { document, number } of assigned) {
    const chunk = chunkOf(number);
    const rows = touched.get(chunk) ?? known.get(chunk) ?? [];
    while (rows.length <= placeOf(number)) rows.push(null);
    rows[placeOf(number)] = document.columns;
    touched.set(chunk, rows);
  }
  return [...touched].map(([chunk, rows]) => ({ chunk, columns: packChunk(rows) }));
}

export interface WordChange extends VocabularyWord {
  reversed: string;
  products: number;
}

/** How many products more or fewer have each word, and the deletions of words that may be new. */
export function wordChanges(assigned: readonly Assigned[]): {
  words: WordChange[];
  deletions: { deletion: string; word: string }[];
} {
  const words = new Map<string, WordChange>();
  const count = (word: VocabularyWord, by: number): void => {
    const key = `${word.language}:${word.word}`;
    const known = words.get(key);
    words.set(key, {
      ...word,
      offered: word.offered || (known?.offered ?? false),
      reversed: reversed(word.word),
      products: (known?.products ?? 0) + by,
    });
  };
  for (const { document, before } of assigned) {
    for (const word of (before ?? NOTHING).words) count(word, -1);
    for (const word of document.analysis.words) count(word, 1);
  }
  const changed = [...words.values()].filter((word) => word.products !== 0);
  const added = new Set(changed.filter((word) => word.products > 0 && word.offered).map(({ word }) => word));
  return {
    words: changed,
    deletions: [...added].flatMap((word) => deletionsToKeep(word).map((deletion) => ({ deletion, word }))),
  };
}

export const reversed = (word: string): string => Array.from(word).toReversed().join('');
