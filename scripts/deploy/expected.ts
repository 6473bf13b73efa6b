import { readFileSync } from 'node:fs';
import path from 'node:path';
import { workerFolder, type WorkerName } from '../lib/workers.ts';

/** Names and types of the committed `env.generated.ts`: what the code was compiled against. */
export function readExpected(worker: WorkerName): Record<string, string> {
  const source = readFileSync(path.join(workerFolder(worker), 'env.generated.ts'), 'utf8');
  const members = [...source.matchAll(/^ {2}(\w+): (.+);$/gm)];
  return Object.fromEntries(members.map(([, name = '', type = '']): [string, string] => [name, type]));
}
