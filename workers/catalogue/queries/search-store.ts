import type { Clock } from '#shared/time/time.ts';
import type { IndexDocument } from '../search/index-document.ts';
import { IndexMemory } from '../search/index-memory.ts';
import type { Lookup } from '../search/plan.ts';
import type { SearchDocument } from '../domain/search-document.ts';
import {
  advanceBuilding,
  type Building,
  buildingGeneration,
  clearRetired,
  switchGeneration,
} from './generations.ts';
import type { ListFilters } from '../domain/list-filters.ts';
import { type ListPage, listDocuments } from './list-documents.ts';
import { openIndex, readLists, readShown } from './read-index.ts';
import { searchRules } from './search-rules.ts';
import { writeDocuments } from './write-documents.ts';
import { liveGenerations, writeIndex } from './write-index.ts';

/** Of this isolate. */
const isolateMemory = new IndexMemory();

/** The search database as use cases see it; `rules`: the catalogue's, where what the shop has decided is kept. Lists ask the primary for the same reason as reads of products do. */
export const searchStore = (
  database: D1Database,
  rules: D1Database,
  clock: Clock,
  memory: IndexMemory = isolateMemory,
) => ({
  list: (filters: ListFilters, page: ListPage) =>
    listDocuments(database.withSession('first-primary'), filters, page),
  write: (documents: readonly SearchDocument[]) => writeDocuments(database, documents),

  /** The index for one search: what follows sees nothing older than what came before. */
  index: (fresh: boolean) => {
    const session = database.withSession(fresh ? 'first-primary' : 'first-unconstrained');
    return {
      open: (lookup: Lookup | null) => openIndex(session, memory, lookup),
      lists: (generation: number, wanted: Parameters<typeof readLists>[2]) =>
        readLists(session, generation, wanted),
      shown: (generation: number, numbers: readonly number[]) => readShown(session, generation, numbers),
    };
  },
  /** What the shop has decided about searches. */
  rules: () => searchRules(rules, clock.now()),
  building: (nowMs: number, begin: boolean) => buildingGeneration(database, nowMs, begin),
  advance: (from: Building, cursor: string) => advanceBuilding(database, from, cursor),
  switchTo: (from: Building, nowMs: number) => switchGeneration(database, from, nowMs),
  clearRetired: (beforeMs: number) => clearRetired(database, beforeMs),
  liveGenerations: () => liveGenerations(database),
  writeIndex: (generation: number, documents: readonly IndexDocument[]) =>
    writeIndex(database, generation, documents),
});
