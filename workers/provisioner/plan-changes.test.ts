import { describe, expect, it } from 'vitest';
import { CHANGED_TAKEN_BACK, type InstanceChange } from '#shared/contracts/instance-changes.ts';
import { newId } from '#shared/ids/ids.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { ports } from './ports.ts';
import { sweep } from './schedule.ts';
import {
  activation,
  deliver,
  eventually,
  newLine,
  type ProvisionMessage,
  reaches,
  resuming,
  row,
  suspending,
  told,
  undoing,
} from './testing/harness.ts';
import { ask, historyOf, inUse } from './testing/lifecycle.ts';
import { sweepLate } from './testing/sweeps.ts';
import { useWorld } from './testing/world.ts';
import { lookAtInstance } from './usecases/lifecycle/look-at-instance.ts';

const world = useWorld();
const LARGE = {
  template: 'partner-service',
  plan: 'vm-large',
  validDays: 30,
  planGroup: 'servers',
} as const;
const SMALL = { ...LARGE, plan: 'vm-small' } as const;

/** The line of another order that changes what a line made. */
async function ordering(
  line: ProvisionMessage,
  kind: InstanceChange['kind'],
  values: Partial<ProvisionMessage> & { days?: number } = {},
): Promise<ProvisionMessage> {
  const { days = null, ...overrides } = values;
  const present = await row(line);
  const expects = { variantId: present?.variantId ?? '', endsAt: present?.endsAt ?? null };
  return newLine(LARGE, {
    customerId: line.customerId,
    variantTitle: 'Large',
    changes: { instanceId: line.instanceId, kind, expects, days },
    ...overrides,
  });
}
const toChanged =
  (of: (line: ProvisionMessage) => object) =>
  (line: ProvisionMessage): object => ({ ...of(line), changedInstanceId: line.changes?.instanceId });
const [activate, undo] = [toChanged(activation), toChanged(undoing)];
const isTold = (line: ProvisionMessage, type: string) =>
  eventually(async () => expect(Object.keys(await told(line))).toContain(type));
const planAtPartner = () => world.partner.live()[0]?.body['plan'];
const service = () => inUse(world, 'service', { fulfilment: SMALL });
const look = (line: ProvisionMessage) =>
  lookAtInstance(ports(workerEnv<Env>()), {
    instanceId: line.instanceId,
    customerId: line.customerId,
    kind: 'renew',
    plan: null,
  });

