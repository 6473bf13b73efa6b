import path from 'node:path';
import { Miniflare, convertV4MiniflareOptions, Log, LogLevel } from 'miniflare';
import { builtModules, wrangler } from '../scripts/lib/build.ts';
import { STATE_FOLDER } from '../scripts/lib/workers.ts';

export interface BareWorker {
  /** Makes the worker answer with these bytes; resolves with the address. */
  serve(name: string, body: string): Promise<string>;
  stop(): Promise<void>;
}

/** A Hono worker that does nothing but answer: the yardstick of every ratio, in the same run and runtime. */
export async function startBareWorker(): Promise<BareWorker> {
  const folder = path.join(STATE_FOLDER, 'build/bare');
  const config = path.join(import.meta.dirname, 'bare/wrangler.toml');
  await wrangler(['deploy', '--dry-run', '-c', config, '--outdir', folder]);
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      modulesRoot: folder,
      modules: builtModules(folder),
      compatibilityDate: '2026-10-20',
      compatibilityFlags: ['nodejs_compat'],
      cf: false,
      log: new Log(LogLevel.ERROR),
      logRequests: false,
    }),
  );
  const origin = await runtime.ready;
  return {
    async serve(name, body) {
      const address = new URL(`/${name}`, origin);
      await fetch(address, { method: 'PUT', body });
      return address.href;
    },
    stop: () => runtime.dispose(),
  };
}
