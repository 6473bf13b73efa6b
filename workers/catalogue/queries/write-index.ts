import { newId } from '#shared/ids/ids.ts';
import type { Analysis } from '../search/analysis.ts';
import {
  type Assigned,
  assignNumbers,
  chunkOf,
  type KnownEntry,
  nextChunks,
  nextPostings,
  postingChanges,
  type PostingRow,
  splitKey,
  wordChanges,
} from '../search/change.ts';
import type { IndexDocument } from '../search/index-document.ts';
import { INDEX_LANGUAGES } from '../search/languages.ts';
import { CHUNK_CHARACTERS_MAX, INDEX_WRITE_ATTEMPTS_MAX } from '../limits.ts';

/** The generations that must follow the catalogue: the one that serves and one that is built. */
export async function liveGenerations(database: D1Database): Promise<number[]> {
  const { results } = await database
    .prepare(`SELECT generation FROM index_generations WHERE state <> 'retired' ORDER BY generation`)
    .all<{ generation: number }>();
  return results.map((row) => row.generation);
}

/**
 * Brings products of one generation up to date, all or none. Two reads, then one atomic batch that happens only when nobody
 * has written meanwhile; otherwise it begins anew. A document of an older revision than the kept one is ignored, so writers
 * may come late, twice or at the same time. Throws when others are always first.
 */
export async function writeIndex(
  database: D1Database,
  generation: number,
  documents: readonly IndexDocument[],
): Promise<void> {
  for (let attempt = 0; attempt < INDEX_WRITE_ATTEMPTS_MAX; attempt += 1) {
    const state = await readState(database, generation, documents);
    if (state === null || state.assigned.length === 0) return;
    const statements = await changeStatements(database, generation, state);
    const [first] = await database.batch(statements);
    if ((first?.meta.changes ?? 0) > 0) return;
  }
  throw new Error('the search index is being written by others all the time');
}

interface State {
  version: number;
  assigned: Assigned[];
  nextNumber: number;
}

async function readState(
  database: D1Database,
  generation: number,
  documents: readonly IndexDocument[],
): Promise<State | null> {
  const [generations, entries] = await database.batch([
    database
      .prepare('SELECT version, next_number AS nextNumber FROM index_generations WHERE generation = ?')
      .bind(generation),
    database
      .prepare(
        `SELECT id, number, revision, analysis FROM index_entries
         WHERE generation = ? AND id IN (SELECT value FROM json_each(?))`,
      )
      .bind(generation, JSON.stringify(documents.map((document) => document.id))),
  ]);
  const [row] = (generations?.results ?? []) as { version: number; nextNumber: number }[];
  if (row === undefined) return null;
  const known = ((entries?.results ?? []) as (Omit<KnownEntry, 'analysis'> & { analysis: string })[]).map(
    (entry) => ({ ...entry, analysis: JSON.parse(entry.analysis) as Analysis }),
  );
  return { version: row.version, ...assignNumbers(documents, known, row.nextNumber) };
}

/** ?1 the generation, ?2 the batch's token, ?3 JSON. Nothing happens unless the first statement of the batch did. */
const OURS = `EXISTS (SELECT 1 FROM index_generations WHERE generation = ?1 AND write_token = ?2)`;

const WRITE_CHUNKS = `INSERT INTO index_chunks (generation, chunk, version, columns)
  SELECT ?1, r.value->>'chunk', (SELECT version FROM index_generations WHERE generation = ?1), r.value->>'columns'
  FROM json_each(?3) AS r WHERE ${OURS}
  ON CONFLICT (generation, chunk) DO UPDATE SET version = excluded.version, columns = excluded.columns`;
const WRITE_ENTRIES = `INSERT INTO index_entries (generation, id, number, revision, analysis, summary, descriptions)
  SELECT ?1, r.value->>'id', r.value->>'number', r.value->>'revision', r.value->'analysis', r.value->'summary', r.value->'descriptions'
  FROM json_each(?3) AS r WHERE ${OURS}
  ON CONFLICT (generation, id) DO UPDATE SET revision = excluded.revision, analysis = excluded.analysis,
    summary = excluded.summary, descriptions = excluded.descriptions`;
const ROWS_OF = `SELECT row FROM index_entries WHERE generation = ?1 AND id IN (SELECT value->>'id' FROM json_each(?3))`;
const FORGET_PHRASES = `DELETE FROM index_phrases WHERE ${OURS} AND rowid IN (${ROWS_OF})`;
const WRITE_PHRASES = `INSERT INTO index_phrases (rowid, ${INDEX_LANGUAGES.join(', ')})
  SELECT e.row, ${INDEX_LANGUAGES.map((language) => `coalesce(r.value->'analysis'->'phrases'->>'${language}', '')`).join(', ')}
  FROM json_each(?3) AS r CROSS JOIN index_entries AS e ON e.generation = ?1 AND e.id = r.value->>'id' WHERE ${OURS}`;