describe('another plan that an order pays for', () => {
  it('is made, counts once it is paid, and is the order’s in its history; what is sent twice does it once', async () => {
    const line = await service();
    const order = await ordering(line, 'change_plan');
    await deliver(order, order);
    await isTold(order, 'line.provisioned');
    expect(planAtPartner()).toBe('vm-large');
    expect(await row(line)).toMatchObject({ variantId: line.variantId, fulfilment: SMALL });
    expect((await ask(line, { kind: 'rotate' })).status).toBe(409);

    await deliver(activate(order), activate(order));
    await isTold(order, 'line.activated');
    expect(await row(line)).toMatchObject({
      productId: order.productId,
      variantId: order.variantId,
      fulfilment: LARGE,
      variantTitle: 'Large',
    });
    expect(world.partner.changes.size).toBe(1);
    expect(await historyOf(line.instanceId)).toEqual(
      expect.arrayContaining([
        'lifecycle.change_plan.asked',
        'lifecycle.change_plan.made',
        'lifecycle.change_plan.done',
      ]),
    );
    expect(await look(line)).toMatchObject({
      ok: true,
      value: { variantId: order.variantId, paidBy: { orderId: order.orderId, lineId: order.lineId } },
    });
  });

  it.each(['made', 'done'])(
    'is taken back with its order when it was %s, and what was before counts again',
    async (when) => {
      const line = await service();
      const before = await row(line);
      const order = await ordering(line, 'change_plan', { days: 90 });
      await deliver(order);
      await isTold(order, 'line.provisioned');
      if (when === 'done') await deliver(activate(order));
      const isLonger = ((await row(line))?.endsAt ?? 0) > (before?.endsAt ?? 0) + DAY_MS;
      expect(isLonger).toBe(when === 'done');
      await deliver(undo(order));
      await isTold(order, 'line.deprovisioned');
      expect(planAtPartner()).toBe('vm-small');
      expect(await row(line)).toMatchObject({
        variantId: line.variantId,
        fulfilment: SMALL,
        state: 'active',
        endsAt: before?.endsAt,
      });
      await deliver(undo(order), activate(order), order);
      expect(planAtPartner()).toBe('vm-small');
      expect((await ask(line, { kind: 'suspend' })).status).toBe(202);
    },
  );

  it('never begins once its order took it back, and stays as it was when the partner refuses', async () => {
    const line = await service();
    const early = await ordering(line, 'change_plan');
    await deliver(undo(early), early);
    expect(await told(early)).toEqual({ 'line.deprovisioned': null });

    world.partner.faults.CHANGE.push('refuse');
    const refused = await ordering(line, 'change_plan');
    await deliver(refused);
    await isTold(refused, 'line.failed');
    expect(await told(refused)).toMatchObject({ 'line.failed': 'partner_refused' });
    expect(await row(line)).toMatchObject({ variantId: line.variantId, state: 'active' });
    await deliver(undo(refused));
    await isTold(refused, 'line.deprovisioned');
    expect(planAtPartner()).toBe('vm-small');
  });

  it('is refused when the instance is not as it was when its price was told, or something is at work on it', async () => {
    const line = await service();
    const [first, second] = [await ordering(line, 'change_plan'), await ordering(line, 'change_plan')];
    await deliver(first, second);
    await isTold(first, 'line.provisioned');
    expect(await told(second)).toEqual({ 'line.failed': 'operation_running' });
    await deliver(activate(first));
    await isTold(first, 'line.activated');
    const late = {
      ...second,
      instanceId: first.instanceId.replace(/.{4}$/, `00${first.instanceId.slice(-2)}`),
    };
    await deliver(late);
    expect(await told(late)).toEqual({ 'line.failed': 'changed_meanwhile' });
    const other = await ordering(line, 'change_plan', { fulfilment: { ...LARGE, planGroup: 'others' } });
    await deliver(other);
    expect(await told(other)).toEqual({ 'line.failed': 'no_plan' });
    const stranger = await ordering(line, 'change_plan', { customerId: newId('user') });
    await deliver(stranger);
    expect(await told(stranger)).toEqual({ 'line.failed': 'instance_gone' });
  });

  it('asks what becomes of its money once the instance is taken back with the order that made it', async () => {
    const line = await service();
    const [kept, back] = [await ordering(line, 'change_plan'), await ordering(line, 'change_plan')];
    await deliver(back);
    await isTold(back, 'line.provisioned');
    await deliver(activate(back), undo(back));
    await isTold(back, 'line.deprovisioned');
    await deliver(kept);
    await isTold(kept, 'line.provisioned');
    await deliver(activate(kept));

    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    await sweep(workerEnv<Env>());
    expect(await told(kept)).toHaveProperty('line.stuck', CHANGED_TAKEN_BACK);
    expect(await told(back)).not.toHaveProperty('line.stuck');
  });

  it('asks so as well when its owner had ended the instance before that order took it back', async () => {
    const line = await service();
    const order = await ordering(line, 'change_plan');
    await deliver(order);
    await isTold(order, 'line.provisioned');
    await deliver(activate(order));
    expect((await ask(line, { kind: 'terminate', graceDays: 0 })).status).toBe(202);
    await eventually(async () => {
      await sweepLate(line);
      expect((await row(line))?.state).toBe('undone');
    });
    expect(await told(order)).not.toHaveProperty('line.stuck');

    await deliver(undoing(line), undoing(line));
    await sweep(workerEnv<Env>());
    expect(await told(order)).toHaveProperty('line.stuck', CHANGED_TAKEN_BACK);
  });

  it.each(['change_plan', 'renew'] as const)(
    'is taken back with its instance when it was made and not paid yet: %s',
    async (kind) => {
      const line = await service();
      const same = { variantId: line.variantId, fulfilment: SMALL, days: 30 };
      const order = await ordering(line, kind, kind === 'renew' ? same : {});
      await deliver(order);
      await isTold(order, 'line.provisioned');
      await deliver(undoing(line));
      await reaches(line, 'undone', 'line.deprovisioned');
      await sweepLate(line);
      expect(await told(order)).toMatchObject({ 'line.failed': 'instance_gone' });
      expect(await told(order)).not.toHaveProperty('line.stuck');
      // It is paid in the same moment: nothing is handed over, and its order hears so again.
      await workerEnv<Env>()
        .STORE_DB.prepare(`DELETE FROM reports WHERE instance_id = ? AND type = 'line.failed'`)
        .bind(order.instanceId)
        .run();
      await deliver(activate(order));
      expect(await told(order)).toMatchObject({ 'line.failed': 'instance_gone' });
      expect(await told(order)).not.toHaveProperty('line.activated');
      await deliver(undo(order));
      expect(await told(order)).toHaveProperty('line.deprovisioned');
    },
  );

  it('whose payment is disputed suspends it until that is settled', async () => {
    const line = await service();
    const order = await ordering(line, 'change_plan');
    await deliver(order);
    await isTold(order, 'line.provisioned');
    await deliver(activate(order));
    const [suspend, resume] = [toChanged((of) => suspending(of, 1)), toChanged((of) => resuming(of, 2))];
    await deliver(suspend(order));
    await reaches(line, 'suspended');
    expect(await told(order)).toHaveProperty('line.suspended');
    await deliver(resume(order), suspend(order));
    await reaches(line, 'active');
    expect(await told(order)).toHaveProperty('line.resumed');
  });
});

