import './quiet-wrangler.ts';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Miniflare, convertV4MiniflareOptions, type LegacyWorkerOptions, Log, LogLevel } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { buildWorkers, builtModules } from './build.ts';
import { readConfig } from './config.ts';
import { localSettings, newSecrets, type LocalSecrets } from './local-settings.ts';
import { migrateFolder } from './migrate-local.ts';
import { newSignIns, seedSystem, type SignIns } from './seed.ts';
import { ALL_WORKERS, configPath, SANDBOX_WORKER, scriptName, type WorkerName } from './workers.ts';

export interface SystemOptions {
  /** Folder that keeps all state; without one everything is gone at the end. */
  persistTo?: string;
  /** Ports; 0 picks free ones. */
  port?: number;
  sandboxPort?: number;
  secrets?: LocalSecrets;
  /** Loads the demo catalogue, its files and the demo accounts through the public API; true makes up sign-ins. */
  seed?: boolean | SignIns;
  /** Variables to override, by worker. */
  overrides?: Partial<Record<WorkerName, Record<string, string>>>;
  /** Receives every line the workers log. */
  onLog?: (line: LogLine) => void;
}

export interface LogLine {
  timestamp: number;
  level: string;
  message: string;
}

/** All workers with the outside world beside them, in one runtime process on this machine. */
export interface System {
  origin: string;
  sandboxOrigin: string;
  /** Demo sign-ins; null when the system was not seeded. */
  signIns: SignIns | null;
  logs: LogLine[];
  /** Runs a worker's scheduled handler now, as its cron trigger would. */
  runCron(worker: WorkerName): Promise<void>;
  stop(): Promise<void>;
}

const LOGS_KEPT_MAX = 50_000;
const HOST = '127.0.0.1';
/** State that nobody keeps lies in memory where the machine offers that. */
export const MEMORY_FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Starts the system from built bundles; resolves once migrated, seeded and ready for requests. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const [port, sandboxPort] = [await freePort(options.port), await freePort(options.sandboxPort)];
  const at = { origin: `http://localhost:${port}`, sandboxOrigin: `http://${HOST}:${sandboxPort}` };
  const settings = localSettings(options.secrets ?? newSecrets(), at);
  const builds = await buildWorkers(ALL_WORKERS);
  const folder = options.persistTo ?? mkdtempSync(path.join(MEMORY_FOLDER, 'tradepost-'));
  const discard = (): void => {
    if (options.persistTo === undefined) rmSync(folder, { recursive: true, force: true });
  };
  await migrateFolder(folder);
  const logs: LogLine[] = [];
  const runtime = new Miniflare({
    ...convertV4MiniflareOptions({
      host: HOST,
      port,
      cf: false,
      log: new Log(LogLevel.ERROR),
      logRequests: false,
      // Lets `runCron` trigger scheduled handlers; from this machine alone.
      unsafeTriggerHandlers: true,
      handleStructuredLogs(line: LogLine) {
        if (logs.length < LOGS_KEPT_MAX) logs.push(line);
        options.onLog?.(line);
      },
      workers: ALL_WORKERS.map((worker) => ({
        ...workerOptions(worker, builds.get(worker) ?? '', {
          ...settings[worker],
          ...options.overrides?.[worker],
        }),
        ...(worker === SANDBOX_WORKER ? { unsafeDirectSockets: [{ host: HOST, port: sandboxPort }] } : {}),
      })),
    }),
    resourcePersistencePath: folder,
  });
  try {
    await runtime.ready;
    const signIns = options.seed === true ? newSignIns() : options.seed || null;
    if (signIns !== null) await seedSystem(at, signIns);
    return {
      ...at,
      signIns,
      logs,
      runCron: (worker) => runCron(runtime, worker),
      async stop() {
        await runtime.dispose();
        discard();
      },
    };
  } catch (error) {
    await runtime.dispose();
    discard();
    throw error;
  }
}

type SourcelessOptions = Omit<LegacyWorkerOptions, 'modules' | 'script' | 'scriptPath'>;

function workerOptions(
  worker: WorkerName,
  folder: string,
  values: Record<string, string>,
): LegacyWorkerOptions {
  const fromConfig = unstable_getMiniflareWorkerOptions(configPath(worker))
    .workerOptions as SourcelessOptions;
  return {
    ...fromConfig,
    name: scriptName(worker),
    rootPath: folder,
    modulesRoot: folder,
    modules: builtModules(folder),
    bindings: { ...fromConfig.bindings, ...values },
  };
}

/**
 * By a request to the runtime, not by `getWorker().scheduled()`: that blocks this thread, which also has to read what the
 * workers log. Once their pipe is full both would wait for each other for ever.
 */
async function runCron(runtime: Miniflare, worker: WorkerName): Promise<void> {
  const { crons = [] } = readConfig(worker).triggers;
  for (const cron of crons) {
    const path = `/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`;
    const headers = { 'MF-Route-Override': scriptName(worker) };
    const response = await runtime.dispatchFetch(`http://localhost${path}`, { headers });
    const outcome = await response.text();
    if (!response.ok)
      throw new Error(`the cron trigger of ${worker} answered ${response.status}: ${outcome}`);
  }
}

/** Thrown when an address that was asked for is taken. */
export class PortBusyError extends Error {}

function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortBusyError(`port ${wanted} is in use`) : error);
    });
    probe.listen(wanted, HOST, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : wanted));
    });
  });
}
