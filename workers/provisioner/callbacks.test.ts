import { describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { operations } from '#shared/db/store.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { deliver, eventually, FULFILMENTS, newLine, reaches } from './testing/harness.ts';
import { useWorld } from './testing/world.ts';

const world = useWorld();

async function ordered() {
  const line = newLine(FULFILMENTS.service);
  await deliver(line);
  await eventually(() => expect(world.partner.order('order-service')).toBeDefined());
  return { line, order: world.partner.order('order-service') };
}
const operationOf = (line: { instanceId: string }) =>
  drizzle(workerEnv<Env>().STORE_DB)
    .select()
    .from(operations)
    .where(eq(operations.instanceId, line.instanceId))
    .get();

describe('a call-back', () => {
  it('that overtakes the answer to the order is kept and found', async () => {
    const { partner } = world;
    const line = newLine(FULFILMENTS.service);
    partner.beforeReply = async (order) => {
      partner.finish(order, 'succeeded');
      expect((await partner.callBack(order)).status).toBe(204);
    };

    await deliver(line);

    await reaches(line, 'ready', 'line.provisioned');
    expect(partner.calls.GET).toBe(0);
  });

  it('signed with another secret is refused and changes nothing', async () => {
    const { line, order } = await ordered();
    world.partner.finish(order, 'succeeded');

    const response = await world.partner.callBack(order, { secret: 'whsec_c29tZWJvZHkgZWxzZXMgc2VjcmV0' });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: '/problems/invalid-signature' });
    expect((await operationOf(line))?.state).not.toBe('succeeded');
  });

  it('signed long ago is refused: a recording cannot be played back', async () => {
    const { order } = await ordered();
    world.partner.finish(order, 'succeeded');

    const response = await world.partner.callBack(order, { at: new Date(Date.now() - 6 * MINUTE_MS) });

    expect(response.status).toBe(400);
  });

  it('without a signature is refused', async () => {
    const { order } = await ordered();

    const response = await self.fetch(order.callbackUrl, { method: 'POST', body: '{}' });

    expect(response.status).toBe(400);
  });

  it('for an operation we never ordered is unknown, however well signed', async () => {
    const { order } = await ordered();
    const callbackUrl = order.callbackUrl.replace(/op_\w+$/, `op_${'0'.repeat(32)}`);

    expect((await world.partner.callBack({ ...order, callbackUrl })).status).toBe(404);
  });

  it('of one operation cannot end another', async () => {
    const { line, order } = await ordered();
    await eventually(async () => expect((await operationOf(line))?.state).toBe('in_progress'));
    world.partner.finish(order, 'succeeded');

    const body = JSON.stringify({ ...order.news, operationId: 'pop_other' });

    expect((await world.partner.callBack(order, { body })).status).toBe(409);
    expect((await operationOf(line))?.state).toBe('in_progress');
  });

  it('larger than 64 KiB is refused', async () => {
    const { order } = await ordered();

    expect((await world.partner.callBack(order, { body: 'x'.repeat(65_537) })).status).toBe(413);
  });

  it('does not leave credentials readable in the database', async () => {
    const { line, order } = await ordered();
    world.partner.finish(order, 'succeeded');
    await world.partner.callBack(order);
    await reaches(line, 'ready', 'line.provisioned');

    const { STORE_DB } = workerEnv<Env>();
    const tables = ['instances', 'instance_steps', 'operations', 'reports', 'instance_history'];
    const dumps = await Promise.all(
      tables.map(async (table) =>
        JSON.stringify((await STORE_DB.prepare(`SELECT * FROM ${table}`).all()).results),
      ),
    );
    expect(dumps.join('')).toContain(line.instanceId);
    expect(dumps.join('')).not.toContain('s3cret-of-alice');
  });
});
