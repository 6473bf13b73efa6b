import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** Also what changes the schema: a statement of that kind cannot be prepared before it ran. */
const SCRIPT = /^\s*(create|alter|drop)\b|;\s*\S/i;
const FILLS = /^\s*(insert|update|delete)\b/i;
type Prepared =
  | { kind: 'script'; ofSchema: false }
  | {
      kind: 'rows' | 'run';
      statement: StatementSync;
      writes: boolean;
      ofSchema: boolean;
      /** What it reads from, or writes to. */
      tables: readonly Table[];
      answers: Answers;
    };

/** How often it was written to. */
interface Table {
  writes: number;
}
const TABLES = /\b(?:from|join|into|update)\s+(?:or\s+\w+\s+)?(\w+)/gi;

/** What a query answered since the last write to its tables, by its one parameter: objects ask the same over and over. */
interface Answers {
  /** How many writes there had been. */
  writes: number;
  byValue: Map<SQLInputValue | undefined, Cursor>;
}

/** Prepared once per database: preparing costs more than running. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();
  readonly #tables = new Map<string, Table>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(query: string): Prepared {
    let found = this.#prepared.get(query);
    if (found === undefined) {
      found = this.#prepare(query);
      this.#prepared.set(query, found);
    }
    return found;
  }

  /** What any table holds may have changed. */
  forget(): void {
    for (const table of this.#tables.values()) table.writes += 1;
  }

  #prepare(query: string): Prepared {
    if (SCRIPT.test(query)) return { kind: 'script', ofSchema: false };
    const statement = this.#database.prepare(query);
    const writes = !/^\s*(select|with)\b/i.test(query);
    const kind = statement.columns().length > 0 ? 'rows' : 'run';
    const answers = { writes: 0, byValue: new Map<SQLInputValue | undefined, Cursor>() };
    const tables = [...query.matchAll(TABLES)].map(([, name = '']) => this.#table(name));
    return { kind, statement, writes, ofSchema: query.includes('sqlite_master'), tables, answers };
  }

  #table(name: string): Table {
    const table = this.#tables.get(name) ?? { writes: 0 };
    this.#tables.set(name, table);
    return table;
  }
}

/**
 * A database whose schema stands, with its prepared statements. Making one costs more than most histories: it is emptied
 * and used again for another object of the same class, and a migration that it has already is not run once more.
 */
interface Body {
  database: DatabaseSync;
  statements: Statements;
  scripts: Set<string>;
  /** Empties each of its tables; null: not known since its schema changed. */
  wipes: StatementSync[] | null;
}
const spare = new Map<string, Body[]>();

function bodyFor(kind: string): Body {
  const found = spare.get(kind)?.pop();
  if (found !== undefined) return found;
  const database = new DatabaseSync(':memory:');
  return { database, statements: new Statements(database), scripts: new Set(), wipes: null };
}

/**
 * The storage of one object, on SQLite in memory, as the platform gives it: what is written between two turns of the event
 * loop becomes durable as a whole or not at all. Survives the engines that use it.
 */
export class ObjectDisk {
  readonly #kind: string;
  readonly #body: Body;
  /** The turn has begun to write, or to do what may write. */
  #open = false;
  /** What is to be said to the database before its next write: a turn that only reads need not say it. */
  #waiting: string[] = [];
  #depth = 0;
  /** No table is there yet, as far as the object can see. */
  #isBlank = true;
  #wasBlank = true;
  /** What it answered about its schema: asked before almost everything, changed by migrations alone. */
  readonly #schema = new Map<string, Map<SQLInputValue | undefined, Cursor>>();
  /** Migrations of this turn that the database did not have. */
  #newScripts: string[] = [];
  /** The object's one alarm; as of the last commit, and as this turn has it. */
  #durableAlarm: number | null = null;
  #alarm: number | null = null;
  onUse: () => void = () => {};

  constructor(kind: string) {
    this.#kind = kind;
    this.#body = bodyFor(kind);
  }

