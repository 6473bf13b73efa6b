import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

type Prepared = { kind: 'script' } | { kind: 'rows' | 'run'; statement: StatementSync; writes: boolean };

/** Prepared once per database: preparing costs more than running. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

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

  #prepare(query: string): Prepared {
    if (/;\s*\S/.test(query)) return { kind: 'script' };
    const statement = this.#database.prepare(query);
    const writes = !/^\s*(select|with)\b/i.test(query);
    return { kind: statement.columns().length > 0 ? 'rows' : 'run', statement, writes };
  }
}

/**
 * The storage of one object, on SQLite in memory, as the platform gives it: what is written between two turns of the event
 * loop becomes durable as a whole or not at all. Survives the engines that use it.
 */
export class ObjectDisk {
  #database = new DatabaseSync(':memory:');
  #statements = new Statements(this.#database);
  #open = false;
  #depth = 0;
  /** The object's one alarm; as of the last commit, and as this turn has it. */
  #durableAlarm: number | null = null;
  #alarm: number | null = null;
  onUse: () => void = () => {};

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
    const known = this.#exec('SELECT 1 FROM sqlite_master WHERE name = ?', [table]).toArray();
    return known.length === 0 ? null : (this.#exec(`SELECT ${columns} FROM ${table}`, []).toArray() as Row[]);
  }

  /** The alarm has begun to ring: unless it is set anew it is gone once its handler is through. */
  ringing(): void {
    this.#alarm = null;
  }
  commit(isRinging: boolean): void {
    if (this.#open) this.#database.exec('COMMIT');
    this.#open = false;
    if (this.#alarm !== null || !isRinging) this.#durableAlarm = this.#alarm;
  }
  /** The process died before the turn's writes were durable. */
  rollback(): void {
    if (this.#open) this.#database.exec('ROLLBACK');
    this.#open = false;
    this.#alarm = this.#durableAlarm;
  }
  close(): void {
    this.#database.close();
  }

  #exec(query: string, values: SQLInputValue[]): Cursor {
    const prepared = this.#statements.get(query);
    if (prepared.kind === 'script') {
      this.#touch();
      this.#begin();
      this.#database.exec(query);
      return NO_ROWS;
    }
    if (prepared.writes) {
      this.#touch();
      this.#begin();
    }
    if (prepared.kind === 'rows') return new Cursor(prepared.statement.all(...values));
    prepared.statement.run(...values);
    return NO_ROWS;
  }

  #transaction<Value>(act: () => Value): Value {
    this.#touch();
    this.#begin();
    const name = `t${this.#depth}`;
    this.#depth += 1;
    this.#run(`SAVEPOINT ${name}`);
    try {
      const value = act();
      this.#run(`RELEASE ${name}`);
      return value;
    } catch (error) {
      this.#run(`ROLLBACK TO ${name}`);
      this.#run(`RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    this.#run('BEGIN');
  }
  #run(query: string): void {
    const prepared = this.#statements.get(query);
    if (prepared.kind !== 'script') prepared.statement.run();
  }
  #touch(): void {
    this.onUse();
  }
  /** Becomes durable at once: nobody asks anything of an object that forgot everything. */
  #wipe(): void {
    this.#database.close();
    this.#database = new DatabaseSync(':memory:');
    this.#statements = new Statements(this.#database);
    this.#open = false;
    this.#alarm = null;
    this.#durableAlarm = null;
  }
}

const DONE = Promise.resolve();

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
