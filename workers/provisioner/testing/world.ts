import { afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { FakePartner } from './fake-partner.ts';
import { hurriedWorkflows } from './harness.ts';

export interface World {
  partner: FakePartner;
  /** Others than the partner, by how their addresses begin. */
  hosts: Map<string, (request: Request) => Promise<Response>>;
  /** Lets the named waits of Workflows started from now on time out at once. */
  timeOut(...waits: string[]): Promise<void>;
}

/** A fresh partner and hurried Workflows for each test of a file; the file of the download product is there. */
export function useWorld(): World {
  let workflows: Awaited<ReturnType<typeof hurriedWorkflows>> | null = null;
  const world: World = {
    partner: new FakePartner(),
    hosts: new Map(),
    async timeOut(...waits) {
      for (const workflow of [workflows?.provision, workflows?.deprovision, workflows?.lifecycle])
        await workflow?.modifyAll(async (modifier) => {
          for (const name of waits) await modifier.forceEventTimeout({ name });
        });
    },
  };
  vi.setConfig({ testTimeout: 30_000 });
  beforeAll(async () => {
    await migrateDatabases();
    await workerEnv<Env>().DOWNLOADS.put('books/guide.pdf', 'a guide to gardening', {
      httpMetadata: { contentType: 'application/pdf' },
    });
  });
  beforeEach(async () => {
    // What one test did to a partner must not keep the next one from it.
    await workerEnv<Env>().PARTNER_GATE.getByName('partner').configure({ heldBy: null });
    world.partner = new FakePartner();
    const { partner, hosts } = world;
    vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const host = [...hosts].find(([start]) => request.url.startsWith(start));
      return host === undefined ? partner.fetch(request) : host[1](request);
    });
    workflows = await hurriedWorkflows();
  });
  afterEach(async () => {
    await workflows?.provision.dispose();
    await workflows?.deprovision.dispose();
    await workflows?.lifecycle.dispose();
    vi.unstubAllGlobals();
  });
  return world;
}
