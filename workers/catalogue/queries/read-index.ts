import type { ListedProduct } from '../domain/listed-product.ts';
import type { Descriptions } from '../search/index-document.ts';
import type { ChunkNews, GenerationState, IndexMemory, Snapshot } from '../search/index-memory.ts';
import { INDEX_LANGUAGES, type IndexLanguage } from '../search/languages.ts';
import type { Lists } from '../search/match.ts';
import type { FoundWord, Lookup, Vocabulary } from '../search/plan.ts';
import { reversed } from '../search/change.ts';

/** Words that are taken for a beginning, and for an end. */
const BEGUN_WORDS_MAX = 40;
const COMPOUNDS_MAX = 20;
const NEIGHBOURS_MAX = 200;
/** Chunks whose lists are read as one string: no row may grow beyond 2 MB. */
const CHUNKS_A_ROW = 512;

const SERVING = `SELECT generation FROM index_generations WHERE state = 'serving'`;
const WORD = 'w.word, w.language, w.term, w.display, w.offered, w.products';

/**
 * First round trip of a search: what was written since this isolate last looked, and the words of the vocabulary that may be
 * meant.
 */
export async function openIndex(
  session: D1DatabaseSession,
  memory: IndexMemory,
  lookup: Lookup | null,
): Promise<{ snapshot: Snapshot; vocabulary: Vocabulary }> {
  const since = memory.known;
  const [state, news, ...found] = await session.batch([
    session.prepare(`SELECT generation, token, version FROM index_generations WHERE state = 'serving'`),
    session
      .prepare(
        `SELECT c.chunk, c.version, c.columns FROM index_generations AS g CROSS JOIN index_chunks AS c
         ON c.generation = g.generation AND c.version > CASE WHEN g.token = ?1 THEN ?2 ELSE 0 END
         WHERE g.state = 'serving'`,
      )
      .bind(since.token, since.version),
    ...(lookup === null ? [] : lookupStatements(session, lookup)),
  ]);
  const [row] = (state?.results ?? []) as GenerationState[];
  if (row === undefined) throw new Error('no generation of the search index serves');
  const [byTerm = [], byDeletion = [], bySuffix = [], byPrefix = []] = found.map((each) =>
    (each.results as (Omit<FoundWord, 'offered'> & { offered: number })[]).map((word): FoundWord => ({
      ...word,
      offered: word.offered === 1,
    })),
  );
  return {
    snapshot: memory.take(row, (news?.results ?? []) as ChunkNews[], since),
    vocabulary: { byTerm, byPrefix, bySuffix, byDeletion },
  };
}

function lookupStatements(session: D1DatabaseSession, lookup: Lookup): D1PreparedStatement[] {
  const statements = [
    session
      .prepare(
        // The planner would rather read all words of the generation: it takes the primary key for cheaper.
        `SELECT ${WORD} FROM json_each(?1) AS t CROSS JOIN index_words AS w INDEXED BY index_words_by_term
         ON w.generation = (${SERVING}) AND w.term = t.value`,
      )
      .bind(JSON.stringify(lookup.terms)),
    session
      .prepare(
        `SELECT DISTINCT ${WORD} FROM json_each(?1) AS t
         CROSS JOIN index_deletions AS d ON d.generation = (${SERVING}) AND d.deletion = t.value
         CROSS JOIN index_words AS w ON w.generation = d.generation AND w.word = d.word AND w.offered = 1
         ORDER BY w.products DESC LIMIT ${NEIGHBOURS_MAX}`,
      )
      .bind(JSON.stringify(lookup.deletions)),
    session
      .prepare(
        `SELECT ${WORD} FROM json_each(?1) AS t CROSS JOIN index_words AS w
         ON w.generation = (${SERVING}) AND w.reversed > t.value AND w.reversed < t.value || char(1114111)
         WHERE w.language IN ('de', 'nl') ORDER BY w.products DESC LIMIT ${COMPOUNDS_MAX}`,
      )
      .bind(JSON.stringify(lookup.suffixes.map(reversed))),
  ];
  if (lookup.prefix === null) return statements;
  return [
    ...statements,
    session
      .prepare(
        `SELECT ${WORD} FROM index_words AS w WHERE w.generation = (${SERVING})
         AND w.word >= ?1 AND w.word < ?1 || char(1114111) ORDER BY w.products DESC LIMIT ${BEGUN_WORDS_MAX}`,
      )
      .bind(lookup.prefix),
  ];
}

