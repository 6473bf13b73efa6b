import type { WorkerConfig } from '../../lib/config.ts';
import { perWorker, type Check } from '../deployment.ts';

/** A name under which a worker finds a variable, a secret or a binding in its `env`. */
export interface DeclaredName {
  name: string;
  /** Where a configuration declares it. */
  place: string;
  /** Type it has in `env.generated.ts`. */
  type: string;
}

/** Where a binding of a type is declared; anything textual is a variable or a secret. */
const PLACES = {
  D1Database: 'd1_databases',
  KVNamespace: 'kv_namespaces',
  R2Bucket: 'r2_buckets',
  DurableObjectNamespace: 'durable_objects',
  Workflow: 'workflows',
  Fetcher: 'services',
  Queue: 'queues.producers',
  RateLimit: 'ratelimits',
} as const;
type BindingType = keyof typeof PLACES;

const TEXTUAL = new Set(['string', 'number', 'boolean']);
const SECRETS = 'secrets.required';

export function declaredNames(config: WorkerConfig): DeclaredName[] {
  const bindings = (type: BindingType, names: string[]): DeclaredName[] =>
    names.map((name) => ({ name, place: PLACES[type], type }));
  const named = (type: BindingType, items: { binding: string }[] = []): DeclaredName[] =>
    bindings(
      type,
      items.map(({ binding }) => binding),
    );
  return [
    ...Object.entries(config.vars).map(([name, value]) => ({ name, place: 'vars', type: typeof value })),
    ...(config.secrets?.required ?? []).map((name) => ({ name, place: SECRETS, type: 'string' })),
    ...named('D1Database', config.d1_databases),
    ...named('KVNamespace', config.kv_namespaces),
    ...named('R2Bucket', config.r2_buckets),
    ...bindings(
      'DurableObjectNamespace',
      config.durable_objects.bindings.map(({ name }) => name),
    ),
    ...named('Workflow', config.workflows),
    ...named('Fetcher', config.services),
    ...named('Queue', config.queues.producers),
    ...bindings(
      'RateLimit',
      config.ratelimits.map(({ name }) => name),
    ),
  ];
}

/** True for a name that says its value is a secret. */
export const namedLikeSecret = (name: string): boolean =>
  /(?:_KEY|_SECRET|_TOKEN|_PEPPER|PASSWORD)$/.test(name);

/** A missing name is `undefined` in production, and nowhere before; one too many is a misspelt one. */
export const namesExpected: Check = perWorker(({ worker, config, expected }) => {
  const declared = declaredNames(config);
  const source = `workers/${worker}/env.generated.ts`;
  const missing = Object.entries(expected)
    .filter(([name]) => !declared.some((each) => each.name === name))
    .map(([name, type]): [string, string] => [
      `${placeOf(name, type)}.${name}`,
      `missing: the code expects a ${type} of this name (${source})`,
    ]);
  const others = declared
    .filter(({ name, type }) => expected[name] !== type)
    .map(({ name, place, type }): [string, string] => [
      `${place}.${name}`,
      expected[name] === undefined
        ? `the code expects nothing of this name (${source})`
        : `is a ${type}, the code expects a ${expected[name]} (${source})`,
    ]);
  return [...missing, ...others, ...unknownKinds(config)];
});

function placeOf(name: string, type: string): string {
  if (TEXTUAL.has(type)) return namedLikeSecret(name) ? SECRETS : 'vars';
  return (PLACES as Record<string, string>)[type] ?? type;
}

const KNOWN_KINDS = new Set<string>(Object.values(PLACES).map((place) => place.split('.')[0] ?? place));

/** What a deployment does not know it neither creates nor checks. */
const unknownKinds = (config: WorkerConfig): [string, string][] =>
  Object.entries(config)
    .filter(([kind]) => !KNOWN_KINDS.has(kind))
    .flatMap(([kind, value]: [string, unknown]) =>
      [value].flat().flatMap((item): [string, string][] => {
        const binding = bindingOf(item);
        return binding === null ? [] : [[`${kind}.${binding}`, 'no deployment makes a binding of this kind']];
      }),
    );

const bindingOf = (item: unknown): string | null =>
  typeof item === 'object' && item !== null && 'binding' in item && typeof item.binding === 'string'
    ? item.binding
    : null;
