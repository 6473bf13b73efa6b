import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../lib/workers.ts';

const BIN = path.join(ROOT, 'node_modules/.bin');
/** Hundreds of processes of a run load wrangler and Miniflare: what one of them compiled the next takes from here. */
const COMPILED = path.join(ROOT, 'node_modules/.cache/compiled');

export interface StepOptions {
  /** Leaves the processors to whatever else runs, and shows the output in one piece at the end. */
  background?: boolean;
}

/** Runs a shell command with the project's tools in reach. Its output is shown as it comes. Returns its exit code. */
export function runStep(
  name: string,
  command: string,
  { background = false }: StepOptions = {},
): Promise<number> {
  const title = `\n▶ ${name}: ${command}`;
  if (!background) console.log(title);
  return new Promise((resolve, reject) => {
    const child = spawn(background ? yielding(command) : command, {
      cwd: ROOT,
      shell: true,
      stdio: background ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PATH: `${BIN}${path.delimiter}${process.env.PATH ?? ''}`,
        NODE_COMPILE_CACHE: COMPILED,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (background) process.stdout.write(`${title}\n${output}`);
      resolve(code ?? 1);
    });
  });
}

const yielding = (command: string): string =>
  process.platform === 'win32' ? command : `nice -n 19 ${command}`;