/** Second round trip: the lists of terms, and the products each phrase is in. */
export async function readLists(
  session: D1DatabaseSession,
  generation: number,
  wanted: { terms: readonly string[]; phrases: readonly Partial<Record<IndexLanguage, readonly string[]>>[] },
): Promise<{ lists: Lists; phrases: Set<number>[] }> {
  const [lists, ...phrases] = await session.batch([
    session
      .prepare(
        `SELECT p.term, group_concat(p.chunk || ':' || p.data, ';') AS data
         FROM json_each(?2) AS t CROSS JOIN index_postings AS p ON p.generation = ?1 AND p.term = t.value
         GROUP BY p.term, p.chunk / ${CHUNKS_A_ROW}`,
      )
      .bind(generation, JSON.stringify(wanted.terms)),
    ...wanted.phrases.map((phrase) =>
      session
        .prepare(
          `SELECT group_concat(e.number) AS numbers FROM index_phrases AS f JOIN index_entries AS e ON e.row = f.rowid
           WHERE index_phrases MATCH ?2 AND e.generation = ?1`,
        )
        .bind(generation, phraseExpression(phrase)),
    ),
  ]);
  return {
    lists: readPostings((lists?.results ?? []) as { term: string; data: string }[]),
    phrases: phrases.map(({ results }) => {
      const [{ numbers } = { numbers: null }] = results as { numbers: string | null }[];
      return new Set(numbers === null ? [] : numbers.split(',').map(Number));
    }),
  };
}

/** Stems are letters and digits alone, so nothing in them can be FTS5 syntax; they are quoted all the same. */
const phraseExpression = (phrase: Partial<Record<IndexLanguage, readonly string[]>>): string =>
  INDEX_LANGUAGES.flatMap((language) => {
    const stems = phrase[language];
    return stems === undefined ? [] : [`${language} : "${stems.join(' ').replaceAll('"', '')}"`];
  }).join(' OR ');

function readPostings(rows: readonly { term: string; data: string }[]): Lists {
  const lists = new Map<string, Map<number, string>>();
  for (const { term, data } of rows) {
    const chunks = lists.get(term) ?? new Map<number, string>();
    lists.set(term, chunks);
    for (let at = 0; at < data.length;) {
      const colon = data.indexOf(':', at);
      const semicolon = data.indexOf(';', colon);
      const end = semicolon === -1 ? data.length : semicolon;
      chunks.set(Number(data.slice(at, colon)), data.slice(colon + 1, end));
      at = end + 1;
    }
  }
  return lists;
}

export interface ShownProduct {
  number: number;
  summary: ListedProduct;
  descriptions: Descriptions;
}

/** Third round trip: what is shown of the hits. */
export async function readShown(
  session: D1DatabaseSession,
  generation: number,
  numbers: readonly number[],
): Promise<Map<number, ShownProduct>> {
  const { results } = await session
    .prepare(
      `SELECT number, summary, descriptions FROM index_entries
       WHERE generation = ? AND number IN (SELECT value FROM json_each(?))`,
    )
    .bind(generation, JSON.stringify(numbers))
    .all<{ number: number; summary: string; descriptions: string }>();
  return new Map(
    results.map(({ number, summary, descriptions }) => [
      number,
      {
        number,
        summary: JSON.parse(summary) as ListedProduct,
        descriptions: JSON.parse(descriptions) as Descriptions,
      },
    ]),
  );
}
