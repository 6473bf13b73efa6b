import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import type { RefusalCount } from '#objects/webhook-refusals/face.ts';
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
    await deliver(intentEvent(), { signature: 't=1,v1=00' });
    expect((await read()).body).toMatchObject({
      total: 2,
      items: expect.arrayContaining([
        expect.objectContaining({ reason: 'missing_signature', count: 1 }),
        expect.objectContaining({ reason: 'invalid_signature', count: 1 }),
      ]) as unknown,
    });
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

  const clock = { now: () => NOW };

  it('writes one call at a time, and nothing is lost of what comes meanwhile', async () => {
    const counter = new RefusalCounter();
    const under: (() => void)[] = [];
    const calls: number[] = [];
    const write = ([count]: RefusalCount[]) =>
      new Promise<void>((resolve) => {
        calls.push(count?.count ?? 0);
        under.push(resolve);
      });
    const writers: Promise<void>[] = [];
    for (let sent = 0; sent < 10_000; sent += 1) {
      counter.count('invalid_signature', NOW);
      writers.push(counter.writeDown(write, clock));
    }
    await vi.waitFor(() => {
      under.shift()?.();
      expect(calls).toHaveLength(2);
    });
    for (const end of under) end();
    await Promise.all(writers);
    expect(calls).toEqual([1, 9_999]);
  });

  it('keeps what a call that failed did not write, and is not stopped by one that never ends', async () => {
    const counter = new RefusalCounter();
    const written: RefusalCount[] = [];
    const write = (counts: RefusalCount[]) => Promise.resolve(void written.push(...counts));
    counter.count('malformed', NOW);
    const broken = counter.writeDown(() => Promise.reject(new Error('the object is away')), clock);
    await expect(broken).rejects.toThrow('away');
    void counter.writeDown(() => new Promise(() => undefined), clock);
    counter.count('malformed', NOW);
    await counter.writeDown(write, clock);
    expect(written).toEqual([]);
    await counter.writeDown(write, { now: () => NOW + 20_000 });
    expect(written).toMatchObject([{ reason: 'malformed', count: 1 }]);
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
