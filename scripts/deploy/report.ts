import { BUNDLE_GZIP_BYTES_MAX, BUNDLE_RAW_BYTES_MAX } from './checks/bundles.ts';
import type { QueueConsumer } from '../lib/config.ts';
import type { DeployableWorker, Finding } from './deployment.ts';
import type { Plan } from './plan.ts';
import type { MissingSecret } from './run.ts';
import { OWN_SECRETS } from './secrets.ts';

const KIB = 1024;
const MIB = KIB * KIB;

const kib = (bytes: number): string => `${(bytes / KIB).toFixed(1)} KiB`;

/** Sizes of all bundles beside what the platform takes. */
export function bundleReport(workers: readonly DeployableWorker[]): string {
  const rows = workers.map(
    ({ worker, bundle }) =>
      `  ${worker.padEnd(12)} ${kib(bundle.rawBytes).padStart(12)} ${kib(bundle.gzipBytes).padStart(12)}`,
  );
  const limits = `the platform takes ${BUNDLE_RAW_BYTES_MAX / MIB} MiB raw; our own limit is ${BUNDLE_GZIP_BYTES_MAX / MIB} MiB gzip`;
  return section(`Bundles (${limits})`, [
    `  ${'worker'.padEnd(12)} ${'raw'.padStart(12)} ${'gzip'.padStart(12)}`,
    ...rows,
  ]);
}

/** What a deployment to a fresh account would create and apply, in order. */
export function planReport(plan: Plan): string {
  return [
    section('1. Queues', numbered(plan.queues)),
    section(
      '2. D1 databases and their migrations',
      plan.databases.flatMap(({ name, worker, migrations }) => [
        `  ${name} (${worker})`,
        ...migrations.map((file) => `    ${file}`),
      ]),
    ),
    section(
      '3. KV namespaces',
      numbered(plan.namespaces.map(({ title, worker, binding }) => `${title} (${worker}, ${binding})`)),
    ),
    section('4. R2 buckets', numbered(plan.buckets)),
    section('5. Workflows', numbered(plan.workflows.map(({ name, worker }) => `${name} (${worker})`))),
    section(
      '6. Durable Object classes',
      numbered(plan.classes.map(({ name, worker, tag }) => `${name} (${worker}, migration ${tag})`)),
    ),
    section(
      '7. Secrets to set',
      plan.secrets.map(({ worker, names }) => `  ${worker.padEnd(12)} ${names.join(', ')}`),
    ),
    section(
      '8. Cron triggers (UTC)',
      plan.crons.map(({ worker, cron }) => `  ${worker.padEnd(12)} ${cron}`),
    ),
    section(
      '9. Queue consumers',
      plan.consumers.map(({ worker, consumer }) => `  ${worker.padEnd(12)} ${consumerLine(consumer)}`),
    ),
    section(
      '10. Rate limits',
      plan.rateLimits.map(
        ({ worker, name, namespace, limit, periodSeconds }) =>
          `  ${worker.padEnd(12)} ${name}: ${limit} in ${periodSeconds} s, namespace ${namespace}`,
      ),
    ),
    section(
      '11. Service bindings',
      plan.services.map(
        ({ worker, binding, service, entrypoint }) =>
          `  ${worker.padEnd(12)} ${binding}: ${service}, ${entrypoint}`,
      ),
    ),
    section(
      '12. Variables',
      plan.vars.map(({ worker, name, value }) => `  ${worker.padEnd(12)} ${name} = ${JSON.stringify(value)}`),
    ),
    section('13. Workers, in this order', numbered(plan.workers.map(({ config }) => config.name))),
  ].join('\n');
}

function consumerLine({ queue, dead_letter_queue: dead, ...settings }: QueueConsumer): string {
  const said = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return [`${queue}: ${said.join(', ')}`, ...(dead === undefined ? [] : [`then to ${dead}`])].join(', ');
}

/** One line a finding: worker, file, field, problem. */
export const findingsReport = (findings: readonly Finding[]): string =>
  findings.map(({ worker, file, field, problem }) => `  ${worker}: ${file}: ${field}: ${problem}`).join('\n');

/** How to set what is missing. A value is asked for, or read from standard input; it is never an argument. */
export function missingSecretsReport(missing: readonly MissingSecret[]): string {
  const commands = missing.map(({ script, name }) => `  npx wrangler secret put ${name} --name ${script}`);
  const own = missing.filter(({ name }) => OWN_SECRETS.includes(name)).map(({ name }) => name);
  return [
    'Secrets are missing; no worker was deployed. Set them, then run the same command again:',
    ...commands,
    ...(own.length === 0 ? [] : [`--generate-secrets makes these at random: ${own.join(', ')}.`]),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string =>
  `${title}\n${lines.length === 0 ? '  none' : lines.join('\n')}\n`;

const numbered = (names: readonly string[]): string[] => names.map((name) => `  ${name}`);
