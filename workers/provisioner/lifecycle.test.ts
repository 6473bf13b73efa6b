import { getTableColumns, getTableName } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { drizzle } from 'drizzle-orm/d1';
import { describe, expect, it } from 'vitest';
import { type Instance, instanceSchema } from '#shared/contracts/http/instances.ts';
import { lifecycleOperationSchema } from '#shared/contracts/http/lifecycle.ts';
import * as schema from '#shared/db/store.ts';
import { newId } from '#shared/ids/ids.ts';
import { newIdBeside } from '#shared/ids/shard.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { testAccessToken } from '#shared/testing/tokens.ts';
import type { Env } from './env.ts';
import { OWNED } from './queries/lifecycle-ends.ts';
import { sweep } from './schedule.ts';
import {
  activation,
  deliver,
  eventually,
  newLine,
  type ProvisionMessage,
  reaches,
  row,
  told,
} from './testing/harness.ts';
import { ask, asked, callOff, comesTo, historyOf, inUse, read, send } from './testing/lifecycle.ts';
import { sweepLate } from './testing/sweeps.ts';
import { keysStep, keysTemplate, makeTemplate, operator } from './testing/templates.ts';
import { revealedTo } from './testing/licences.ts';
import { useWorld } from './testing/world.ts';

const world = useWorld();
const STAFF = { as: newId('user'), role: 'operator' } as const;

const seenBy = async (line: ProvisionMessage, customerId = line.customerId): Promise<Instance> => {
  const response = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, {
    headers: await signedIn(customerId, 'customer'),
  });
  return instanceSchema.parse(await response.json());
};
const stateOf = async (line: ProvisionMessage) => (await seenBy(line)).state;
const endNow = (line: ProvisionMessage) =>
  workerEnv<Env>()
    .STORE_DB.prepare('UPDATE instances SET ends_at = 2, expire_at = 2 WHERE id = ?')
    .bind(line.instanceId)
    .run();
const sweepNow = () => sweep(workerEnv<Env>());

