import { DurableObject } from 'cloudflare:workers';
import { migrateObject } from '#objects/lib/migrations.ts';
import type { Env } from '../env.ts';

const MIGRATIONS = [
  {
    name: 'texts',
    sql: 'CREATE TABLE texts (name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (name, text)) WITHOUT ROWID;',
  },
] as const;

/** TXT records of the whole domain name system of this world. */
export class DomainNames extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateObject(ctx.storage, MIGRATIONS);
    this.#sql = ctx.storage.sql;
  }

  /** These stand at a name from now on, and none but these. */
  set(name: string, texts: readonly string[]): void {
    this.#sql.exec('DELETE FROM texts WHERE name = ?', name);
    for (const text of new Set(texts)) this.#sql.exec('INSERT INTO texts VALUES (?, ?)', name, text);
  }

  texts(name: string): string[] {
    return this.#sql
      .exec<{ text: string }>('SELECT text FROM texts WHERE name = ? ORDER BY text', name)
      .toArray()
      .map(({ text }) => text);
  }
}
