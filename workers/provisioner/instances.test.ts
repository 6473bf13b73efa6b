import { describe, expect, it } from 'vitest';
import { instancePageSchema, instanceSchema } from '#shared/contracts/http/instances.ts';
import { newId } from '#shared/ids/ids.ts';
import { actingFor, self, signedIn } from '#shared/testing/runtime.ts';
import type { Role } from '#shared/auth/permissions.ts';
import {
  activation,
  deliver,
  FULFILMENTS,
  newLine,
  reaches,
  type ProvisionMessage,
} from './testing/harness.ts';
import { useWorld } from './testing/world.ts';

useWorld();

async function active(overrides: Partial<ProvisionMessage> = {}): Promise<ProvisionMessage> {
  const line = newLine(FULFILMENTS.licence, overrides);
  await deliver(line);
  await reaches(line, 'ready', 'line.provisioned');
  await deliver(activation(line));
  return line;
}
const get = async (path: string, userId: string, ...roles: Role[]) =>
  self.fetch(`https://shop.test${path}`, { headers: await signedIn(userId, ...roles) });

describe('one instance', () => {
  it('is there for its owner with what was delivered, and for nobody’s cache', async () => {
    const line = await active();

    const response = await get(`/v1/instances/${line.instanceId}`, line.customerId, 'customer');

    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(instanceSchema.parse(await response.json()).delivery).toMatchObject({ type: 'licence-key' });
  });

  it('is unknown to other customers, as one that does not exist', async () => {
    const line = await active();

    const foreign = await get(`/v1/instances/${line.instanceId}`, newId('user'), 'customer');
    const none = await get(`/v1/instances/${newId('instance')}`, newId('user'), 'customer');

    const { requestId: one, ...foreignBody } = await foreign.json<Record<string, unknown>>();
    const { requestId: two, ...noneBody } = await none.json<Record<string, unknown>>();
    expect([foreign.status, none.status, one === two]).toEqual([404, 404, false]);
    expect(foreignBody).toEqual(noneBody);
  });

  it('of an organisation is there for its members, for nobody else, and not for a member who acts for themselves', async () => {
    const organisation = newId('organisation');
    const line = await active({ customerId: organisation });
    const member = newId('user');
    const read = async (who: Promise<{ authorization: string }>, path = `/v1/instances/${line.instanceId}`) =>
      self.fetch(`https://shop.test${path}`, { headers: await who });
    const acting = actingFor(member, { id: organisation, role: 'member' });
    expect(instanceSchema.parse(await (await read(acting)).json())).toMatchObject({
      customerId: organisation,
      delivery: { type: 'licence-key' },
    });
    const { items } = instancePageSchema.parse(await (await read(acting, '/v1/instances')).json());
    expect(items).toHaveLength(1);
    const others = [
      signedIn(member, 'customer'),
      actingFor(member, { id: newId('organisation'), role: 'owner' }),
    ];
    expect((await Promise.all(others.map((who) => read(who)))).map(({ status }) => status)).toEqual([
      404, 404,
    ]);
    const unknown = actingFor(member, { id: organisation, role: 'nobody' });
    expect((await read(unknown)).status).toBe(403);
  });

  it.each(['support', 'operator', 'admin'] as const)(
    'shows its state to %s, never its credentials',
    async (role) => {
      const line = await active();

      const response = await get(`/v1/instances/${line.instanceId}`, newId('user'), role);

      expect(instanceSchema.parse(await response.json())).toMatchObject({ state: 'active', delivery: null });
    },
  );

  it('shows its own delivery to a member of staff who bought it', async () => {
    const line = await active();

    const response = await get(`/v1/instances/${line.instanceId}`, line.customerId, 'customer', 'operator');

    expect(instanceSchema.parse(await response.json()).delivery).not.toBeNull();
  });

  it('needs a sign-in, and an id that is one', async () => {
    expect((await self.fetch(`https://shop.test/v1/instances/${newId('instance')}`)).status).toBe(401);
    expect((await get('/v1/instances/ins_1', newId('user'), 'customer')).status).toBe(422);
  });
});

describe('the list of instances', () => {
  it('holds one’s own, newest first, page by page without gaps or repeats', async () => {
    const customerId = newId('user');
    const orderId = newId('order');
    const lines: ProvisionMessage[] = [];
    for (let count = 0; count < 5; count += 1) lines.push(await active({ customerId, orderId }));
    await active();

    const seen: string[] = [];
    let path: string | null = `/v1/instances?limit=2&orderId=${orderId}`;
    while (path !== null) {
      const response = await get(path, customerId, 'customer');
      const page = instancePageSchema.parse(await response.json());
      seen.push(...page.items.map(({ id }) => id));
      path = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1] ?? null;
      expect(path === null).toBe(page.next === null);
    }

    expect(seen).toEqual(lines.map(({ instanceId }) => instanceId).toReversed());
  });

  it('never holds what others own, whatever is asked for', async () => {
    const line = await active();

    const response = await get(`/v1/instances?orderId=${line.orderId}`, newId('user'), 'customer');

    expect(await response.json()).toEqual({ items: [], next: null });
  });

  it('holds everybody’s for staff, by order and state', async () => {
    const line = await active();

    const found = await get(`/v1/instances?orderId=${line.orderId}&state=active`, newId('user'), 'support');
    const none = await get(`/v1/instances?orderId=${line.orderId}&state=failed`, newId('user'), 'support');

    expect(instancePageSchema.parse(await found.json()).items.map(({ id }) => id)).toEqual([line.instanceId]);
    expect(await none.json()).toEqual({ items: [], next: null });
  });

  it.each([
    ['limit=0', 422],
    ['limit=101', 422],
    ['state=lost', 422],
    ['orderId=1', 422],
    ['cursor=nonsense', 400],
    ['cursor=eyJpZCI6IngifQ', 400],
  ])('refuses %s', async (query, status) => {
    expect((await get(`/v1/instances?${query}`, newId('user'), 'customer')).status).toBe(status);
  });
});
