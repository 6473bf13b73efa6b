import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { describe, expect, it } from 'vitest';
import { accesses, instanceHistory, licenceKeys, reports } from '#shared/db/store.ts';
import type { Task } from '#shared/contracts/http/provisioning-tasks.ts';
import { type Instance, instanceSchema, suspendedInstanceSchema } from '#shared/contracts/http/instances.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import {
  activation,
  deliver,
  eventually,
  FULFILMENTS,
  newLine,
  type ProvisionMessage,
  reaches,
  resuming,
  row,
  suspending,
  told,
  undoing,
} from './testing/harness.ts';
import { sweepLate } from './testing/sweeps.ts';
import { useWorld } from './testing/world.ts';

const world = useWorld();
const db = () => drizzle(workerEnv<Env>().STORE_DB);

async function made(kind: keyof typeof FULFILMENTS): Promise<ProvisionMessage> {
  const line = newLine(FULFILMENTS[kind]);
  world.partner.onOrder = 'finish';
  await deliver(line);
  if (kind === 'service' || kind === 'parcel') {
    const order = await eventually(() => {
      world.partner.order(kind === 'service' ? 'order-service' : 'order-shipment');
    }).then(() => world.partner.order(kind === 'service' ? 'order-service' : 'order-shipment'));
    await world.partner.callBack(order);
  }
  await reaches(line, 'ready', 'line.provisioned');
  return line;
}
async function active(kind: keyof typeof FULFILMENTS): Promise<ProvisionMessage> {
  const line = await made(kind);
  await deliver(activation(line));
  return line;
}
const stateOf = async (line: ProvisionMessage): Promise<string | undefined> => (await row(line))?.state;
const accessOf = (line: ProvisionMessage) =>
  db().select().from(accesses).where(eq(accesses.instanceId, line.instanceId)).get();
