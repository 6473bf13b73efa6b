import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import { DIRECTORY_SHARDS, directoryOf, type OrderDirectoryFace, shardName } from './face.ts';

const { ORDER_DIRECTORY } = env as unknown as { ORDER_DIRECTORY: ObjectNamespace<OrderDirectoryFace> };
const call = { requestId: 'request-of-the-test' };
const shard = () => ORDER_DIRECTORY.getByName(`test-${crypto.randomUUID()}`);

async function filled(count: number) {
  const directory = shard();
  const ids = Array.from({ length: count }, () => newId('order'));
  await Promise.all(ids.map((orderId) => directory.register(call, { id: orderId })));
  return { directory, ids: ids.sort() };
}

describe('a directory of orders', () => {
  it('gives every order once, oldest first, however often it was written down', async () => {
    const { directory, ids } = await filled(25);
    await Promise.all(ids.map((orderId) => directory.register(call, { id: orderId })));
    const seen: string[] = [];
    for (let after: string | null = null; ; after = seen.at(-1) ?? null) {
      const page = await directory.page(call, { after, limit: 10 });
      seen.push(...page);
      if (page.length < 10) break;
    }
    expect(seen).toEqual(ids);
  });

  it('is walked round after round, new orders included', async () => {
    const { directory, ids } = await filled(7);
    const walk = () => directory.walk(call, { limit: 3 });
    expect([await walk(), await walk(), await walk()].flat()).toEqual(ids);
    const late = newId('order');
    await directory.register(call, { id: late });
    expect([await walk(), await walk(), await walk()].flat()).toEqual([...ids, late]);
    expect(await shard().walk(call, { limit: 3 })).toEqual([]);
  });

  it('spreads orders over all its objects, and finds each where it was put', () => {
    const names = new Set(Array.from({ length: 400 }, () => directoryOf(newId('order'))));
    expect([...names].sort()).toEqual(
      Array.from({ length: DIRECTORY_SHARDS }, (_, n) => shardName(n)).sort(),
    );
  });
});
