import { afterEach, describe, expect, it, vi } from 'vitest';
import { logWork, meterWork, outsideFetch } from './work.ts';

const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response());
afterEach(() => {
  printed.mockClear();
  fetched.mockClear();
});

const lines = () =>
  printed.mock.calls.map(([line]) => JSON.parse(String(line)) as { work: string; costs: object });
const spent = () =>
  Object.fromEntries(
    lines().map(({ work, costs }) => [
      work,
      Object.fromEntries(Object.entries(costs).filter(([, count]) => count > 0)),
    ]),
  );

const env = meterWork(
  {
    QUEUE: { send: async () => undefined },
    FLOW: { create: async () => undefined, get: async () => undefined },
  },
  { QUEUE: 'queue', FLOW: 'workflow' },
);
const run = (work: string, act: () => Promise<unknown>) =>
  logWork({ system: 'test', work, requestId: 'r-1' }, act);

describe('work that no request answers for', () => {
  it('is counted on its own line, though it shares its bindings with other work at the same time', async () => {
    await Promise.all([
      run('a', async () => {
        await env.QUEUE.send();
        await Promise.resolve();
        await env.QUEUE.send();
      }),
      run('b', async () => {
        await Promise.resolve();
        await outsideFetch('https://outside.test');
        await run('inside b', () => env.QUEUE.send());
      }),
    ]);
    expect(spent()).toEqual({ a: { queues: 2 }, b: { fetches: 1 }, 'inside b': { queues: 1 } });
  });

  it('is logged when it fails too, for a failed call was paid for', async () => {
    const failing = run('c', async () => {
      await env.QUEUE.send();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(spent()).toEqual({ c: { queues: 1 } });
  });

  it('counts Workflow instances started, not looked at', async () => {
    await run('d', async () => {
      await env.FLOW.get();
      await env.FLOW.create();
    });
    expect(spent()).toEqual({ d: { workflows: 1 } });
  });

  it('leaves what happens outside of it uncounted, and working', async () => {
    await env.QUEUE.send();
    await outsideFetch('https://outside.test');
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(lines()).toEqual([]);
  });
});
