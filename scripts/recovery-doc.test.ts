import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './lib/workers.ts';

const sorted = (found: Iterable<string | null | undefined>): string[] => [...found].map(String).sort();
const text = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Rows of the table of objects: its source, or null. */
const documented = new Map(
  [...text('docs/disaster-recovery.md').matchAll(/^\| `([A-Z]\w+)` +\| (?:`(\w+)`|–) +\| \S/gm)].map(
    ([, name = '', source]) => [name, source ?? null] as const,
  ),
);
const classes = globSync('durable-objects/*/object.ts', { cwd: ROOT }).map((file) => {
  const source = text(file);
  const name = /export class (\w+)\s+extends DurableObject/.exec(source)?.[1] ?? file;
  return { name, isCopied: /implements [\w, ]*\bCopiedFace\b/.test(source) };
});
const sources = globSync('workers/*/backups.ts', { cwd: ROOT }).flatMap((file) =>
  [...text(file).matchAll(/copiedObjects\(\{\s*name: '(\w+)'/g)].map(([, name]) => name),
);

describe('docs/disaster-recovery.md', () => {
  it('says of every object whether it is in a backup, and why', () => {
    expect(sorted(documented.keys())).toEqual(sorted(classes.map(({ name }) => name)));
  });

  it('names as a source what is one, of objects that can be copied', () => {
    const named = [...documented].filter(([, source]) => source !== null);
    const copied = classes.filter(({ isCopied }) => isCopied);
    expect(sorted(named.map(([name]) => name))).toEqual(sorted(copied.map(({ name }) => name)));
    expect(sorted(named.map(([, source]) => source))).toEqual(sorted(sources));
  });
});
