/**
 * The system under `wrangler dev`, for work on the code: every change of a source file reloads its worker. Slower than
 * `npm start`, and with data of its own. The sandbox runs in a second `wrangler dev`, as it is no part of the system.
 * Usage: npm run dev [-- --port 8787 --sandbox-port 8788]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { parseArguments, portNumber } from './lib/arguments.ts';
import { poll } from './lib/api.ts';
import { wrangler, WRANGLER } from './lib/build.ts';
import { DEV_DATA_FOLDER, keptSignIns, runningSystem } from './lib/kept.ts';
import { keptSecrets, localSettings, writeDevVars } from './lib/local-settings.ts';
import { boundDatabases } from './lib/migrate.ts';
import { seedSystem } from './lib/seed.ts';
import { ALL_WORKERS, configPath, ROOT, SANDBOX_WORKER, type WorkerName } from './lib/workers.ts';

const { values } = parseArguments('Usage: npm run dev [-- --port 8787 --sandbox-port 8788]', {
  options: {
    port: { type: 'string', default: '8787' },
    'sandbox-port': { type: 'string', default: '8788' },
  },
});
const port = portNumber('port', values.port);
const sandboxPort = portNumber('sandbox-port', values['sandbox-port']);
const at = {
  origin: `http://localhost:${port}`,
  sandboxOrigin: `http://127.0.0.1:${sandboxPort}`,
};

function dev(workers: readonly WorkerName[], port: number, folder: string): ChildProcess {
  const configs = workers.flatMap((worker) => ['-c', configPath(worker)]);
  const flags = [
    '--port',
    String(port),
    '--ip',
    '127.0.0.1',
    '--persist-to',
    path.join(DEV_DATA_FOLDER, folder),
  ];
  return spawn(process.execPath, [WRANGLER, 'dev', ...configs, ...flags], { cwd: ROOT, stdio: 'inherit' });
}

async function migrateLocally(): Promise<void> {
  for (const { worker, name } of ALL_WORKERS.flatMap(boundDatabases)) {
    const where = ['--local', '--persist-to', path.join(DEV_DATA_FOLDER, 'system')];
    await wrangler(['d1', 'migrations', 'apply', name, '-c', configPath(worker), ...where]);
  }
}

const answers = (origin: string): Promise<true> =>
  poll(
    `an answer of ${origin}`,
    120,
    () =>
      fetch(origin).then(
        () => true as const,
        () => null,
      ),
    500,
  );

const running = runningSystem();
if (running !== null) {
  console.error(`Tradepost already runs here at ${running.origin} (process ${running.pid}). Stop it first.`);
  process.exit(1);
}
writeDevVars(localSettings(keptSecrets(), at));
await migrateLocally();
const processes = [
  dev([SANDBOX_WORKER], sandboxPort, 'sandbox'),
  dev(
    ALL_WORKERS.filter((worker) => worker !== SANDBOX_WORKER),
    port,
    'system',
  ),
];
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => processes.forEach((child) => child.kill(signal)));
}
await Promise.all([answers(at.origin), answers(at.sandboxOrigin)]);
const signIns = keptSignIns();
await seedSystem(at, signIns);
console.log(`\nTradepost under wrangler dev: ${at.origin}, sandbox ${at.sandboxOrigin}.`);
for (const [role, { email, password }] of Object.entries({
  customer: signIns.customer,
  operator: signIns.operator,
})) {
  console.log(`  ${role}  ${email}  ${password}`);
}
