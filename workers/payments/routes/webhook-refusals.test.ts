import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { RefusalCounter } from '../refusal-counter.ts';
import type { Env } from '../env.ts';
import { deliver, intentEvent, request } from '../testing.ts';

beforeAll(migrateDatabases);
const operator = () => signedIn('usr_0000000000000000000000000000000a', 'operator');
const read = async (query = '') => {
  const response = await request(`/v1/payment-events/refusals${query}`, { headers: await operator() });
  return {
    status: response.status,
    body: await response.json<{ total: number; items: { reason: string }[] }>(),
  };
};

describe('refused webhooks', () => {
  it('are counted by reason, durably, and logged each', async () => {
    const lines = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await deliver(intentEvent(), { signature: null });
    await vi.waitFor(async () =>
      expect((await read()).body.items).toMatchObject([{ reason: 'missing_signature', count: 1 }]),
    );
    await deliver(intentEvent(), { signature: 't=1,v1=00' });
    const logged = lines.mock.calls.map(String).filter((line) => line.includes('webhook refused'));
    lines.mockRestore();
    expect(logged.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual([
      'missing_signature',
      'invalid_signature',
    ]);
  });

  it.each([
    ['a period that ends before it begins', '?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 422],
    ['a period longer than is kept', '?from=2025-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 422],
    ['a time that is none', '?from=soon', 422],
    ['an empty period', '?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z', 200],
  ])('%s', async (_what, query, status) => {
    expect((await read(query)).status).toBe(status);
  });

  it('are for staff alone', async () => {
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'customer');
    expect((await request('/v1/payment-events/refusals', { headers })).status).toBe(403);
  });
});

describe('the counter', () => {
  const NOW = Date.UTC(2026, 10, 22, 20, 45, 30);

  it('writes at once, then once in ten seconds however many come', () => {
    const counter = new RefusalCounter();
    const writes = Array.from({ length: 30_000 }, (_, index) => {
      counter.count('invalid_signature', NOW + index);
      return counter.take(NOW + index);
    }).filter((counts) => counts.length > 0);
    expect(writes).toHaveLength(3);
    const counted = writes.flat().reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(20_001);
    expect(counter.take(NOW + 60_000).reduce((sum, { count }) => sum + count, 0)).toBe(9_999);
  });

  it('costs nothing where nothing is refused', async () => {
    const add = vi.fn();
    const context = createExecutionContext();
    await deliver(intentEvent(), {
      bindings: {
        WEBHOOK_REFUSALS: { getByName: () => ({ add }) } as unknown as Env['WEBHOOK_REFUSALS'],
      },
    });
    await waitOnExecutionContext(context);
    expect(add.mock.calls.flat().filter((sent) => 'counts' in (sent as object)).length).toBeLessThan(2);
  });
});
