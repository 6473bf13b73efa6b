import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { builtModules, buildWorkers, metafilePath } from '../lib/build.ts';
import { readConfig } from '../lib/config.ts';
import { boundDatabases, migrationFiles } from '../lib/migrate.ts';
import {
  ALL_WORKERS,
  configPath,
  DEPLOYABLE_WORKERS,
  ROOT,
  workerFolder,
  type WorkerName,
} from '../lib/workers.ts';
import type { Bundle, Deployment } from './deployment.ts';
import { readExpected } from './expected.ts';
import { handlersOf } from './handlers.ts';

/** Bundles every deployable worker and gathers what a deployment consists of. Needs no account and no network. */
export async function readDeployment(): Promise<Deployment> {
  const builds = await buildWorkers(DEPLOYABLE_WORKERS);
  const workers = DEPLOYABLE_WORKERS.map((worker) => ({
    worker,
    file: relative(configPath(worker)),
    config: readConfig(worker),
    bundle: readBundle(worker, builds.get(worker) ?? ''),
    expected: readExpected(worker),
  }));
  return {
    workers,
    migrations: Object.fromEntries(
      DEPLOYABLE_WORKERS.flatMap(boundDatabases).map(({ name, migrations }) => [
        name,
        migrationFiles(migrations),
      ]),
    ),
    sources: ownSources(workers.flatMap(({ bundle }) => bundle.sources)),
    runtimeDate: pinnedRuntimeDate(),
    localValues: localValues(),
  };
}

interface Metafile {
  inputs: Record<string, unknown>;
  outputs: Record<string, { exports: string[]; entryPoint?: string }>;
}

function readBundle(worker: WorkerName, folder: string): Bundle {
  const contents = builtModules(folder).map((module) => readFileSync(module.path));
  const [entry] = contents;
  const metafile = JSON.parse(readFileSync(metafilePath(worker), 'utf8')) as Metafile;
  const base = path.dirname(configPath(worker));
  return {
    rawBytes: contents.reduce((sum, content) => sum + content.byteLength, 0),
    gzipBytes: gzipSync(joined(contents)).byteLength,
    exports:
      Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)?.exports ?? [],
    handlers: entry === undefined ? null : handlersOf(entry.toString('utf8')),
    sources: Object.keys(metafile.inputs).map((input) => relative(path.resolve(base, input))),
  };
}

function joined(contents: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(contents.reduce((sum, content) => sum + content.byteLength, 0));
  let offset = 0;
  for (const content of contents) {
    all.set(content, offset);
    offset += content.byteLength;
  }
  return all;
}

function ownSources(files: readonly string[]): Record<string, string> {
  const own = files.filter((file) => !file.includes('node_modules/') && existsSync(path.join(ROOT, file)));
  return Object.fromEntries(own.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]));
}

/** A release of the runtime is named after the newest compatibility date it knows: 1.20261023.1. */
export function runtimeDateOf(version: string): string {
  const [, year, month, day] = /^1\.(\d{4})(\d{2})(\d{2})\./.exec(version) ?? [];
  if (day === undefined) throw new Error(`cannot read a date from workerd ${version}`);
  return `${year}-${month}-${day}`;
}

function pinnedRuntimeDate(): string {
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  const versions = Object.entries(lock.packages).filter(([name]) => name.endsWith('node_modules/workerd'));
  const [oldest] = versions.map(([, { version }]) => runtimeDateOf(version)).sort();
  if (oldest === undefined) throw new Error('package-lock.json names no workerd');
  return oldest;
}

function localValues(): string[] {
  const files = ALL_WORKERS.map((worker) =>
    path.join(worker === 'gateway' ? ROOT : workerFolder(worker), '.dev.vars'),
  );
  const lines = files.filter(existsSync).flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const values = lines.map((line) => /^\w+="?(.*?)"?$/.exec(line)?.[1] ?? '');
  return [...new Set(values)].filter((value) => value !== '');
}

const relative = (file: string): string => path.relative(ROOT, file).replaceAll(path.sep, '/');