describe('an owner', () => {
  it('suspends and resumes what is theirs; what staff suspend they do not resume', async () => {
    const line = await inUse(world, 'service');
    expect(await asked(line, { kind: 'suspend', reason: 'On holiday' })).toMatchObject({ state: 'done' });
    expect(await seenBy(line)).toMatchObject({
      state: 'suspended',
      detail: 'Suspended by its owner.',
      delivery: null,
    });
    expect(world.partner.suspended()).toHaveLength(1);
    await asked(line, { kind: 'suspend' }, STAFF);
    await asked(line, { kind: 'resume' });
    expect(await seenBy(line)).toMatchObject({ state: 'suspended', detail: 'Suspended by our team.' });
    await asked(line, { kind: 'resume' }, STAFF);
    expect(await stateOf(line)).toBe('active');
    expect(world.partner.suspended()).toHaveLength(0);
    expect(await historyOf(line.instanceId)).toContain('lifecycle.suspend.asked');
  });

  it('sends the same key once, and nobody else’s instance is known to them', async () => {
    const line = await inUse(world, 'licence');
    const first = await ask(line, { kind: 'suspend' }, { key: 'k' });
    const again = await ask(line, { kind: 'suspend' }, { key: 'k' });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect(lifecycleOperationSchema.parse(await again.json())).toEqual(await first.json());
    expect((await ask(line, { kind: 'resume' }, { key: 'k' })).status).toBe(422);
    const stranger = newId('user');
    expect((await ask(line, { kind: 'resume' }, { as: stranger })).status).toBe(404);
    expect((await ask(line, { kind: 'resume' }, { as: stranger, role: 'support' })).status).toBe(403);
    expect((await ask(line, { kind: 'renew', until: '2999-01-01T00:00:00Z' })).status).toBe(403);
  });

  it('gets new credentials once, whatever is lost on the way; the old ones are good no more', async () => {
    const line = await inUse(world, 'service');
    world.partner.faults.CHANGE.push('lost', 'error');
    const operation = await asked(line, { kind: 'rotate' });
    const done = await comesTo(operation, 'done', line.customerId);
    expect(done.steps).toEqual([{ name: 'order-service', title: 'Setting your service up', state: 'done' }]);
    const delivery = await revealedTo(line);
    expect(delivery).toMatchObject({ password: world.partner.live()[0]?.body['password'] });
    expect(world.partner.changes.size).toBe(1);
  });

  it('gets other licence keys in place of those that leaked', async () => {
    const line = await inUse(world, 'licence');
    const before = (await seenBy(line)).delivery;
    await comesTo(await asked(line, { kind: 'rotate' }), 'done', line.customerId);
    const after = (await seenBy(line)).delivery;
    expect(after).toMatchObject({ type: 'licence-key', activationsMax: 3 });
    expect(after).not.toEqual(before);
  });

  it('gets other keys of each step that made some: those of one step do not end those of another', async () => {
    const { id } = await makeTemplate(keysTemplate([keysStep('one'), keysStep('two')]));
    const line = newLine({ template: 'custom', templateId: id, parameters: {} });
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    const issued = async () => {
      const all = await drizzle(workerEnv<Env>().STORE_DB).select().from(schema.licenceKeys);
      return all.filter(({ instanceId }) => instanceId === line.instanceId);
    };
    const before = await issued();
    await comesTo(await asked(line, { kind: 'rotate' }), 'done', line.customerId);
    const good = (await issued()).filter(({ revokedAt }) => revokedAt === null);
    expect([before.length, good.length]).toEqual([2, 2]);
    expect(before.every((old) => good.every(({ fingerprint }) => fingerprint !== old.fingerprint))).toBe(
      true,
    );
  });

  it('configures it anew in place, unless its product does not allow that', async () => {
    const line = await inUse(world, 'service', { customisation: { region: 'eu' } });
    const unfit = await ask(line, { kind: 'configure', customisation: { colour: 'red' } });
    expect(unfit.status).toBe(422);
    const operation = await asked(line, { kind: 'configure', customisation: { region: 'us' } });
    await comesTo(operation, 'done', line.customerId);
    expect((await seenBy(line)).customisation).toEqual({ region: 'us' });
    expect(world.partner.live()[0]?.body).toMatchObject({ parameters: { region: 'us', quantity: 1 } });
    expect(await comesTo(operation, 'done', line.customerId)).toMatchObject({ error: null });
  });

  it('shows the credentials that stay the same no further time, whatever else is changed', async () => {
    const line = await inUse(world, 'service', { customisation: { region: 'eu' } });
    const stale = async () => {
      const user = { userId: line.customerId, roles: ['customer' as const] };
      const claims = { auth_time: Math.floor(Date.now() / 1_000) - 3_600 };
      const token = await testAccessToken(workerEnv<object>().TEST_PRIVATE_JWK, user, claims);
      const url = `https://shop.test/v1/instances/${line.instanceId}/credentials/reveal`;
      const shown = await self.fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
      return shown.status;
    };
    expect([await stale(), await stale()]).toEqual([200, 401]);
    const configured = await asked(line, { kind: 'configure', customisation: { region: 'us' } });
    await comesTo(configured, 'done', line.customerId);
    expect(await stale()).toBe(401);
    await comesTo(await asked(line, { kind: 'rotate' }), 'done', line.customerId);
    expect([await stale(), await stale()]).toEqual([200, 401]);
  });

  it('keeps what it was when the partner refuses the change, and reads why', async () => {
    const line = await inUse(world, 'service', { customisation: { region: 'eu' } });
    world.partner.faults.CHANGE.push('refuse');
    const operation = await asked(line, { kind: 'configure', customisation: { region: 'moon' } });
    const failed = await comesTo(operation, 'failed', line.customerId);
    expect(failed.error).toEqual({
      code: 'partner_refused',
      text: 'Our partner did not accept the change: Unknown plan',
    });
    expect((await seenBy(line)).customisation).toEqual({ region: 'eu' });
    expect(world.partner.live()[0]?.body).toMatchObject({ parameters: { region: 'eu' } });
  });
});