const WRITE_POSTINGS = `INSERT INTO index_postings (generation, term, chunk, data)
  SELECT ?1, r.value->>'term', r.value->>'chunk', r.value->>'data' FROM json_each(?3) AS r WHERE ${OURS}
  ON CONFLICT (generation, term, chunk) DO UPDATE SET data = excluded.data`;
const FORGET_POSTINGS = `DELETE FROM index_postings WHERE ${OURS} AND (generation, term, chunk) IN
  (SELECT ?1, value->>'term', value->>'chunk' FROM json_each(?3) WHERE value->>'data' = '')`;
const WRITE_WORDS = `INSERT INTO index_words (generation, word, language, term, display, reversed, offered, products)
  SELECT ?1, r.value->>'word', r.value->>'language', r.value->>'term', r.value->>'display', r.value->>'reversed',
    r.value->>'offered', r.value->>'products' FROM json_each(?3) AS r WHERE ${OURS}
  ON CONFLICT (generation, word, language) DO UPDATE SET products = products + excluded.products,
    offered = max(offered, excluded.offered)`;
const FORGET_WORDS = `DELETE FROM index_words WHERE ${OURS} AND products <= 0 AND (generation, word, language) IN
  (SELECT ?1, value->>'word', value->>'language' FROM json_each(?3))`;
const WRITE_DELETIONS = `INSERT OR IGNORE INTO index_deletions (generation, deletion, word)
  SELECT ?1, value->>'deletion', value->>'word' FROM json_each(?3) WHERE ${OURS}`;

async function changeStatements(
  database: D1Database,
  generation: number,
  { version, assigned, nextNumber }: State,
): Promise<D1PreparedStatement[]> {
  const token = newId('event');
  const over = (sql: string, rows: readonly object[]): D1PreparedStatement[] =>
    parts(rows).map((part) => database.prepare(sql).bind(generation, token, part));
  const changes = postingChanges(assigned);
  const present = await readPresent(database, generation, assigned, [...changes.keys()]);
  const entries = assigned.map(({ document, number }) => ({
    id: document.id,
    number,
    revision: document.revision,
    analysis: document.analysis,
    summary: document.summary,
    descriptions: document.descriptions,
  }));
  const rephrased = entries.filter(
    (entry, index) =>
      JSON.stringify(assigned[index]?.before?.phrases ?? {}) !== JSON.stringify(entry.analysis.phrases),
  );
  const postings = nextPostings(changes, present.postings);
  const { words, deletions } = wordChanges(assigned);
  return [
    database
      .prepare(
        `UPDATE index_generations SET version = version + 1, write_token = ?2, next_number = ?3
         WHERE generation = ?1 AND version = ?4`,
      )
      .bind(generation, token, nextNumber, version),
    ...over(WRITE_CHUNKS, nextChunks(assigned, present.chunks)),
    ...over(WRITE_ENTRIES, entries),
    ...over(FORGET_PHRASES, rephrased),
    ...over(WRITE_PHRASES, rephrased),
    ...over(WRITE_POSTINGS, postings),
    ...over(
      FORGET_POSTINGS,
      postings.filter(({ data }) => data === ''),
    ),
    ...over(WRITE_WORDS, words),
    ...over(
      FORGET_WORDS,
      words.filter(({ products }) => products < 0),
    ),
    ...over(WRITE_DELETIONS, deletions),
  ];
}

async function readPresent(
  database: D1Database,
  generation: number,
  assigned: readonly Assigned[],
  keys: readonly string[],
): Promise<{ chunks: { chunk: number; columns: string }[]; postings: PostingRow[] }> {
  const touched = [...new Set(assigned.map(({ number }) => chunkOf(number)))];
  const [chunks, ...postings] = await database.batch([
    database
      .prepare(
        `SELECT chunk, columns FROM index_chunks
         WHERE generation = ? AND chunk IN (SELECT value FROM json_each(?))`,
      )
      .bind(generation, JSON.stringify(touched)),
    ...parts(keys.map(splitKey)).map((part) =>
      database
        .prepare(
          `SELECT p.term, p.chunk, p.data FROM json_each(?2) AS r CROSS JOIN index_postings AS p
           ON p.generation = ?1 AND p.term = r.value->>'term' AND p.chunk = r.value->>'chunk'`,
        )
        .bind(generation, part),
    ),
  ]);
  return {
    chunks: (chunks?.results ?? []) as { chunk: number; columns: string }[],
    postings: postings.flatMap(({ results }) => results as PostingRow[]),
  };
}

/** JSON arrays of the rows, none much longer than a bound parameter should be. */
function parts(rows: readonly object[]): string[] {
  const each = rows.map((row) => JSON.stringify(row));
  const found: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const row of each) {
    if (size + row.length > CHUNK_CHARACTERS_MAX) {
      found.push([]);
      size = 0;
    }
    found.at(-1)?.push(row);
    size += row.length;
  }
  return found.map((part) => `[${part.join(',')}]`);
}
