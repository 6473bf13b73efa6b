/** Binding of the database that holds what belongs to no customer, and every shard that was never moved. */
export const HOME = 'STORE_DB';

/** By binding; `STORE_DB` is always there. */
export type StoreDatabases = ReadonlyMap<string, D1Database>;

/** Every database of the Product Store that an env binds: `STORE_DB`, `STORE_DB_2` and so on, in this order. */
export function storeDatabases(env: object): StoreDatabases {
  const found = (Object.entries(env) as [string, unknown][])
    .filter(([name]) => STORE_BINDING.test(name))
    .map(([name, database]) => [name, database as D1Database] as const);
  return new Map(found.sort(([a], [b]) => numberOf(a) - numberOf(b)));
}

/** What a database of the Product Store is bound as. */
export const STORE_BINDING = /^STORE_DB(_[1-9]\d?)?$/;
const numberOf = (name: string): number => Number(name.slice(HOME.length + 1));