/** What the order was told last about the use of the line. */
async function lastTold(line: ProvisionMessage): Promise<[string, number | null] | undefined> {
  const rows = await db().select().from(reports).where(eq(reports.instanceId, line.instanceId));
  const last = rows
    .filter(({ revision, sent }) => revision !== null && sent > 0)
    .toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0))[0];
  return last === undefined ? undefined : [last.type, last.sequence];
}
const call = async (path: string, userId: string, role: Role, body?: object): Promise<Response> =>
  self.fetch(`https://shop.test/v1/instances/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { ...(await signedIn(userId, role)), 'content-type': 'application/json' },
  });
const seenBy = async (line: ProvisionMessage): Promise<Instance> =>
  instanceSchema.parse(await (await call(line.instanceId, line.customerId, 'customer')).json());

describe('a line its order suspends', () => {
  it('hides its keys, says why, marks them, and shows them again once it is resumed', async () => {
    const line = await active('licence');
    const marks = () =>
      db().select().from(licenceKeys).where(eq(licenceKeys.instanceId, line.instanceId)).all();

    await deliver(suspending(line, 1));
    expect(await seenBy(line)).toMatchObject({
      state: 'suspended',
      delivery: null,
      detail: 'Suspended until the dispute about its payment is decided.',
    });
    expect((await marks()).map(({ suspendedAt }) => suspendedAt === null)).toEqual([false]);
    expect(await lastTold(line)).toEqual(['line.suspended', 1]);

    await deliver(resuming(line, 2));
    expect(await seenBy(line)).toMatchObject({
      state: 'active',
      delivery: { type: 'licence-key' },
      detail: 'Your key is ready.',
    });
    expect((await marks()).map(({ suspendedAt }) => suspendedAt)).toEqual([null]);
    expect(await lastTold(line)).toEqual(['line.resumed', 2]);
  });

  it('refuses downloads at the door, also by links that were given before, and takes them up again', async () => {
    const line = await active('download');
    const ask = () => call(`${line.instanceId}/download-link`, line.customerId, 'customer', {});
    const { url } = await (await ask()).json<{ url: string }>();

    await deliver(suspending(line, 1));
    const [again, followed] = [await ask(), await self.fetch(url)];
    expect([again.status, followed.status]).toEqual([409, 409]);
    expect(await followed.json()).toMatchObject({
      type: expect.stringContaining('/problems/suspended') as string,
    });

    await deliver(resuming(line, 2));
    expect((await self.fetch(url)).status).toBe(200);
  });

  it('is suspended and resumed at the partner, under keys of each round', async () => {
    const line = await active('service');
    const { id } = world.partner.order('order-service').resource;

    await deliver(suspending(line, 1));
    expect(world.partner.suspended()).toEqual([id]);
    await deliver(resuming(line, 2));
    expect(world.partner.suspended()).toEqual([]);
    expect(world.partner.uses.map(({ wish, body }) => [wish, body['sequence']])).toEqual([
      ['suspend', 1],
      ['resume', 2],
    ]);
    expect(new Set(world.partner.uses.map(({ key }) => key)).size).toBe(2);
  });

  it('leaves a parcel to the carrier', async () => {
    const line = await active('parcel');
    await deliver(suspending(line, 1));
    expect([await stateOf(line), world.partner.uses]).toEqual(['suspended', []]);
  });
});

describe('wishes that come twice, late or too early', () => {
  it('end in the newest, in whatever order they come', async () => {
    const line = await active('service');
    await deliver(suspending(line, 1), resuming(line, 4), suspending(line, 3), resuming(line, 2));
    expect([await stateOf(line), world.partner.suspended()]).toEqual(['active', []]);
    expect(await lastTold(line)).toEqual(['line.resumed', 4]);
  });

  it('do nothing a second time but tell how it stands', async () => {
    const line = await active('service');
    await deliver(suspending(line, 1), suspending(line, 1));
    expect(world.partner.uses).toHaveLength(1);
    await deliver(suspending(line, 1));
    expect([world.partner.uses.length, await lastTold(line)]).toEqual([1, ['line.suspended', 1]]);
  });

  it('resume what was never suspended by doing nothing', async () => {
    const line = await active('service');
    await deliver(resuming(line, 2), suspending(line, 1));
    expect([await stateOf(line), world.partner.uses, await lastTold(line)]).toEqual([
      'active',
      [],
      ['line.resumed', 2],
    ]);
  });

  it('before the line is made are kept until it is handed over: nobody ever sees it', async () => {
    const line = newLine(FULFILMENTS.licence);
    await deliver(suspending(line, 1));
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));

    expect(await seenBy(line)).toMatchObject({ state: 'suspended', delivery: null });
    expect(Object.keys(await told(line))).toContain('line.activated');
    expect(await lastTold(line)).toEqual(['line.suspended', 1]);
    await deliver(resuming(line, 2));
    expect(await seenBy(line)).toMatchObject({ state: 'active', delivery: { type: 'licence-key' } });
  });

  it('do not matter to a line that is being taken back', async () => {
    const line = await active('service');
    await deliver(undoing(line), suspending(line, 1));
    await reaches(line, 'undone', 'line.deprovisioned');
    expect(world.partner.live()).toEqual([]);
    expect(await lastTold(line)).toEqual(['line.suspended', 1]);
    await deliver(resuming(line, 2));
    expect(await stateOf(line)).toBe('undone');
  });

  it('do not keep a suspended line from being taken back', async () => {
    const line = await active('service');
    await deliver(suspending(line, 1));
    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    expect(world.partner.live()).toEqual([]);
  });
});

describe('a partner in trouble', () => {
  it.each(['error', 'timeout', 'redirect', 'lost'] as const)(
    'that answers with %s is asked again by the sweeper, while our own door is shut',
    async (fault) => {
      const line = await active('service');
      const { id } = world.partner.order('order-service').resource;
      world.partner.faults.USE.push(fault);

      await deliver(suspending(line, 1));
      expect([await stateOf(line), (await accessOf(line))?.state]).toEqual(['suspended', 'pending']);
      await sweepLate(line);
      expect((await accessOf(line))?.state).toBe('done');
      expect(world.partner.suspended()).toEqual([id]);
      expect(await lastTold(line)).toEqual(['line.suspended', 1]);
    },
  );

  it('is told the newest wish, although an older try comes through late', async () => {
    const line = await active('service');
    world.partner.faults.USE.push('error');
    await deliver(suspending(line, 1));
    await deliver(resuming(line, 2));
    await sweepLate(line);
    expect([await stateOf(line), world.partner.suspended()]).toEqual(['active', []]);
  });

  it('that refuses for good brings it to the order, which may ask once more', async () => {
    const line = await active('service');
    world.partner.faults.USE.push('refuse');
    await deliver(suspending(line, 1));
    expect(await stateOf(line)).toBe('suspended');
    expect(await lastTold(line)).toEqual(['line.stuck', 1]);
    expect((await told(line))['line.stuck']).toBe('partner_refused_to_suspend');

    await deliver(suspending(line, 1));
    expect(await lastTold(line)).toEqual(['line.suspended', 1]);
  });
});

describe('what a partner does not carry out', () => {
  const staff = newId('user');
  const asStaff = async (path: string, body?: object): Promise<Response> =>
    self.fetch(`https://shop.test/v1/provisioning/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        ...(await signedIn(staff, 'operator')),
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
    });
  const openTasks = async ({ instanceId }: ProvisionMessage): Promise<Task[]> =>
    (await (await asStaff(`tasks?instanceId=${instanceId}`)).json<{ items: Task[] }>()).items;
  /** As after all tries but one. */
  const exhaust = (line: ProvisionMessage) =>
    workerEnv<Env>()
      .STORE_DB.prepare('UPDATE accesses SET attempts = 13 WHERE instance_id = ?')
      .bind(line.instanceId)
      .run();

  it('waits for a person with its cause, and is tried again when that person says so', async () => {
    const line = await active('service');
    world.partner.faults.USE.push('error', 'error');
    await deliver(suspending(line, 1));
    expect(await openTasks(line)).toEqual([]);
    await exhaust(line);
    await sweepLate(line);
    const [task, ...more] = await openTasks(line);
    expect([task, more]).toMatchObject([
      { kind: 'failed_access', connector: 'partner', step: 'order-service', code: 'access_unreachable' },
      [],
    ]);
    expect(await lastTold(line)).toEqual(['line.stuck', 1]);

    const decided = await asStaff(`tasks/${task?.id}/decisions`, { decision: 'retry' });
    expect(decided.status).toBe(200);
    expect([(await accessOf(line))?.state, await openTasks(line)]).toEqual(['done', []]);
    expect(world.partner.suspended()).toHaveLength(1);
    expect(await lastTold(line)).toEqual(['line.suspended', 1]);
  });

  it('is in use again once a person has seen to it by hand, or asks for nobody once a newer wish was carried out', async () => {
    const line = await active('service');
    await deliver(suspending(line, 1));
    world.partner.faults.USE.push('refuse');
    await deliver(resuming(line, 2));
    const [task] = await openTasks(line);
    expect([await stateOf(line), task?.code]).toEqual(['suspended', 'partner_refused_to_resume']);
    const skip = { decision: 'skip', reason: 'Switched on by hand.' };
    expect((await asStaff(`tasks/${task?.id}/decisions`, skip)).status).toBe(200);
    expect([await stateOf(line), (await accessOf(line))?.state]).toEqual(['active', 'done']);
    expect(await lastTold(line)).toEqual(['line.resumed', 2]);

    world.partner.faults.USE.push('refuse');
    await deliver(suspending(line, 3));
    expect(await openTasks(line)).toHaveLength(1);
    await deliver(resuming(line, 4));
    expect([await stateOf(line), await openTasks(line)]).toEqual(['active', []]);
  });
});

