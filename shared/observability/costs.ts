/**
 * Counts what a request, message or alarm costs at the platform, so that budgets can be asserted and logged.
 * `d1` counts round trips (a batch is one), `d1Statements` the statements in them; `objects` Durable Object calls,
 * `workflows` Workflow instances started, `services` calls to other workers, `fetches` calls to the outside.
 */
export interface Costs {
  d1: number;
  d1Statements: number;
  kv: number;
  r2: number;
  queues: number;
  objects: number;
  workflows: number;
  services: number;
  fetches: number;
}
export const newCosts = (): Costs => ({
  d1: 0,
  d1Statements: 0,
  kv: 0,
  r2: 0,
  queues: 0,
  objects: 0,
  workflows: 0,
  services: 0,
  fetches: 0,
});

/** What kind of resource a binding is; anything not named (vars, secrets) passes through unmetered. */
export type BindingKind = 'd1' | 'kv' | 'r2' | 'queue' | 'object' | 'workflow' | 'service';

/** A view of `env` whose calls are added to `costs`. The env itself is not changed. */
export function meterEnv<Env extends object>(
  env: Env,
  kinds: Partial<Record<keyof Env, BindingKind>>,
  costs: Costs,
): Env {
  const metered: Env = { ...env };
  for (const name of Object.keys(kinds) as (keyof Env)[]) {
    const kind = kinds[name];
    if (kind !== undefined && env[name] !== undefined)
      metered[name] = meter(env[name], kind, costs) as Env[keyof Env];
  }
  return metered;
}

type AnyFunction = (...parameters: unknown[]) => unknown;
type AnyObject = Record<PropertyKey, unknown>;

function meter(binding: unknown, kind: BindingKind, costs: Costs): unknown {
  switch (kind) {
    case 'd1':
      return meterD1(binding as D1Database, costs);
    case 'kv':
      return counted(binding, () => (costs.kv += 1));
    case 'r2':
      return counted(binding, () => (costs.r2 += 1));
    case 'queue':
      return counted(binding, () => (costs.queues += 1));
    case 'workflow':
      return counted(binding, () => (costs.workflows += 1), 'create');
    case 'service':
      return counted(binding, () => (costs.services += 1));
    case 'object':
      return meterNamespace(binding as DurableObjectNamespace, costs);
  }
}

/** Counts each method call, or those of one method. They are made on the real target: bindings check their receiver. */
function counted(target: unknown, count: () => void, only?: PropertyKey): unknown {
  return new Proxy(target as AnyObject, {
    get(inner, name) {
      const value = inner[name];
      if (typeof value !== 'function' || name === 'then') return value;
      return (...parameters: unknown[]) => {
        if (only === undefined || name === only) count();
        return (inner[name] as AnyFunction)(...parameters);
      };
    },
  });
}

function meterNamespace(namespace: DurableObjectNamespace, costs: Costs): unknown {
  const count = () => (costs.objects += 1);
  return new Proxy(namespace as unknown as AnyObject, {
    get(inner, name) {
      const value = inner[name];
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) => {
        const result = (inner[name] as AnyFunction)(...parameters);
        return name === 'get' || name === 'getByName' ? counted(result, count) : result;
      };
    },
  });
}

const RUNS = new Set<PropertyKey>(['all', 'run', 'first', 'raw']);
const innerStatements = new WeakMap<object, D1PreparedStatement>();

function meterD1(database: D1Database | D1DatabaseSession, costs: Costs): unknown {
  return new Proxy(database as unknown as AnyObject, {
    get(inner, name) {
      if (name === 'prepare') return (sql: string) => meterStatement(database.prepare(sql), costs);
      if (name === 'batch') {
        return (statements: D1PreparedStatement[]) => {
          costs.d1 += 1;
          costs.d1Statements += statements.length;
          return database.batch(statements.map((statement) => innerStatements.get(statement) ?? statement));
        };
      }
      if (name === 'withSession') {
        return (from?: string) => meterD1((database as D1Database).withSession(from), costs);
      }
      const value = inner[name];
      return typeof value === 'function' ? (value as AnyFunction).bind(inner) : value;
    },
  });
}

function meterStatement(statement: D1PreparedStatement, costs: Costs): D1PreparedStatement {
  const proxy = new Proxy(statement as unknown as AnyObject, {
    get(inner, name) {
      if (name === 'bind') return (...values: unknown[]) => meterStatement(statement.bind(...values), costs);
      const value = inner[name];
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) => {
        if (RUNS.has(name)) {
          costs.d1 += 1;
          costs.d1Statements += 1;
        }
        return (inner[name] as AnyFunction)(...parameters);
      };
    },
  }) as unknown as D1PreparedStatement;
  innerStatements.set(proxy, statement);
  return proxy;
}
