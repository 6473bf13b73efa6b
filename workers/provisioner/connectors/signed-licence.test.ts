import { describe, expect, it } from 'vitest';
import { self, signedIn } from '#shared/testing/runtime.ts';
import { activation, deliver, newLine, reaches } from '../testing/harness.ts';
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
});
