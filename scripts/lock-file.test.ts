import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './lib/workers.ts';

interface LockedPackage {
  version: string;
  resolved?: string;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}

const read = (file: string): unknown => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> };
const manifest = read('package.json') as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const locked = Object.entries(packages).filter(([where]) => where !== '');
const nameOf = (where: string): string =>
  where.slice(where.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('package-lock.json', () => {
  it('names no host, so that any registry can serve an installation', () => {
    expect(locked.filter(([, { resolved }]) => resolved !== undefined).map(([where]) => where)).toEqual([]);
  });

  it.each(['darwin-64', 'darwin-arm64', 'linux-64', 'linux-arm64', 'windows-64'])(
    'names the runtime for %s, or nobody could run the project there',
    (platform) => {
      expect(packages[`node_modules/@cloudflare/workerd-${platform}`]?.version).toBe(
        packages['node_modules/workerd']?.version,
      );
    },
  );

  it('names every platform’s package of each tool, or npm ci refuses the whole file', () => {
    const names = new Set(locked.map(([where]) => nameOf(where)));
    const missing = locked.flatMap(([where, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !names.has(name))
        .map((name) => `${nameOf(where)} → ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('package.json', () => {
  it('pins every dependency exactly', () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(ranges.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('allows the install scripts that the tools need, for newer npm runs no others', () => {
    const needed = ['esbuild', 'node', 'workerd'];
    const scripted = locked
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([where]) => nameOf(where));
    expect(scripted).toEqual(expect.arrayContaining(needed));
    expect(manifest.allowScripts).toEqual(Object.fromEntries(needed.map((name) => [name, true])));
  });
});
