import { describe, expect, it, vi } from 'vitest';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { reports } from '#shared/db/store.ts';
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
} from './testing/harness.ts';
import { sweepLate } from './testing/sweeps.ts';
import { useWorld } from './testing/world.ts';

const world = useWorld();
const reportsOf = (line: { instanceId: string }) =>
  drizzle(workerEnv<Env>().STORE_DB).select().from(reports).where(eq(reports.instanceId, line.instanceId));

describe('the sweeper', () => {
  it('starts a Workflow that the line was written down for but never got', async () => {
    const { PROVISION } = workerEnv<Env>();
    const line = newLine(FULFILMENTS.licence);
    const create = vi.spyOn(PROVISION, 'create').mockRejectedValueOnce(new Error('too many at once'));
    expect(await deliver(line)).toEqual({ retried: 1 });
    create.mockRestore();
    expect((await row(line))?.state).toBe('provisioning');

    await sweepLate(line);

    await reaches(line, 'ready', 'line.provisioned');
  });

  it('runs a Workflow again that was ended from outside, without doing anything twice', async () => {
    const { partner } = world;
    const line = newLine(FULFILMENTS.service);
    await deliver(line);
    await eventually(() => expect(partner.order('order-service')).toBeDefined());
    await (await workerEnv<Env>().PROVISION.get(line.workflowId)).terminate();
    partner.finish(partner.order('order-service'), 'succeeded');
    await partner.callBack(partner.order('order-service'));

    await sweepLate(line);

    await reaches(line, 'ready', 'line.provisioned');
    expect(partner.orders.size).toBe(1);
  });

  it('wakes a Workflow that is waiting, which goes on waiting', async () => {
    const { partner } = world;
    const line = newLine(FULFILMENTS.service);
    await deliver(line);
    await eventually(() => expect(partner.order('order-service')).toBeDefined());

    await sweepLate(line);
    expect((await row(line))?.state).toBe('provisioning');
    partner.finish(partner.order('order-service'), 'succeeded');
    await partner.callBack(partner.order('order-service'));

    await reaches(line, 'ready', 'line.provisioned');
  });

  it('leaves a Workflow alone that an operator has paused: pausing undoes nothing', async () => {
    const { partner } = world;
    const line = newLine(FULFILMENTS.service);
    await deliver(line);
    await eventually(() => expect(partner.order('order-service')).toBeDefined());
    const workflow = await workerEnv<Env>().PROVISION.get(line.workflowId);
    await workflow.pause();
    await eventually(async () => expect((await workflow.status()).status).toBe('paused'));
    partner.finish(partner.order('order-service'), 'succeeded');
    await partner.callBack(partner.order('order-service'));

    await sweepLate(line);
    expect((await row(line))?.state).toBe('provisioning');
    await workflow.resume();

    await reaches(line, 'ready', 'line.provisioned');
    expect(partner.live()).toHaveLength(1);
  });

  it('runs an undoing again that was ended from outside', async () => {
    const { partner } = world;
    const line = newLine(FULFILMENTS.service);
    partner.onOrder = 'finish';
    await world.timeOut('order-service: wait 1');
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    const { DEPROVISION } = workerEnv<Env>();
    const create = vi.spyOn(DEPROVISION, 'create').mockRejectedValueOnce(new Error('too many at once'));
    expect(await deliver(undoing(line))).toEqual({ retried: 1 });
    create.mockRestore();

    await sweepLate(line);

    await reaches(line, 'undone', 'line.deprovisioned');
    expect(partner.live()).toEqual([]);
  });

  it('repeats a result the order has not acted on, and then lets it be', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');

    await sweepLate(line);
    await sweepLate(line);
    await sweepLate(line);

    expect(await reportsOf(line)).toMatchObject([{ type: 'line.provisioned', sent: 3, dueAt: null }]);
  });

  it('does not repeat a result the order has acted on', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));

    await sweepLate(line);

    const provisioned = (await reportsOf(line)).find(({ type }) => type === 'line.provisioned');
    expect(provisioned).toMatchObject({ sent: 1, dueAt: null });
  });

  it('sends a result whose Workflow ended between writing it down and sending it', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    const { STORE_DB } = workerEnv<Env>();
    await STORE_DB.prepare('UPDATE reports SET sent = 0, due_at = 1 WHERE instance_id = ?')
      .bind(line.instanceId)
      .run();
    expect(await told(line)).toEqual({});

    await sweepLate(line);

    expect(await told(line)).toEqual({ 'line.provisioned': null });
  });

  it('tells a result again when the order asks again', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');

    await deliver(line);

    expect(await reportsOf(line)).toMatchObject([{ type: 'line.provisioned', round: 2, sent: 1 }]);
  });
});
