import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Caller, Network } from './network.ts';
import { Statements, wipesOf } from './storage.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

interface Executed {
  success: boolean;
  results: unknown[];
  meta: { changes: number };
}

/** A D1 database on SQLite in memory, with its migrations applied. It never dies; calls to it travel like any other. */
export class SimulatedDatabase {
  readonly #name: string;
  readonly #network: Network;
  readonly #disk: Disk;

  constructor(name: string, network: Network) {
    this.#name = name;
    this.#network = network;
    this.#disk = spare.get(name)?.pop() ?? newDisk(name);
  }

  /** At once and without the network: for what stands before a history, and for checks. */
  rows<Row>(query: string, values: SQLInputValue[] = []): Row[] {
    return this.#execute(query, values).results as Row[];
  }

  seenBy(caller: Caller): D1Database {
    const call = <Value>(act: () => Value): Promise<Value> =>
      this.#network.call(caller, `${this.#name} database`, act);
    const statement = (query: string, values: SQLInputValue[]) => ({
      bind: (...bound: SQLInputValue[]) => statement(query, bound),
      execute: () => this.#execute(query, values),
      run: () => call(() => this.#execute(query, values)),
      all: () => call(() => this.#execute(query, values)),
      first: () => call(() => this.#execute(query, values).results[0] ?? null),
      raw: () => call(() => this.#raw(query, values)),
    });
    const database = {
      prepare: (query: string) => statement(query, []),
      batch: (statements: ReturnType<typeof statement>[]) =>
        call(() => this.#atomically(() => statements.map((one) => one.execute()))),
    };
    return { ...database, withSession: () => database } as unknown as D1Database;
  }

  /** Emptied and kept for the next history: making one costs more than most histories. */
  close(): void {
    for (const wipe of this.#disk.wipes) wipe.run();
    const kept = spare.get(this.#name) ?? [];
    kept.push(this.#disk);
    spare.set(this.#name, kept);
  }

  #execute(query: string, values: SQLInputValue[]): Executed {
    const { kind, statement } = this.#prepared(query);
    if (kind === 'rows') return { success: true, results: statement.all(...values), meta: { changes: 0 } };
    const { changes } = statement.run(...values);
    return { success: true, results: [], meta: { changes: Number(changes) } };
  }
  #raw(query: string, values: SQLInputValue[]): unknown[] {
    const { statement } = this.#prepared(query);
    statement.setReturnArrays(true);
    const rows = statement.all(...values);
    statement.setReturnArrays(false);
    return rows;
  }
  #prepared(query: string) {
    const prepared = this.#disk.statements.get(query);
    if (prepared.kind === 'script') throw new Error('one statement at a time');
    return prepared;
  }
  #atomically<Value>(act: () => Value): Value {
    this.#disk.database.exec('BEGIN');
    try {
      const value = act();
      this.#disk.database.exec('COMMIT');
      return value;
    } catch (error) {
      this.#disk.database.exec('ROLLBACK');
      throw error;
    }
  }
}

interface Disk {
  database: DatabaseSync;
  statements: Statements;
  wipes: StatementSync[];
}
const spare = new Map<string, Disk[]>();

function newDisk(name: string): Disk {
  const database = new DatabaseSync(':memory:');
  database.exec(migrationsOf(name));
  return { database, statements: new Statements(database), wipes: wipesOf(database) };
}

const cached = new Map<string, string>();
function migrationsOf(name: string): string {
  let text = cached.get(name);
  if (text === undefined) {
    const folder = path.join(ROOT, 'migrations', name);
    const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
    text = files
      .sort()
      .map((file) => readFileSync(path.join(folder, file), 'utf8'))
      .join('\n');
    cached.set(name, text);
  }
  return text;
}