describe('a renewal that an order pays for', () => {
  const endNow = (line: ProvisionMessage) =>
    workerEnv<Env>()
      .STORE_DB.prepare('UPDATE instances SET ends_at = 2, expire_at = 2 WHERE id = ?')
      .bind(line.instanceId)
      .run();

  it('moves the end of the term once it is paid, and back when its money goes back', async () => {
    const line = await service();
    const endsAt = (await row(line))?.endsAt ?? 0;
    const same = { variantId: line.variantId, fulfilment: SMALL, days: 30 };
    const order = await ordering(line, 'renew', same);
    await deliver(order);
    await isTold(order, 'line.provisioned');
    expect((await row(line))?.endsAt).toBe(endsAt);
    await deliver(activate(order), activate(order));
    expect((await row(line))?.endsAt).toBe(endsAt + 30 * DAY_MS);
    await deliver(undo(order), undo(order));
    expect(await told(order)).toHaveProperty('line.deprovisioned');
    expect((await row(line))?.endsAt).toBe(endsAt);
  });

  it('lets what has expired be used again', async () => {
    const line = await service();
    await endNow(line);
    await sweep(workerEnv<Env>());
    expect((await row(line))?.state).toBe('suspended');
    const order = await ordering(line, 'renew', { variantId: line.variantId, fulfilment: SMALL, days: 30 });
    await deliver(order);
    await isTold(order, 'line.provisioned');
    await deliver(activate(order));
    await reaches(line, 'active');
    await sweepLate(line);
    expect(await row(line)).toMatchObject({ state: 'active' });
  });

  it('onto another plan brings it with the next term, unless it is taken back before', async () => {
    const line = await service();
    const order = await ordering(line, 'renew', { days: 30 });
    await deliver(order);
    await isTold(order, 'line.provisioned');
    await deliver(activate(order), activate(order));
    expect(planAtPartner()).toBe('vm-small');
    const looked = await look(line);
    expect(looked.ok && looked.value.refused).toContain('Another plan');
    await sweepLate(line);
    await eventually(() => expect(planAtPartner()).toBe('vm-large'));
    await eventually(async () => expect(await row(line)).toMatchObject({ variantId: order.variantId }));
  });
});
