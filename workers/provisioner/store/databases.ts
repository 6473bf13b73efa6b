import type { Env } from '../env.ts';
import { HOME } from './directory.ts';
import type { StoreDatabases } from './router.ts';

/** Every database of the Product Store that the configuration binds: `STORE_DB`, `STORE_DB_2` and so on. */
export function storeDatabases(env: Env): StoreDatabases {
  const found = (Object.entries(env) as [string, unknown][])
    .filter(([name]) => isStoreBinding(name))
    .map(([name, database]) => [name, database as D1Database] as const);
  return new Map(found.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)));
}

export const isStoreBinding = (name: string): boolean => name === HOME || /^STORE_DB_[2-9]\d?$/.test(name);