describe('a change that a partner does not answer', () => {
  it('waits for an operator, who has it tried again', async () => {
    const line = await inUse(world, 'service');
    world.partner.faults.CHANGE.push(...Array.from({ length: 7 }, () => 'error' as const));
    const operation = await asked(line, { kind: 'rotate' });
    const headers = { ...(await operator()), 'content-type': 'application/json' };
    const url = 'https://shop.test/v1/provisioning/tasks';
    let task = '';
    await eventually(async () => {
      const found = await self.fetch(`${url}?instanceId=${line.instanceId}`, { headers });
      task = (await found.json<{ items: { id: string }[] }>()).items[0]?.id ?? '';
      expect(task).not.toBe('');
    });
    expect(await read(operation, line.customerId)).toMatchObject({
      state: 'running',
      detail: 'Our staff look into it.',
      steps: [{ state: 'asking' }],
    });
    expect((await ask(line, { kind: 'terminate' })).status).toBe(409);
    const decided = await self.fetch(`${url}/${task}/decisions`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': task },
      body: JSON.stringify({ decision: 'retry' }),
    });
    expect(decided.status).toBe(200);
    await comesTo(operation, 'done', line.customerId);
  });
});

describe('one operation at a time', () => {
  it('is at work on an instance, however many are asked for at once', async () => {
    const line = await inUse(world, 'service');
    world.partner.onChange = 'wait';
    const answers = await Promise.all(Array.from({ length: 4 }, () => ask(line, { kind: 'rotate' })));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([202, 409, 409, 409]);
  });

  it('a scheduled one begins at its time, and can be called off before', async () => {
    const line = await inUse(world, 'service');
    const at = rfc3339(Date.now() + DAY_MS);
    const off = await asked(line, { kind: 'suspend', at });
    expect(off.state).toBe('scheduled');
    expect((await ask(line, { kind: 'suspend', at })).status).toBe(409);
    expect((await callOff(off, line.customerId)).status).toBe(200);
    await asked(line, { kind: 'suspend', at });
    await sweepNow();
    expect(await stateOf(line)).toBe('active');
    await sweepLate(line);
    expect(await stateOf(line)).toBe('suspended');
  });
});

describe('a term', () => {
  it('ends by itself, once; renewed by staff it is used again', async () => {
    const line = await inUse(world, 'licence');
    expect((await seenBy(line)).endsAt).not.toBeNull();
    await endNow(line);
    await Promise.all([sweepNow(), sweepNow()]);
    await sweepNow();
    expect(await seenBy(line)).toMatchObject({
      state: 'suspended',
      detail: 'Its term has ended. Renew it to use it again.',
    });
    const history = await historyOf(line.instanceId);
    expect(history.filter((type) => type === 'instance.expired')).toHaveLength(1);
    expect(await told(line)).not.toHaveProperty('line.suspended');
    const until = rfc3339(Date.now() + 30 * DAY_MS);
    await asked(line, { kind: 'renew', until }, STAFF);
    expect(await seenBy(line)).toMatchObject({
      state: 'active',
      endsAt: until,
      delivery: { expiresAt: until },
    });
    await sweepLate(line);
    expect(await stateOf(line)).toBe('active');
  });

  it('that nobody renews ends for good after its grace: removed everywhere, and nothing of its owner is left', async () => {
    const line = await inUse(world, 'licence');
    await endNow(line);
    await sweepNow();
    await sweepLate(line);
    await reaches(line, 'undone');
    expect(await row(line)).toMatchObject({ sealedDelivery: null, customisation: {} });
  });
});

