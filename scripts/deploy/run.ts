import type { WorkerName } from '../lib/workers.ts';
import { bucketNames, databaseIds, namespaceIds, queueNames, secretNames } from './account.ts';
import type { DeployableWorker } from './deployment.ts';
import type { DeployOptions } from './options.ts';
import { isLate } from './order.ts';
import type { Plan } from './plan.ts';
import type { RawConfig, ResourceIds } from './resolve.ts';
import { OWN_SECRETS } from './secrets.ts';

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}
/** Runs wrangler; `input` reaches it through standard input, so that a secret never stands among its arguments. */
export type Wrangler = (parameters: readonly string[], input?: string) => Promise<CommandResult>;

/** What a deployment needs of the world around it. */
export interface DeployPorts {
  wrangler: Wrangler;
  /** Writes a worker's resolved configuration and returns its path. */
  writeConfig: (worker: WorkerName, ids: ResourceIds, late: 'with_late' | 'without_late') => string;
  newKey: () => string;
  log: (line: string) => void;
}

export type Outcome =
  | { kind: 'deployed'; workers: RawConfig['name'][] }
  /** Resources are there, no worker was touched: these secrets have to be set first. */
  | { kind: 'secrets-missing'; missing: MissingSecret[] };

export interface MissingSecret {
  script: string;
  name: string;
}

/** Thrown when a command failed. What was done before stays; the same deployment can be run again. */
export class CommandFailedError extends Error {
  constructor(parameters: readonly string[], { code, stdout, stderr }: CommandResult) {
    super(`wrangler ${parameters.join(' ')} ended with ${code}:\n${stdout}${stderr}`.trimEnd());
  }
}

/**
 * Creates what the account lacks, makes sure of the secrets, then migrates and deploys worker by worker. Every step
 * first looks what is there: running it again after a failure, or for the next version, does nothing twice.
 */
export async function deploy(
  plan: Plan,
  options: Pick<DeployOptions, 'generateSecrets'>,
  ports: DeployPorts,
): Promise<Outcome> {
  const ids = await createResources(plan, ports);
  const missing = await provideSecrets(plan, options, ports);
  if (missing.length > 0) return { kind: 'secrets-missing', missing };
  const again: DeployableWorker[] = [];
  for (const deployable of plan.workers) {
    const isWhole = await deployWorker(deployable, ids, ports);
    if (!isWhole) again.push(deployable);
  }
  for (const { worker, config } of again) {
    ports.log(`deploy ${config.name} again, with what it asks of later ones`);
    await answer(ports, ['deploy', '-c', ports.writeConfig(worker, ids, 'with_late')]);
  }
  return { kind: 'deployed', workers: plan.workers.map(({ config }) => config.name) };
}

async function createResources(plan: Plan, ports: DeployPorts): Promise<ResourceIds> {
  await createMissing('queue', plan.queues, await existingQueues(ports), ports, ['queues', 'create']);
  await createMissing('bucket', plan.buckets, await existingBuckets(plan, ports), ports, [
    'r2',
    'bucket',
    'create',
  ]);
  const listDatabases = async () => databaseIds(await answer(ports, ['d1', 'list', '--json']));
  const listNamespaces = async () => namespaceIds(await answer(ports, ['kv', 'namespace', 'list']));
  return {
    databases: await createNamed(
      'database',
      plan.databases.map(({ name }) => name),
      listDatabases,
      ports,
      ['d1', 'create'],
    ),
    namespaces: await createNamed(
      'namespace',
      plan.namespaces.map(({ title }) => title),
      listNamespaces,
      ports,
      ['kv', 'namespace', 'create'],
    ),
  };
}

/** Creates what has an id of its own, and lists again for the ids. */
async function createNamed(
  what: string,
  wanted: readonly string[],
  list: () => Promise<Map<string, string>>,
  ports: DeployPorts,
  command: readonly string[],
): Promise<Map<string, string>> {
  const existing = await list();
  const created = await createMissing(what, wanted, new Set(existing.keys()), ports, command);
  return created === 0 ? existing : list();
}

