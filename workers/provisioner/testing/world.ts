import { afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { FakePartner } from './fake-partner.ts';
import { hurriedWorkflows } from './harness.ts';

export interface World {
  partner: FakePartner;
  /** Lets the named waits of Workflows started from now on time out at once. */
  timeOut(...waits: string[]): Promise<void>;
}

/** A fresh partner and hurried Workflows for each test of a file; the file of the download product is there. */
export function useWorld(): World {
  let workflows: Awaited<ReturnType<typeof hurriedWorkflows>> | null = null;
  const world: World = {
    partner: new FakePartner(),
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
    vi.stubGlobal('fetch', world.partner.fetch);
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
