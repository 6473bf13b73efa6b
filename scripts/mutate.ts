/**
 * Changes the core bit by bit and counts which changes its quick tests find (docs/simulation.md), one part after the
 * other. Prints a row of a table for each; what survives is in node_modules/.cache/mutants/.
 *
 * Usage: npm run mutate [-- [--force] PART…]: parts whose names begin so; all of them without a name. What neither a change
 * of a mutated file nor of a test concerns is known from the last run, unless forced.
 */
import { spawn } from 'node:child_process';
import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { parseArguments, refuse } from './lib/arguments.ts';
import { type Part, PARTS } from '../test/mutation/parts.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const REPORTS = path.join(ROOT, 'node_modules/.cache/mutants');

interface Report {
  files: Record<string, { mutants: { status: string }[] }>;
}

async function mutate({ name, mutate: files }: Part): Promise<void> {
  const file = name.replace(/\W+/g, '-');
  const report = path.join(REPORTS, `${file}.json`);
  const child = spawn(
    process.execPath,
    [
      path.join(ROOT, 'node_modules/.bin/stryker'),
      'run',
      '--incremental',
      '--incrementalFile',
      path.join(REPORTS, `${file}.incremental.json`),
      ...(values.force === true ? ['--force'] : []),
      '--mutate',
      [...files, '!**/*.test.ts'].join(','),
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 2, 'inherit'],
      env: { ...process.env, MUTATED_PART: name },
    },
  );
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${name}: the run failed`);
  renameSync(path.join(REPORTS, 'mutants.json'), report);
  console.log(row(name, JSON.parse(readFileSync(report, 'utf8')) as Report));
}

function row(name: string, { files }: Report): string {
  const mutants = Object.values(files).flatMap((file) => file.mutants);
  const having = (...states: string[]): number =>
    mutants.filter(({ status }) => states.includes(status)).length;
  const found = having('Killed', 'Timeout');
  const all = found + having('Survived', 'NoCoverage');
  return `| ${name} | ${all} | ${found} | ${((100 * found) / all).toFixed(1)} % |`;
}

const USAGE =
  'Usage: npm run mutate [-- [--force] PART…]: parts whose names begin so; all of them without a name';
const { values, positionals: wanted } = parseArguments(USAGE, {
  allowPositionals: true,
  options: { force: { type: 'boolean' } },
});
const parts = PARTS.filter(
  ({ name }) => wanted.length === 0 || wanted.some((begin) => name.startsWith(begin)),
);
if (parts.length === 0)
  refuse(`No part is called so. There are:\n${PARTS.map(({ name }) => `  ${name}`).join('\n')}`);
console.log('| part | mutants | found | score |\n| --- | --- | --- | --- |');
for (const part of parts) await mutate(part);