describe('ending', () => {
  it('puts it out of use, can be called off within its grace, and removes it after', async () => {
    const line = await inUse(world, 'service', { customisation: { region: 'eu' } });
    const first = await asked(line, { kind: 'terminate', graceDays: 14 });
    expect(first.state).toBe('grace');
    expect(await stateOf(line)).toBe('suspended');
    expect((await ask(line, { kind: 'suspend' })).status).toBe(409);
    await callOff(first, line.customerId);
    expect(await stateOf(line)).toBe('active');

    const second = await asked(line, { kind: 'terminate', reason: 'No need any more' });
    world.partner.faults.DELETE.push('error', 'lost');
    await sweepLate(line);
    await comesTo(second, 'done', line.customerId);
    expect(await row(line)).toMatchObject({ state: 'undone', sealedDelivery: null, customisation: {} });
    expect(world.partner.live()).toEqual([]);
    expect(await told(line)).not.toHaveProperty('line.deprovisioned');
    expect((await callOff(second, line.customerId)).status).toBe(409);
  });

  it('by staff is not called off by its owner', async () => {
    const line = await inUse(world, 'licence');
    const end = await asked(line, { kind: 'terminate', reason: 'Abuse' }, STAFF);
    expect((await callOff(end, line.customerId)).status).toBe(403);
    expect(await stateOf(line)).toBe('suspended');
    const path = `instances/${line.instanceId}/operations/${end.id}/call-off`;
    expect((await send(path, undefined, STAFF)).status).toBe(200);
    expect(await stateOf(line)).toBe('active');
  });

  it('whose partner keeps it asks a person once; what that person decides ends it, and no order hears of it', async () => {
    const line = await inUse(world, 'service', { customisation: { region: 'eu' } });
    const end = await asked(line, { kind: 'terminate', graceDays: 0 });
    world.partner.faults.DELETE.push('conflict', 'conflict', 'conflict');
    const open = async () => {
      const all = await drizzle(workerEnv<Env>().STORE_DB).select().from(schema.tasks);
      return all.filter(({ instanceId, state }) => instanceId === line.instanceId && state === 'open');
    };
    await sweepLate(line);
    await eventually(async () => expect(await open()).toHaveLength(1));
    await sweepLate(line);
    await sweepLate(line);
    const [task] = await open();
    expect([task?.kind, await open()]).toEqual(['failed_undo', [task]]);

    const decision = { decision: 'skip', reason: 'Removed by hand.' };
    expect((await send(`provisioning/tasks/${task?.id}/decisions`, decision, STAFF)).status).toBe(200);
    await comesTo(end, 'done', line.customerId);
    expect(await row(line)).toMatchObject({ state: 'undone', sealedDelivery: null, customisation: {} });
    expect(await told(line)).not.toHaveProperty('line.deprovisioned');
  });
});

describe('handing on', () => {
  it('knows every table that says whose something is; who saw credentials stays who saw them', () => {
    const owned = (Object.values(schema) as SQLiteTable[])
      .filter((table) => Object.values(getTableColumns(table)).some(({ name }) => name === 'customer_id'))
      .map((table) => getTableName(table));
    expect(['credential_reveals', ...OWNED.map(([table]) => table)].toSorted()).toEqual(owned.toSorted());
  });

  it('makes the receiver the owner, with new credentials; who had it before sees it no more', async () => {
    const line = await inUse(world, 'service');
    const former = await revealedTo(line);
    const offer = await asked(line, { kind: 'transfer' });
    const code = offer.transferCode ?? '';
    const receiver = newIdBeside('user', line.customerId);
    expect((await send('instance-transfers', { code: `${code}x` }, { as: receiver })).status).toBe(404);
    expect((await send('instance-transfers', { code }, { as: line.customerId })).status).toBe(409);
    const accepted = await send('instance-transfers', { code }, { as: receiver });
    expect([accepted.status, await accepted.json()]).toMatchObject([202, { instanceId: line.instanceId }]);
    await eventually(async () => expect((await row(line))?.customerId).toBe(receiver));
    const delivery = await revealedTo(line, receiver);
    expect(delivery).toMatchObject({ type: 'partner-service' });
    expect(delivery).not.toEqual(former);
    expect((await ask(line, { kind: 'suspend' })).status).toBe(404);
    expect((await send('instance-transfers', { code }, { as: newId('user') })).status).toBe(404);
    expect((await send('instance-transfers', { code }, { as: receiver })).status).toBe(202);
  });
});
