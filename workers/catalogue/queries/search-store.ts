import type { SearchDocument } from '../domain/search-document.ts';
import { type ListFilters, type ListPosition, listDocuments, type ProductSort } from './list-documents.ts';
import { writeDocuments } from './write-documents.ts';

/** The search database as use cases see it. Lists ask the primary for the same reason as reads of products do. */
export const searchStore = (database: D1Database) => ({
  list: (filters: ListFilters, page: { sort: ProductSort; after: ListPosition | null; limit: number }) =>
    listDocuments(database.withSession('first-primary'), filters, page),
  write: (documents: readonly SearchDocument[]) => writeDocuments(database, documents),
});