  /** What the platform's `ctx.storage` offers of this disk; refuses once `isAlive` says that its engine was killed. */
  facade(isAlive: () => boolean): DurableObjectStorage {
    const check = (): void => {
      if (!isAlive()) throw new Error('a killed engine touched its storage');
    };
    const exec = (query: string, ...values: SQLInputValue[]): Cursor => {
      check();
      return this.#exec(query, values);
    };
    const storage = {
      sql: { exec },
      transactionSync: <Value>(act: () => Value): Value => {
        check();
        return this.#transaction(act);
      },
      setAlarm: (at: number): Promise<void> => {
        check();
        this.#touch();
        this.#alarm = at;
        return DONE;
      },
      deleteAlarm: (): Promise<void> => {
        check();
        this.#touch();
        this.#alarm = null;
        return DONE;
      },
      getAlarm: (): Promise<number | null> => Promise.resolve(this.#alarm),
      deleteAll: (): Promise<void> => {
        check();
        this.#wipe();
        return DONE;
      },
    };
    return storage as unknown as DurableObjectStorage;
  }

  get alarm(): number | null {
    return this.#durableAlarm;
  }
  get isDirty(): boolean {
    return this.#open || this.#alarm !== this.#durableAlarm;
  }

  /** For checks: reads what is durable. Null when the table does not exist. */
  rows<Row>(table: string, columns = '*'): Row[] | null {
    if (this.#isBlank) return null;
    const known = this.#exec('SELECT 1 FROM sqlite_master WHERE name = ?', [table]).toArray();
    return known.length === 0 ? null : (this.#exec(`SELECT ${columns} FROM ${table}`, []).toArray() as Row[]);
  }

  /** The alarm has begun to ring: unless it is set anew it is gone once its handler is through. */
  ringing(): void {
    this.#alarm = null;
  }
  commit(isRinging: boolean): void {
    this.#end('COMMIT');
    this.#newScripts = [];
    if (this.#alarm !== null || !isRinging) this.#durableAlarm = this.#alarm;
  }
  /** The process died before the turn's writes were durable. */
  rollback(): void {
    if (this.#open) this.#unmigrate();
    this.#end('ROLLBACK');
    this.#alarm = this.#durableAlarm;
  }
  close(): void {
    this.#wipe();
    const kept = spare.get(this.#kind) ?? [];
    kept.push(this.#body);
    spare.set(this.#kind, kept);
  }

  #exec(query: string, values: SQLInputValue[]): Cursor {
    const prepared = this.#body.statements.get(query);
    if (prepared.kind === 'script') {
      this.#begin();
      this.#writing();
      this.#migrate(query);
      return NO_ROWS;
    }
    const { statement, tables } = prepared;
    if (prepared.ofSchema) return this.#schemaOf(query, values, statement);
    if (!prepared.writes) return this.#read(prepared, values);
    this.#begin();
    this.#writing();
    for (const table of tables) table.writes += 1;
    if (prepared.kind === 'rows') return new Cursor(statement.all(...values));
    statement.run(...values);
    return NO_ROWS;
  }

  #read(
    { statement, tables, answers }: { statement: StatementSync; tables: readonly Table[]; answers: Answers },
    values: SQLInputValue[],
  ): Cursor {
    if (values.length > 1 || tables.length === 0) return new Cursor(statement.all(...values));
    let writes = 0;
    for (const table of tables) writes += table.writes;
    if (answers.writes !== writes) {
      answers.byValue.clear();
      answers.writes = writes;
    }
    let known = answers.byValue.get(values[0]);
    if (known === undefined) {
      known = new Cursor(frozen(statement.all(...values)));
      answers.byValue.set(values[0], known);
    }
    return known;
  }

  #schemaOf(query: string, values: SQLInputValue[], statement: StatementSync): Cursor {
    if (this.#isBlank) return NO_ROWS;
    const asked = this.#schema.get(query) ?? new Map<SQLInputValue | undefined, Cursor>();
    this.#schema.set(query, asked);
    const known = asked.get(values[0]) ?? new Cursor(statement.all(...values));
    asked.set(values[0], known);
    return known;
  }

  #migrate(script: string): void {
    this.#isBlank = false;
    this.#schema.clear();
    if (this.#body.scripts.has(script)) {
      // The tables are there; what the migration puts into them is not.
      for (const statement of fillsOf(script)) this.#body.database.exec(statement);
      this.#body.statements.forget();
      return;
    }
    this.#body.database.exec(script);
    this.#body.statements.forget();
    this.#body.wipes = null;
    this.#body.scripts.add(script);
    this.#newScripts.push(script);
  }

  #unmigrate(): void {
    this.#isBlank = this.#wasBlank;
    this.#schema.clear();
    for (const script of this.#newScripts) this.#body.scripts.delete(script);
    if (this.#newScripts.length > 0) this.#body.wipes = null;
    this.#newScripts = [];
  }

  #transaction<Value>(act: () => Value): Value {
    this.#begin();
    const name = `t${this.#depth}`;
    // Nothing of the turn stands before it: what began with the turn is what there is to go back to.
    const isWhole = this.#waiting[0] === 'BEGIN';
    this.#depth += 1;
    if (!isWhole) this.#waiting.push(`SAVEPOINT ${name}`);
    try {
      const value = act();
      if (!isWhole) this.#leave(name, [`RELEASE ${name}`]);
      return value;
    } catch (error) {
      if (isWhole) this.#restart();
      else this.#leave(name, [`ROLLBACK TO ${name}`, `RELEASE ${name}`]);
      this.#body.statements.forget();
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }
  /** Nothing is to be left when nothing was written since. */
  #leave(name: string, ways: string[]): void {
    if (this.#waiting.at(-1) === `SAVEPOINT ${name}`) {
      this.#waiting.pop();
      return;
    }
    for (const way of ways) this.#run(way);
  }
  /** All that the turn wrote is taken back, and the turn goes on. */
  #restart(): void {
    if (this.#waiting[0] === 'BEGIN') return;
    this.#unmigrate();
    this.#run('ROLLBACK');
    this.#waiting = ['BEGIN'];
  }

  #begin(): void {
    this.#touch();
    if (this.#open) return;
    this.#open = true;
    this.#wasBlank = this.#isBlank;
    this.#waiting = ['BEGIN'];
  }
  #writing(): void {
    for (const query of this.#waiting) this.#run(query);
    this.#waiting = [];
  }
  #end(how: 'COMMIT' | 'ROLLBACK'): void {
    if (this.#open && this.#waiting[0] !== 'BEGIN') this.#run(how);
    if (how === 'ROLLBACK') this.#body.statements.forget();
    this.#open = false;
    this.#waiting = [];
  }
  #run(query: string): void {
    const prepared = this.#body.statements.get(query);
    if (prepared.kind !== 'script') prepared.statement.run();
  }
  #touch(): void {
    this.onUse();
  }
  /** Becomes durable at once: nobody asks anything of an object that forgot everything. */
  #wipe(): void {
    this.#end('COMMIT');
    this.#body.wipes ??= wipesOf(this.#body.database);
    for (const wipe of this.#body.wipes) wipe.run();
    this.#body.statements.forget();
    this.#schema.clear();
    this.#isBlank = true;
    this.#wasBlank = true;
    this.#alarm = null;
    this.#durableAlarm = null;
  }
}

const DONE = Promise.resolve();

/**
 * One statement for each table there is, that empties it; the last made goes first, because it may refer to others. Not with
 * `foreign_keys` off meanwhile: to change that makes every statement of the database be prepared anew.
 */
export function wipesOf(database: DatabaseSync): StatementSync[] {
  const query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid DESC";
  const tables = database.prepare(query).all();
  return (tables as { name: string }[]).map(({ name }) => database.prepare(`DELETE FROM ${name}`));
}

/** What a migration puts into tables. */
const fills = new Map<string, string[]>();
function fillsOf(script: string): string[] {
  const known = fills.get(script) ?? script.split(';').filter((statement) => FILLS.test(statement));
  fills.set(script, known);
  return known;
}

/** The part of the platform's cursor that the objects use. */
class Cursor {
  readonly #rows: unknown[];
  constructor(rows: unknown[]) {
    this.#rows = rows;
  }
  toArray(): unknown[] {
    return this.#rows;
  }
  one(): unknown {
    if (this.#rows.length !== 1) throw new Error(`expected one row, there are ${this.#rows.length}`);
    return this.#rows[0];
  }
  [Symbol.iterator](): Iterator<unknown> {
    return this.#rows[Symbol.iterator]();
  }
}
const NO_ROWS = new Cursor([]);

/** Rows that several may read. */
function frozen(rows: unknown[]): unknown[] {
  for (const row of rows) Object.freeze(row);
  return Object.freeze(rows) as unknown[];
}