async function createMissing(
  what: string,
  wanted: readonly string[],
  existing: ReadonlySet<string>,
  ports: DeployPorts,
  command: readonly string[],
): Promise<number> {
  const missing = wanted.filter((name) => !existing.has(name));
  for (const name of missing) {
    ports.log(`create ${what} ${name}`);
    await answer(ports, [...command, name]);
  }
  return missing.length;
}

async function existingQueues(ports: DeployPorts): Promise<Set<string>> {
  const names = new Set<string>();
  for (let page = 1; ; page += 1) {
    const found = queueNames(await answer(ports, ['queues', 'list', '--page', String(page)]));
    const before = names.size;
    for (const name of found) names.add(name);
    // A page past the end is empty, or repeats the last one.
    if (names.size === before) return names;
  }
}

/** R2 has to be switched on in an account once; an account that needs no bucket is not asked. */
async function existingBuckets(plan: Plan, ports: DeployPorts): Promise<Set<string>> {
  if (plan.buckets.length === 0) return new Set();
  return new Set(bucketNames(await answer(ports, ['r2', 'bucket', 'list'])));
}

/** Makes our own secrets when asked to; returns those that only a person can set. */
async function provideSecrets(
  plan: Plan,
  { generateSecrets }: Pick<DeployOptions, 'generateSecrets'>,
  ports: DeployPorts,
): Promise<MissingSecret[]> {
  const missing: MissingSecret[] = [];
  for (const { script, names } of plan.secrets) {
    const present = await existingSecrets(script, ports);
    const absent = names.filter((name) => !present.has(name));
    const generated = generateSecrets ? absent.filter((name) => OWN_SECRETS.includes(name)) : [];
    if (generated.length > 0) {
      ports.log(`make ${generated.join(', ')} of ${script} at random`);
      const values = Object.fromEntries(generated.map((name) => [name, ports.newKey()]));
      await answer(ports, ['secret', 'bulk', '--name', script], JSON.stringify(values));
    }
    missing.push(...absent.filter((name) => !generated.includes(name)).map((name) => ({ script, name })));
  }
  return missing;
}

async function existingSecrets(script: string, ports: DeployPorts): Promise<Set<string>> {
  const parameters = ['secret', 'list', '--name', script];
  const result = await ports.wrangler(parameters);
  if (result.code === 0) return new Set(secretNames(result.stdout));
  // Before its first deployment a worker has no secrets.
  if ((result.stdout + result.stderr).includes(`Worker "${script}" not found`)) return new Set();
  throw new CommandFailedError(parameters, result);
}

/** False: what it asks of workers that are not there yet is left out. */
async function deployWorker(
  { worker, config }: DeployableWorker,
  ids: ResourceIds,
  ports: DeployPorts,
): Promise<boolean> {
  const file = ports.writeConfig(worker, ids, 'with_late');
  for (const { binding, database_name: name = binding } of config.d1_databases) {
    ports.log(`migrate ${name}`);
    await answer(ports, ['d1', 'migrations', 'apply', name, '--remote', '-c', file]);
  }
  ports.log(`deploy ${config.name}`);
  const parameters = ['deploy', '-c', file];
  const result = await ports.wrangler(parameters);
  if (result.code === 0) return true;
  if (!isForLate(config, result)) throw new CommandFailedError(parameters, result);
  await answer(ports, ['deploy', '-c', ports.writeConfig(worker, ids, 'without_late')]);
  return false;
}

/** The platform refuses a binding by the name of its script ("Target script '…' not found"). */
const isForLate = ({ services }: DeployableWorker['config'], { stdout, stderr }: CommandResult): boolean =>
  services.filter(isLate).some(({ service }) => (stdout + stderr).includes(service));

async function answer(
  { wrangler }: DeployPorts,
  parameters: readonly string[],
  input?: string,
): Promise<string> {
  const result = await wrangler(parameters, input);
  if (result.code !== 0) throw new CommandFailedError(parameters, result);
  return result.stdout;
}
