import path from 'node:path';
import { isPlaceholderHost, type DeployOptions } from './options.ts';
import { isLate } from './order.ts';
import { namespaceTitle } from './plan.ts';

/** Ids the account gave to what the configurations name. */
export interface ResourceIds {
  /** By database name. */
  databases: ReadonlyMap<string, string>;
  /** By title. */
  namespaces: ReadonlyMap<string, string>;
}

/** A configuration as a person wrote it: what we do not touch is passed on. */
export interface RawConfig {
  name: string;
  main: string;
  vars?: Record<string, string>;
  services?: { binding: string; service: string; entrypoint?: string }[];
  d1_databases?: { binding: string; database_name?: string; migrations_dir?: string }[];
  kv_namespaces?: { binding: string }[];
  [member: string]: unknown;
}

/**
 * The committed configuration with the account's ids and this deployment's values filled in. Paths become absolute,
 * for the result lies in another folder.
 */
export function resolveConfig(
  raw: RawConfig,
  folder: string,
  options: Pick<DeployOptions, 'vars' | 'exposure'>,
  ids: ResourceIds,
  late: 'with_late' | 'without_late' = 'with_late',
): RawConfig {
  const resolved: RawConfig = {
    ...raw,
    main: path.resolve(folder, raw.main),
    vars: withValues(raw.vars ?? {}, options.vars),
  };
  if (raw.d1_databases !== undefined) {
    resolved.d1_databases = raw.d1_databases.map((database) => ({
      ...database,
      database_id: idOf(ids.databases, database.database_name ?? database.binding),
      migrations_dir: path.resolve(folder, database.migrations_dir ?? 'migrations'),
    }));
  }
  if (raw.kv_namespaces !== undefined) {
    resolved.kv_namespaces = raw.kv_namespaces.map((namespace) => ({
      ...namespace,
      id: idOf(ids.namespaces, namespaceTitle(namespace.binding)),
    }));
  }
  if (raw.services !== undefined && late === 'without_late') {
    resolved.services = raw.services.filter((service) => !isLate(service));
  }
  if (raw.workers_dev === true) Object.assign(resolved, exposed(options));
  return resolved;
}

/** One public address only: a second one would be another origin for cookies, passkeys and tokens. */
function exposed({ vars, exposure }: Pick<DeployOptions, 'vars' | 'exposure'>) {
  if (exposure === 'workers-dev') return {};
  if (exposure === 'none') return { workers_dev: false };
  const pattern = new URL(vars.PUBLIC_ORIGIN ?? '').hostname;
  return { workers_dev: false, routes: [{ pattern, custom_domain: true }] };
}

const withValues = (declared: Record<string, string>, values: Record<string, string>) =>
  Object.fromEntries(Object.entries(declared).map(([name, value]) => [name, values[name] ?? value]));

function idOf(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`the account has no ${name}, although it was to be created`);
  return id;
}

/** Variables that still hold the example the repository ships with. */
export const placeholders = (vars: Record<string, unknown>): string[] =>
  Object.entries(vars).flatMap(([name, value]) => (isPlaceholder(String(value)) ? [name] : []));

const isPlaceholder = (value: string): boolean =>
  [...value.matchAll(/(?:https?:\/\/|@)([\w.-]+)/g)].some(([, host]) => isPlaceholderHost(host ?? ''));
