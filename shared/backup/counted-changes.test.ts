import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

it('nobody compares the number of changed rows, because D1 counts those of a backup’s triggers too', () => {
  const comparing = globSync('{workers,shared}/**/*.ts', { cwd: ROOT })
    .filter((file) => !file.endsWith('.test.ts'))
    .filter((file) => /\bmeta\.changes (?:===|!==|<|>=) /.test(readFileSync(path.join(ROOT, file), 'utf8')));
  expect(comparing).toEqual([]);
});
