import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, expect, it } from 'vitest';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { METERED } from '../env.ts';
import { exchangeApiKey } from '../oauth/usecases/exchange-api-key.ts';
import { newEmail } from '../testing/harness.ts';
import { organisationsWorld } from './testing.ts';

beforeAll(migrateDatabases);
const world = organisationsWorld();
beforeAll(() => {
  world.world.stoppedAt = Date.now();
});

it('each endpoint of organisations stays within its budget of round trips', async () => {
  const own = await world.organisation();
  const { id, owner } = own;
  const guest = await world.person();
  const rows: Record<string, unknown> = {};
  const measure = async (name: string, method: string, path: string, body?: object, who = owner) => {
    const costs = newCosts();
    const ctx = createExecutionContext();
    const request = new Request(`https://shop.test/v1/auth/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${who.tokens.accessToken}`,
        'content-type': 'application/json',
        'x-client-ip': '10.66.0.1',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await world.app.fetch(request, meterEnv(world.env, METERED, costs), ctx);
    await waitOnExecutionContext(ctx);
    rows[name] = { status: answer.status, d1: costs.d1, objects: costs.objects };
    return (await answer.json().catch(() => ({}))) as Record<string, string>;
  };
  const path = `organisations/${id}`;
  await measure('create', 'POST', 'organisations', { name: 'Another' });
  await measure('list', 'GET', 'organisations');
  await measure('read', 'GET', path);
  await measure('rename', 'PATCH', path, { name: 'Renamed' });
  await measure('invite', 'POST', `${path}/invitations`, { email: newEmail() });
  await measure('invitations', 'GET', `${path}/invitations`);
  await world.invite(own, guest.email, 'buyer');
  const token = world.linkToken(guest.email);
  await measure('accept', 'POST', 'organisation-invitations/accept', { token }, guest);
  await measure('members', 'GET', `${path}/members`);
  await measure('role', 'PUT', `${path}/members/${guest.id}/role`, { role: 'admin' });
  const { refreshToken } = owner.tokens;
  const acting = await measure('token, the first', 'POST', 'token', { refreshToken, organisationId: id });
  await measure('token', 'POST', 'token', { refreshToken: acting['refreshToken'], organisationId: id });
  const made = await measure('key', 'POST', `${path}/api-keys`, { name: 'ERP', scopes: ['orders.read'] });
  await measure('leave', 'POST', `${path}/leave`, undefined, await world.join(own, 'member'));
  await measure('hand over', 'POST', `${path}/hand-over`, { accountId: guest.id });
  const costs = newCosts();
  const background = () => undefined;
  await exchangeApiKey(world.portsOf(meterEnv(world.env, METERED, costs), background), made['key'] ?? '');
  expect([rows, costs.d1]).toEqual([
    {
      create: { status: 201, d1: 2, objects: 1 },
      list: { status: 200, d1: 2, objects: 0 },
      read: { status: 200, d1: 2, objects: 0 },
      rename: { status: 200, d1: 3, objects: 0 },
      invite: { status: 201, d1: 4, objects: 3 },
      invitations: { status: 200, d1: 3, objects: 0 },
      accept: { status: 200, d1: 7, objects: 0 },
      members: { status: 200, d1: 3, objects: 0 },
      role: { status: 200, d1: 5, objects: 0 },
      'token, the first': { status: 200, d1: 2, objects: 0 },
      token: { status: 200, d1: 1, objects: 0 },
      key: { status: 201, d1: 4, objects: 0 },
      'hand over': { status: 200, d1: 6, objects: 0 },
      leave: { status: 204, d1: 5, objects: 0 },
    },
    2,
  ]);
});
