import type { Clock } from '#shared/time/time.ts';
import { fail, ok, type Result } from '../domain/result.ts';

type Column = string | number | null;

/**
 * One kind of rule an operator states whole and nobody deletes: a table with `id`, `status` (`archived` at the end),
 * `version`, `created_at_ms`, `updated_at_ms` and columns of its own.
 */
export interface RuleKind<Input, View> {
  table: string;
  /** It has a column `written_by`: the account of whoever wrote the version. */
  isAuthored?: true;
  /** The kind's own columns, `status` included. Names come from code, never from input. */
  columns(input: Input): Record<string, Column>;
  view(row: Record<string, unknown>): View;
  /**
   * What an input says against other rows: SQL that answers a row of `pointer` and `detail` for each contradiction. Its
   * parameters stand for the id of the row and for what `stated` makes of the input. Asked in the statement that writes, so
   * that of two rows that contradict each other only one is written.
   */
  contradictions?: { stated(input: Input): string; sql(id: string, stated: string): string };
  /** Brings what follows from a row up to date, whoever wrote the row; ?1 is its id. In the batch of each write. */
  follow?: readonly string[];
}

export interface Contradiction {
  /** Of the field in the input (RFC 6901). */
  pointer: string;
  detail: string;
}

export type RuleFailure =
  | { code: 'contradicts'; contradictions: Contradiction[] }
  | { code: 'not_found' }
  | { code: 'changed_meanwhile' }
  | { code: 'archived' }
  | { code: 'taken' };

export interface Stored<View> {
  view: View;
  version: number;
}

interface Row extends Record<string, unknown> {
  id: string;
  status: string;
  version: number;
}

/** The rows of one kind of rule. Every write is one atomic batch that decides by the version it was made for. */
export class RuleStore<Input, View> {
  readonly #database: D1Database;
  readonly #kind: RuleKind<Input, View>;
  readonly #clock: Clock;
  readonly #author: Record<string, Column>;

  constructor(database: D1Database, kind: RuleKind<Input, View>, clock: Clock, writtenBy = '') {
    this.#database = database;
    this.#kind = kind;
    this.#clock = clock;
    this.#author = kind.isAuthored === true ? { written_by: writtenBy } : {};
  }

  async read(id: string): Promise<Stored<View> | null> {
    const row = await this.#primary()
      .prepare(`SELECT * FROM ${this.#kind.table} WHERE id = ?1`)
      .bind(id)
      .first<Row>();
    return row === null ? null : this.#stored(row);
  }

