import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import type { LocalSecrets } from '../lib/local-settings.ts';
import type { SignIns } from '../lib/seed.ts';
import type { WorkerName } from '../lib/workers.ts';

/** Workers whose clock does something for orders: it does not tick by itself in the local runtime. */
export const SWEPT = ['payments', 'purchase', 'provisioner'] as const satisfies readonly WorkerName[];

export interface HostOptions {
  persistTo: string;
  port: number;
  sandboxPort: number;
  secrets: LocalSecrets;
  seed?: SignIns;
}
export interface HostRequest {
  request: 'sweep';
  id: number;
}
type HostMessage = { ready?: true; done?: number };

const START_TRIES_MAX = 5;

/** A system in a process group of its own, which can be killed as a power cut would: all of it, at once, at any time. */
export class KillableSystem {
  readonly origin: string;
  readonly sandboxOrigin: string;
  readonly #options: HostOptions;
  #child: ChildProcess | null = null;
  #requests = 0;

  constructor(options: HostOptions) {
    this.#options = options;
    this.origin = `http://localhost:${options.port}`;
    this.sandboxOrigin = `http://127.0.0.1:${options.sandboxPort}`;
  }

  /** Starts it; `ready` resolves true once it answers, false when it was killed before. */
  start(seed?: SignIns): { ready: Promise<boolean> } {
    return { ready: this.#started(seed, START_TRIES_MAX) };
  }

  async #started(seed: SignIns | undefined, tries: number): Promise<boolean> {
    const options = { ...this.#options, ...(seed === undefined ? {} : { seed }) };
    const child = fork(path.join(import.meta.dirname, 'host.ts'), [JSON.stringify(options)], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    const outcome = await new Promise<'ready' | 'killed' | 'failed'>((resolve) => {
      child.on('message', (message: HostMessage) => {
        if (message.ready === true) resolve('ready');
      });
      child.on('exit', (_, signal) => resolve(signal === 'SIGKILL' ? 'killed' : 'failed'));
    });
    if (outcome !== 'failed') return outcome === 'ready';
    // The port may still be held by what was just killed.
    if (tries <= 1) throw new Error('the system does not start');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return this.#child === child ? this.#started(seed, tries - 1) : false;
  }

  /** SIGKILL to the process and its runtime. Resolves when they are gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    process.kill(-child.pid, 'SIGKILL');
    await gone;
  }

  /** A minute of the clock, now: every sweeper runs once. */
  async sweep(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const id = (this.#requests += 1);
    const done = new Promise<void>((resolve) => {
      const end = (): void => {
        child.off('message', told);
        child.off('exit', end);
        resolve();
      };
      const told = (message: HostMessage): void => {
        if (message.done === id) end();
      };
      child.on('message', told);
      child.on('exit', end);
    });
    child.send({ request: 'sweep', id } satisfies HostRequest);
    await done;
  }
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
