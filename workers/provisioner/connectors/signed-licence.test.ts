import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { self, signedIn } from '#shared/testing/runtime.ts';
import { activation, deliver, newLine, reaches } from '../testing/harness.ts';
import { ask, asked, comesTo } from '../testing/lifecycle.ts';
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

  it('is signed anew for the term that was renewed, and for what was configured', async () => {
    const days = { value: 30 };
    const inputs = {
      quantity: { value: 1 },
      activationsMax: { value: 1 },
      validDays: days,
      features: { list: [{ from: '/customisation/region' }] },
    };
    const delivery = {
      type: 'licence-key',
      fields: { keys: { from: '/results/keys/keys' }, activationsMax: { value: 1 }, validDays: days },
      labels: {},
    };
    const { id } = await makeTemplate(
      keysTemplate([keysStep('keys', { operation: 'sign', inputs })], { delivery }),
    );
    const fulfilment = { template: 'custom', templateId: id, parameters: {} } as const;
    const line = newLine(fulfilment, { customisation: { region: 'eu' } });
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    const until = '2999-01-01T00:00:00.000Z';
    const staff = { as: newId('user'), role: 'operator' } as const;
    expect((await ask(line, { kind: 'renew', until }, staff)).status).toBe(202);
    const now = async () => {
      const read = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, {
        headers: await signedIn(line.customerId, 'customer'),
      });
      const { delivery: got } = await read.json<{ delivery: { keys: string[] } }>();
      const [, payload = ''] = got.keys[0]?.split('.') ?? [];
      return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>;
    };
    const before = await now();
    await comesTo(await asked(line, { kind: 'rotate' }), 'done', line.customerId);
    const renewed = await now();
    expect(renewed).toMatchObject({ exp: Date.parse(until) / 1_000, features: ['eu'] });
    expect(renewed['jti']).not.toBe(before['jti']);
    const customisation = { region: 'us' };
    await comesTo(await asked(line, { kind: 'configure', customisation }), 'done', line.customerId);
    expect(await now()).toMatchObject({ exp: Date.parse(until) / 1_000, features: ['us'] });
  });
});