  /** By id, after one; archived ones only when asked for. */
  async list(page: {
    after: string;
    limit: number;
    archived: boolean;
  }): Promise<(Stored<View> & { id: string })[]> {
    const { results } = await this.#primary()
      .prepare(
        `SELECT * FROM ${this.#kind.table} WHERE id > ?1 AND (status = 'archived') = ?2 ORDER BY id LIMIT ?3`,
      )
      .bind(page.after, page.archived ? 1 : 0, page.limit)
      .all<Row>();
    return results.map((row) => ({ id: row.id, ...this.#stored(row) }));
  }

  /** `isNew` false: the row was there; then nothing was written, and `isSame` tells whether it states what the input does. */
  async create(
    id: string,
    input: Input,
  ): Promise<Result<Stored<View> & { isNew: boolean; isSame: boolean }, RuleFailure>> {
    const now = this.#clock.now();
    const stated = this.#kind.columns(input);
    const columns = {
      id,
      ...stated,
      ...this.#author,
      version: 1,
      created_at_ms: now,
      updated_at_ms: now,
    };
    const names = Object.keys(columns);
    const contradiction = this.#contradiction(input, names.length);
    const insert = `INSERT INTO ${this.#kind.table} (${names.join(', ')})
      SELECT ${names.map((_, index) => `?${index + 1}`).join(', ')} WHERE ${contradiction.isNone}
      ON CONFLICT (id) DO NOTHING RETURNING id`;
    const values = [...Object.values(columns), ...contradiction.values(id)];
    const written = await this.#write(insert, values, id, input);
    if (!written.ok) return written;
    const { row, changed } = written.value;
    if (row === null) return fail({ code: 'not_found' });
    const isSame = Object.entries(stated).every(([name, value]) => row[name] === value);
    return ok({ ...this.#stored(row), isNew: changed, isSame });
  }

  /** `version` null: whichever is there. */
  async replace(
    id: string,
    input: Input,
    version: number | null,
  ): Promise<Result<Stored<View>, RuleFailure>> {
    return this.#update(id, version, this.#kind.columns(input), input);
  }

  /** Archiving twice is archiving once. */
  async archive(id: string, version: number | null): Promise<Result<null, RuleFailure>> {
    const done = await this.#update(id, version, { status: 'archived' }, null);
    return done.ok || done.error.code === 'archived' ? ok(null) : done;
  }

  async #update(
    id: string,
    version: number | null,
    changes: Record<string, Column>,
    input: Input | null,
  ): Promise<Result<Stored<View>, RuleFailure>> {
    const columns = { ...changes, ...this.#author, updated_at_ms: this.#clock.now() };
    const contradiction = this.#contradiction(input, Object.keys(columns).length + 2);
    const sets = Object.keys(columns).map((name, index) => `${name} = ?${index + 3}`);
    const update = `UPDATE ${this.#kind.table} SET ${sets.join(', ')}, version = version + 1
      WHERE id = ?1 AND (?2 IS NULL OR version = ?2) AND status <> 'archived' AND ${contradiction.isNone} RETURNING id`;
    const values = [id, version, ...Object.values(columns), ...contradiction.values(id)];
    const written = await this.#write(update, values, id, input);
    if (!written.ok) return written;
    const { row, changed } = written.value;
    if (row === null) return fail({ code: 'not_found' });
    if (changed) return ok(this.#stored(row));
    return fail({ code: row.status === 'archived' ? 'archived' : 'changed_meanwhile' });
  }

  /** A condition that holds where an input contradicts nothing, with what is bound to it behind other parameters. */
  #contradiction(input: Input | null, bound: number) {
    const { contradictions } = this.#kind;
    if (contradictions === undefined || input === null) return { isNone: 'true', values: () => [] };
    return {
      isNone: `NOT EXISTS (${contradictions.sql(`?${bound + 1}`, `?${bound + 2}`)})`,
      values: (id: string) => [id, contradictions.stated(input)],
    };
  }

  async #write(
    sql: string,
    values: readonly Column[],
    id: string,
    input: Input | null,
  ): Promise<Result<{ row: Row | null; changed: boolean }, RuleFailure>> {
    const database = this.#database;
    const contradiction = this.#kind.contradictions?.sql('?1', '?2');
    const asksFor = contradiction !== undefined && input !== null;
    try {
      const results = await database.batch<Row>([
        database.prepare(sql).bind(...values),
        ...(this.#kind.follow ?? []).map((statement) => database.prepare(statement).bind(id)),
        ...(asksFor
          ? [database.prepare(contradiction).bind(id, this.#kind.contradictions?.stated(input) ?? '')]
          : []),
        database.prepare(`SELECT * FROM ${this.#kind.table} WHERE id = ?1`).bind(id),
      ]);
      const found = (asksFor ? results.at(-2)?.results : undefined) as Contradiction[] | undefined;
      if (found !== undefined && found.length > 0)
        return fail({ code: 'contradicts', contradictions: found });
      const changed = (results[0]?.results.length ?? 0) > 0;
      return ok({ row: results.at(-1)?.results[0] ?? null, changed });
    } catch (error) {
      if (error instanceof Error && error.message.includes('UNIQUE constraint failed'))
        return fail({ code: 'taken' });
      throw error;
    }
  }

  readonly #primary = () => this.#database.withSession('first-primary');
  readonly #stored = (row: Row): Stored<View> => ({ view: this.#kind.view(row), version: row.version });
}
