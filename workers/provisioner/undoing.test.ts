import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { describe, expect, it, vi } from 'vitest';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { downloads, instanceSteps, licenceKeys } from '#shared/db/store.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import {
  activation,
  deliver,
  eventually,
  FULFILMENTS,
  newLine,
  reaches,
  row,
  told,
  undoing,
  type ProvisionMessage,
} from './testing/harness.ts';
import { planSchema } from './templates/plan.ts';
import { useWorld } from './testing/world.ts';

const world = useWorld();
const undone = (line: ProvisionMessage) => reaches(line, 'undone', 'line.deprovisioned');

/** Rows that stand for something made or promised. */
async function madeOf({ instanceId }: ProvisionMessage) {
  const db = drizzle(workerEnv<Env>().STORE_DB);
  const of = (column: SQLiteColumn) => eq(column, instanceId);
  return {
    steps: await db.$count(instanceSteps, of(instanceSteps.instanceId)),
    keys: await db.$count(licenceKeys, of(licenceKeys.instanceId)),
    downloads: await db.$count(downloads, of(downloads.instanceId)),
  };
}

describe('undoing a line, asked for', () => {
  it('before the partner was asked', async () => {
    const line = newLine(FULFILMENTS.service);

    await deliver(line);
    await deliver(undoing(line));

    await undone(line);
    await eventually(() => expect(world.partner.live()).toEqual([]));
  });

  it('in the same batch as it was ordered: whichever is first, nothing is made and the order knows', async () => {
    const line = newLine(FULFILMENTS.service);

    await deliver(line, undoing(line));

    await eventually(async () => expect(Object.keys(await told(line))).toContain('line.deprovisioned'));
    await deliver(line);
    await eventually(() => expect(world.partner.live()).toEqual([]));
    expect((await row(line))?.state ?? 'undone').toBe('undone');
  });

  it.each(Object.entries(FULFILMENTS))(
    'before its Workflow began, which then makes nothing: %s',
    async (_name, fulfilment) => {
      const { PROVISION } = workerEnv<Env>();
      const line = newLine(fulfilment);
      const create = vi.spyOn(PROVISION, 'create').mockRejectedValueOnce(new Error('slow platform'));
      await deliver(line);
      create.mockRestore();
      const plan = planSchema.parse((await row(line))?.plan);
      await deliver(undoing(line));
      await undone(line);

      const { instanceId, requestId, workflowId } = line;
      const late = await PROVISION.create({ id: workflowId, params: { instanceId, requestId, plan } });

      await eventually(async () => expect((await late.status()).output).toBe('stopped'));
      expect(world.partner.orders.size).toBe(0);
      expect(await madeOf(line)).toEqual({ steps: 0, keys: 0, downloads: 0 });
    },
  );

  it('while the order is on its way to the partner', async () => {
    const line = newLine(FULFILMENTS.service);
    const { partner } = world;
    let isFirst = true;
    partner.beforeReply = async (order) => {
      if (!isFirst) return;
      isFirst = false;
      await deliver(undoing(line));
      partner.finish(order, 'succeeded');
    };

    await deliver(line);

    await undone(line);
    expect(partner.orders.size).toBe(1);
    expect(partner.live()).toEqual([]);
    await eventually(async () => {
      expect((await (await workerEnv<Env>().PROVISION.get(line.workflowId)).status()).output).toBe('stopped');
    });
  });

  it('while its Workflow waits for the call-back, which then comes all the same', async () => {
    const line = newLine(FULFILMENTS.service);
    const { partner } = world;

    await deliver(line);
    await eventually(() => expect(partner.order('order-service')).toBeDefined());
    await deliver(undoing(line));
    const order = partner.order('order-service');
    partner.finish(order, 'succeeded');
    await partner.callBack(order);

    await undone(line);
    expect(partner.live()).toEqual([]);
    expect(await told(line)).toEqual({ 'line.deprovisioned': null });
    await eventually(async () => {
      expect((await (await workerEnv<Env>().PROVISION.get(line.workflowId)).status()).output).toBe('stopped');
    });
  });

  it('between two tries at a partner that is down', async () => {
    const line = newLine(FULFILMENTS.service);
    const { partner } = world;
    partner.faults.POST.push('error', 'error', 'error', 'error', 'error');

    await deliver(line);
    await eventually(() => expect(partner.calls.POST).toBeGreaterThan(1));
    await deliver(undoing(line));

    await undone(line);
    expect(partner.live()).toEqual([]);
  });

  it.each(['ready', 'active'])('when it is %s', async (state) => {
    const line = newLine(FULFILMENTS.service);
    const { partner } = world;
    partner.onOrder = 'finish';
    await world.timeOut('order-service: wait 1');
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    if (state === 'active') await deliver(activation(line));
    expect(partner.live()).toHaveLength(1);

    await deliver(undoing(line));

    await undone(line);
    expect(partner.live()).toEqual([]);
    expect((await row(line))?.sealedDelivery).toBeNull();
  });

  it('again and again: it is undone once and told each time', async () => {
    const line = newLine(FULFILMENTS.service);
    world.partner.onOrder = 'finish';
    await world.timeOut('order-service: wait 1');
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');

    await deliver(undoing(line), undoing(line));
    await undone(line);
    const removals = world.partner.calls.DELETE;
    await deliver(undoing(line));

    expect(world.partner.calls.DELETE).toBe(removals);
    expect(removals).toBe(1);
  });

  it('before an activation that comes late', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');

    await deliver(undoing(line));
    await undone(line);

    expect(await deliver(activation(line))).toEqual({ retried: 0 });
    expect((await row(line))?.state).toBe('undone');
    expect(await told(line)).not.toHaveProperty('line.activated');
  });
});

describe('what undoing does to our own goods', () => {
  it('revokes licence keys', async () => {
    const line = newLine(FULFILMENTS.licence, { quantity: 2 });
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');

    await deliver(undoing(line));
    await undone(line);

    const keys = await drizzle(workerEnv<Env>().STORE_DB)
      .select()
      .from(licenceKeys)
      .where(eq(licenceKeys.instanceId, line.instanceId));
    expect(keys.map(({ revokedAt }) => revokedAt === null)).toEqual([false, false]);
  });

  it('closes a download', async () => {
    const line = newLine(FULFILMENTS.download);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');

    await deliver(undoing(line));
    await undone(line);

    const entitlement = await drizzle(workerEnv<Env>().STORE_DB)
      .select()
      .from(downloads)
      .where(eq(downloads.instanceId, line.instanceId))
      .get();
    expect(entitlement?.closedAt).not.toBeNull();
  });
});
