import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { configPath, ROOT, STATE_FOLDER, workerFolder, type WorkerName } from './workers.ts';

const BUILD_FOLDER = path.join(STATE_FOLDER, 'build');
/** wrangler's own command line. */
export const WRANGLER = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js');

/**
 * Bundles workers exactly as `wrangler deploy` would (it is `wrangler deploy --dry-run`) and returns each one's output
 * folder. A worker whose sources have not changed since its last build is not built again.
 */
export async function buildWorkers(workers: readonly WorkerName[]): Promise<Map<WorkerName, string>> {
  const common = ['shared', 'durable-objects', 'package-lock.json', 'tsconfig.json'].map((name) =>
    path.join(ROOT, name),
  );
  const commonHash = hashOf(common);
  const built = await Promise.all(
    workers.map(async (worker) => {
      const folder = path.join(BUILD_FOLDER, worker);
      const hash = hashOf([configPath(worker), workerFolder(worker)], commonHash);
      await build(worker, folder, hash);
      return [worker, folder] as const;
    }),
  );
  return new Map(built);
}

/** Where esbuild's account of a bundle lies: its sources and its exports. Paths in it are relative to the configuration. */
export const metafilePath = (worker: WorkerName): string => path.join(BUILD_FOLDER, `${worker}.meta.json`);

async function build(worker: WorkerName, folder: string, hash: string): Promise<void> {
  const stamp = path.join(BUILD_FOLDER, `${worker}.sha256`);
  const metafile = metafilePath(worker);
  if (existsSync(stamp) && existsSync(metafile) && readFileSync(stamp, 'utf8') === hash) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await wrangler([
    'deploy',
    '--dry-run',
    '-c',
    configPath(worker),
    '--outdir',
    folder,
    '--metafile',
    metafile,
  ]);
  writeFileSync(stamp, hash);
}

/** Runs wrangler and returns what it printed; a failure carries its output. */
export async function wrangler(parameters: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [WRANGLER, ...parameters], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', FORCE_COLOR: '0' },
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout + stderr;
}

/** Modules of a built worker in Miniflare's form, the entry point first. */
export function builtModules(folder: string) {
  const files = readdirSync(folder).filter((name) => name !== 'README.md' && !name.endsWith('.map'));
  return files
    .sort((a, b) => Number(b === 'index.js') - Number(a === 'index.js'))
    .map((name) => ({ type: moduleType(name), path: path.join(folder, name) }));
}

function moduleType(name: string): 'ESModule' | 'CompiledWasm' | 'Text' | 'Data' {
  if (/\.m?js$/.test(name)) return 'ESModule';
  if (name.endsWith('.wasm')) return 'CompiledWasm';
  return /\.(txt|html|sql|css)$/.test(name) ? 'Text' : 'Data';
}

/** Hash of files and folders by path and content, tests and local secrets left out. */
function hashOf(roots: readonly string[], seed = ''): string {
  const hash = createHash('sha256').update(seed);
  const visit = (file: string): void => {
    if (statSync(file).isDirectory()) {
      for (const name of readdirSync(file).sort()) {
        if (!/^(\.wrangler|\.dev\.vars|dist|testing)$|\.test\.tsx?$/.test(name)) visit(path.join(file, name));
      }
    } else {
      hash.update(path.relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0');
    }
  };
  for (const root of roots) visit(root);
  return hash.digest('hex');
}