describe('an operator', () => {
  const staff = newId('user');
  const suspend = (line: ProvisionMessage) =>
    call(`${line.instanceId}/suspend`, staff, 'operator', { reason: 'Odd use' });
  const resume = (line: ProvisionMessage) => call(`${line.instanceId}/resume`, staff, 'operator', {});

  it('suspends and resumes one instance; the history keeps who and why, and the order hears of it', async () => {
    const line = await active('licence');
    const answer = suspendedInstanceSchema.parse(await (await suspend(line)).json());
    expect(answer).toMatchObject({
      state: 'suspended',
      carriedOut: 'done',
      suspensions: [{ cause: 'operator', reason: 'by_operator', note: 'Odd use', by: staff }],
    });
    expect((await seenBy(line)).detail).toBe('Suspended by our team.');
    expect(await lastTold(line)).toEqual(['line.suspended', 0]);
    const history = await db()
      .select()
      .from(instanceHistory)
      .where(eq(instanceHistory.instanceId, line.instanceId));
    expect(history.map(({ text }) => text)).toContain(`Suspended by ${staff}: Odd use`);

    expect(await (await resume(line)).json()).toMatchObject({ state: 'active', suspensions: [] });
    expect(await lastTold(line)).toEqual(['line.resumed', 0]);
  });

  it('and a dispute are two causes: it is resumed when none is left', async () => {
    const line = await active('service');
    await deliver(suspending(line, 1));
    await suspend(line);
    await deliver(resuming(line, 2));
    expect(await stateOf(line)).toBe('suspended');
    expect(await lastTold(line)).toEqual(['line.suspended', 2]);

    await resume(line);
    expect([await stateOf(line), world.partner.suspended()]).toEqual(['active', []]);
    expect(await lastTold(line)).toEqual(['line.resumed', 2]);
  });

  it('does not undo what the order suspends', async () => {
    const line = await active('licence');
    await deliver(suspending(line, 1));
    await suspend(line);
    expect(await (await resume(line)).json()).toMatchObject({
      state: 'suspended',
      suspensions: [{ cause: 'order', reason: 'payment_disputed', by: null }],
    });
  });

  it('is told of an instance that is not there, and nobody else may', async () => {
    const line = await active('licence');
    const missing = await call(`${newId('instance')}/suspend`, staff, 'operator', { reason: 'x' });
    const customer = await call(`${line.instanceId}/suspend`, line.customerId, 'customer', { reason: 'x' });
    const support = await call(`${line.instanceId}/suspensions`, staff, 'support');
    const empty = await call(`${line.instanceId}/suspend`, staff, 'operator', {});
    expect([missing, customer, support, empty].map(({ status }) => status)).toEqual([404, 403, 403, 422]);
  });
});
