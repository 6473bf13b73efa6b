import type { DatabaseSync } from 'node:sqlite';
import { sqliteD1 } from '../scripts/search/sqlite-d1.ts';
import { searchStore } from '../workers/catalogue/queries/search-store.ts';
import { IndexMemory } from '../workers/catalogue/search/index-memory.ts';
import { madeUpDocuments } from './made-up-products.ts';
import { withDatabase } from './many-products.ts';

const BATCH = 200;

/** Writes made-up products into the search index of a stopped system, with the worker's own writer. */
export async function fillSearchIndex(folder: string, count: number): Promise<void> {
  await withDatabase(folder, 'index_generations', async (database) => {
    // Lost on a power cut only, which loses the folder as well.
    database.exec('PRAGMA synchronous = OFF');
    await write(database, count);
  });
}

async function write(database: DatabaseSync, count: number): Promise<void> {
  const row = database.prepare(`SELECT generation FROM index_generations WHERE state = 'serving'`).get();
  if (row === undefined) throw new Error('no generation of the search index serves');
  const d1 = sqliteD1(database);
  const store = searchStore(d1, d1, { now: () => Date.now() }, new IndexMemory());
  for (let from = 0; from < count; from += BATCH)
    await store.writeIndex(Number(row['generation']), madeUpDocuments(from, Math.min(from + BATCH, count)));
}
