import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../lib/workers.ts';

const BIN = path.join(ROOT, 'node_modules/.bin');

/** Runs a shell command with the project's tools in reach and its output shown as it comes. Returns its exit code. */
export function runStep(name: string, command: string): Promise<number> {
  console.log(`\n▶ ${name}: ${command}`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      cwd: ROOT,
      shell: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATH: `${BIN}${path.delimiter}${process.env.PATH ?? ''}` },
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
