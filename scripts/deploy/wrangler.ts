import '../lib/quiet-wrangler.ts';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as wrangler from 'wrangler';
import { configPath, ROOT, STATE_FOLDER, type WorkerName } from '../lib/workers.ts';
import type { DeployOptions } from './options.ts';
import { resolveConfig, type RawConfig, type ResourceIds } from './resolve.ts';
import type { CommandResult } from './run.ts';

// Its declaration points at a package that is not published.
const { experimental_readRawConfig: readRawConfig } = wrangler as unknown as {
  experimental_readRawConfig(of: { config: string }): { rawConfig: RawConfig };
};

const WRANGLER = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js');

/** Runs the project's own wrangler. Never interactive: an answer nobody gives would hang a pipeline. */
export function runWrangler(parameters: readonly string[], input?: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRANGLER, ...parameters], {
      cwd: ROOT,
      // Lists are logged by wrangler: a quieter level would hide the answer.
      env: {
        ...process.env,
        CI: 'true',
        FORCE_COLOR: '0',
        WRANGLER_LOG: 'log',
        // The banner looks a newer version up, at each of several dozen commands.
        WRANGLER_HIDE_BANNER: 'true',
        WRANGLER_SEND_METRICS: 'false',
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, ...output }));
    child.stdin.end(input ?? '');
  });
}

/** Writes resolved configurations, by default where version control does not look. */
export const configWriter =
  (options: Pick<DeployOptions, 'vars' | 'exposure'>, base = path.join(STATE_FOLDER, 'deploy')) =>
  (worker: WorkerName, ids: ResourceIds, late: 'with_late' | 'without_late'): string => {
    const source = configPath(worker);
    const { rawConfig: raw } = readRawConfig({ config: source });
    const folder = path.join(base, worker);
    const file = path.join(folder, late === 'with_late' ? 'wrangler.json' : 'wrangler.first.json');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      file,
      JSON.stringify(resolveConfig(raw, path.dirname(source), options, ids, late), null, 2),
    );
    return file;
  };
