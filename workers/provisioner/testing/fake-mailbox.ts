import { beforeEach } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { type Fault, Wire } from './wire.ts';
import type { World } from './world.ts';

/** The provider of mails: one mail a key. */
export class FakeMailbox {
  readonly wire = new Wire();
  readonly faults: { POST: Fault[]; DELETE: Fault[] } = { POST: [], DELETE: [] };
  readonly mails = new Map<string, { to: string; subject: string; text: string; html: string }>();

  readonly fetch = (request: Request): Promise<Response> =>
    this.wire.carry(this.faults.POST.shift(), request, async (arrived) => {
      const key = arrived.headers.get('idempotency-key') ?? '';
      if (!this.mails.has(key)) this.mails.set(key, await arrived.json());
      return Response.json({ id: key });
    });
}

/** A fresh one for each test. */
export function useMailbox({ hosts }: Pick<World, 'hosts'>): { mailbox: FakeMailbox } {
  const world = { mailbox: new FakeMailbox() };
  beforeEach(async () => {
    world.mailbox = new FakeMailbox();
    hosts.set(workerEnv<Env>().MAIL_API_BASE, world.mailbox.fetch);
    await workerEnv<Env>().PARTNER_GATE.getByName('mail').configure({ heldBy: null });
  });
  return world;
}
