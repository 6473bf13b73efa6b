import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import {
  activation,
  deliver,
  eventually,
  newLine,
  type ProvisionMessage,
  reaches,
  row,
  told,
  undoing,
} from '../testing/harness.ts';
import { ask, asked, comesTo, historyOf } from '../testing/lifecycle.ts';
import { sweepLate } from '../testing/sweeps.ts';
import { keysStep, keysTemplate, makeTemplate } from '../testing/templates.ts';
import { useWorld } from '../testing/world.ts';

useWorld();

describe('a signed licence key', () => {
  it('is the same however often its step runs, and is known to the check of entitlements', async () => {
    const inputs = {
      quantity: { from: '/line/quantity' },
      activationsMax: { value: 2 },
      features: { value: ['pro'] },
    };
    const delivery = {
      type: 'licence-key',
      fields: {
        keys: { from: '/results/keys/keys' },
        activationsMax: { value: 2 },
        validDays: { value: null },
      },
      labels: {},
    };
    const { id } = await makeTemplate(
      keysTemplate([keysStep('keys', { operation: 'sign', inputs })], { delivery }),
    );
    const line = newLine({ template: 'custom', templateId: id, parameters: {} }, { quantity: 2 });
    await deliver(line, line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    const owner = await signedIn(line.customerId, 'customer');
    const read = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, { headers: owner });
    const { delivery: got } = await read.json<{ delivery: { keys: string[] } }>();
    expect(got.keys).toHaveLength(2);
    const [key = ''] = got.keys;
    const [, payload = ''] = key.split('.');
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    expect(claims).toMatchObject({
      sub: line.instanceId,
      aud: line.productId,
      features: ['pro'],
      activationsMax: 2,
    });
    const checked = await self.fetch('https://shop.test/v1/entitlements/check', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ licenceKey: key }),
    });
    expect(await checked.json()).toMatchObject({ code: 'VALID' });
  });

  const days = { value: 30 };
  const expiring = async () => {
    const inputs = {
      quantity: { value: 1 },
      activationsMax: { value: 1 },
      validDays: days,
      features: { list: [{ from: '/customisation/region', default: 'eu' }] },
    };
    const delivery = {
      type: 'licence-key',
      fields: { keys: { from: '/results/keys/keys' }, activationsMax: { value: 1 }, validDays: days },
      labels: {},
    };
    const { id } = await makeTemplate(
      keysTemplate([keysStep('keys', { operation: 'sign', inputs })], { delivery }),
    );
    const fulfilment = { template: 'custom', templateId: id, parameters: {}, planGroup: 'all' } as const;
    const line = newLine(fulfilment, { customisation: { region: 'eu' } });
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    return line;
  };
  const keyOf = async (line: ProvisionMessage): Promise<string> => {
    const read = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, {
      headers: await signedIn(line.customerId, 'customer'),
    });
    const { delivery: got } = await read.json<{ delivery: { keys: string[] } }>();
    return got.keys[0] ?? '';
  };
  const claimsOf = (key: string): Record<string, unknown> => {
    const [, payload = ''] = key.split('.');
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>;
  };
  const now = async (line: ProvisionMessage) => claimsOf(await keyOf(line));
  const codeOf = async (licenceKey: string): Promise<string> => {
    const checked = await self.fetch('https://shop.test/v1/entitlements/check?consistency=strong', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ licenceKey }),
    });
    return (await checked.json<{ code: string }>()).code;
  };
  const seconds = (at: number | null | undefined): number => Math.floor((at ?? 0) / 1_000);
  const ordered = async (line: ProvisionMessage, kind: 'renew' | 'change_plan', termDays: number) => {
    const present = await row(line);
    const expects = { variantId: present?.variantId ?? '', endsAt: present?.endsAt ?? null };
    const changes = { instanceId: line.instanceId, kind, expects, days: termDays };
    const variantId = kind === 'renew' ? line.variantId : newId('variant');
    const order = newLine(line.fulfilment, { customerId: line.customerId, variantId, changes });
    const ofChange = (message: object) => ({ ...message, changedInstanceId: line.instanceId });
    await deliver(order);
    await eventually(async () => expect(Object.keys(await told(order))).toContain('line.provisioned'));
    await deliver(ofChange(activation(order)));
    return { takeBack: () => deliver(ofChange(undoing(order))) };
  };
  const staff = { as: newId('user'), role: 'operator' } as const;
  const until = '2999-01-01T00:00:00.000Z';

  it('is signed anew by itself when staff renew its term, once, and the key before goes on', async () => {
    const line = await expiring();
    const before = await keyOf(line);
    expect((await ask(line, { kind: 'renew', until }, staff)).status).toBe(202);
    const renewed = await keyOf(line);
    expect(claimsOf(renewed)).toMatchObject({ exp: Date.parse(until) / 1_000, features: ['eu'] });
    expect([await codeOf(before), await codeOf(renewed)]).toEqual(['VALID', 'VALID']);
    await sweepLate(line);
    expect(await keyOf(line)).toBe(renewed);
    const signings = (await historyOf(line.instanceId)).filter((type) => type === 'licence.signed');
    expect(signings).toHaveLength(1);
  });

  it('is signed anew for a term that an order pays for, and for the former one when the order is taken back', async () => {
    const line = await expiring();
    const endedAt = (await row(line))?.endsAt;
    const order = await ordered(line, 'renew', 30);
    const renewed = await keyOf(line);
    expect(claimsOf(renewed)['exp']).toBe(seconds((await row(line))?.endsAt));
    expect(claimsOf(renewed)['exp']).toBe(seconds((endedAt ?? 0) + 30 * DAY_MS));
    await order.takeBack();
    expect(await now(line)).toMatchObject({ exp: seconds(endedAt) });
    expect(await codeOf(renewed)).toBe('REVOKED');
  });

  it('is signed until the end of the term that another plan begins', async () => {
    const line = await expiring();
    const endedAt = (await row(line))?.endsAt ?? 0;
    await ordered(line, 'change_plan', 90);
    const endsAt = (await row(line))?.endsAt ?? 0;
    expect(endsAt).toBeGreaterThan(endedAt + 50 * DAY_MS);
    expect(await now(line)).toMatchObject({ exp: seconds(endsAt) });
  });

  it('is signed once what else is done with the instance has ended, and by the sweeper when a try was lost', async () => {
    const line = await expiring();
    const { STORE_DB } = workerEnv<Env>();
    const endsAt = Date.parse(until);
    await STORE_DB.batch([
      STORE_DB.prepare('UPDATE instances SET ends_at = ?, sign_at = 1 WHERE id = ?').bind(
        endsAt,
        line.instanceId,
      ),
      STORE_DB.prepare(
        `INSERT INTO lifecycle_operations (id, instance_id, customer_id, kind, state, sequence, request, asked_as,
           transition, request_id, created_at)
         VALUES (?1, ?2, ?3, 'configure', 'made', 1, '{"kind":"configure"}', 'customer', 't', 'r', 1)`,
      ).bind(`lop_${line.instanceId}`, line.instanceId, line.customerId),
    ]);
    const before = await keyOf(line);
    await sweepLate(line);
    expect(await keyOf(line)).toBe(before);
    await STORE_DB.prepare(`UPDATE lifecycle_operations SET state = 'done' WHERE id = ?`)
      .bind(`lop_${line.instanceId}`)
      .run();
    await sweepLate(line);
    expect(await now(line)).toMatchObject({ exp: seconds(endsAt) });
  });

  it('is signed anew when it is rotated and when it is configured, until the end of its term', async () => {
    const line = await expiring();
    expect((await ask(line, { kind: 'renew', until }, staff)).status).toBe(202);
    const before = await keyOf(line);
    await comesTo(await asked(line, { kind: 'rotate' }), 'done', line.customerId);
    expect(await now(line)).toMatchObject({ exp: Date.parse(until) / 1_000, features: ['eu'] });
    expect(await codeOf(before)).toBe('REVOKED');
    const customisation = { region: 'us' };
    await comesTo(await asked(line, { kind: 'configure', customisation }), 'done', line.customerId);
    expect(await now(line)).toMatchObject({ exp: Date.parse(until) / 1_000, features: ['us'] });
  });
});
