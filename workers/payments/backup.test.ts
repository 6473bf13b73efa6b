import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { beforeAll, expect, it } from 'vitest';
import { backupsOf } from '#shared/backup/of-env.ts';
import { putBack, taken } from '#shared/testing/backups.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { newId } from '#shared/ids/ids.ts';
import { sources } from './backups.ts';
import { env, request } from './testing.ts';

beforeAll(migrateDatabases);

const call = { requestId: 'request-of-the-test' };
const staff = newId('user');
const send = async (method: string, path: string, body?: unknown, as: 'operator' | 'customer' = 'operator') =>
  request(`/v1/gift-cards${path}`, {
    method,
    headers: {
      ...(await signedIn(staff, as)),
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const value = { amount: 2_500, currency: 'EUR' };
const objectOf = (id: string) => env.GIFT_CARD.getByName(id);

/** A card loses everything, and its process ends. */
async function lose(id: string): Promise<void> {
  const stub = objectOf(id) as unknown as DurableObjectStub;
  await runInDurableObject(stub, async (_, state) => {
    await state.storage.deleteAlarm();
    await state.storage.deleteAll();
  });
  await evictDurableObject(stub);
}
const balanceOf = async (id: string): Promise<unknown> => (await objectOf(id).look(call))?.balance;

it('brings gift cards back with their money, code and lists, and does not believe in money that went after it', async () => {
  const made = await Promise.all(
    [1, 2, 3].map(async () => {
      const answer = await send('POST', '', { value, reason: 'Goodwill' });
      expect(answer.status).toBe(201);
      return answer.json<{ id: string; code: string }>();
    }),
  );
  const [first = { id: '', code: '' }, second = first, third = first] = made;
  const spent = { change: -500, reason: 'Spent at the till' };
  expect((await send('POST', `/${second.id}/adjust`, spent)).status).toBe(200);
  const backups = () => backupsOf(env, 'payments', sources(env));
  const id = await taken(await backups());
  await send('POST', `/${third.id}/adjust`, spent);
  for (const card of made) await lose(card.id);
  await env.PAYMENTS_DB.prepare('DELETE FROM gift_card_entries').run();
  expect(await balanceOf(first.id)).toBeUndefined();

  expect(await putBack(await backups(), id)).toEqual(['PAYMENTS_DB', 'gift_cards']);

  expect(await Promise.all(made.map((card) => balanceOf(card.id)))).toMatchObject([
    { amount: 2_500 },
    { amount: 2_000 },
    { amount: 2_500 },
  ]);
  const shown = await send('POST', '/balance', { code: first.code }, 'customer');
  expect(await shown.json()).toMatchObject({ balance: value });
  const listed = await (await send('GET', `/${second.id}`)).json();
  expect(listed).toMatchObject({ id: second.id, balance: { amount: 2_000, currency: 'EUR' } });
});
