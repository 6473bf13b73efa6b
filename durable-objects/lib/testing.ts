import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Clock } from '#shared/time/time.ts';

/** Runs `act` with the empty SQLite storage of an object nobody has used. */
export function withStorage<Value>(
  act: (storage: DurableObjectStorage) => Promise<Value> | Value,
): Promise<Value> {
  const namespace = (env as unknown as { STOCK: DurableObjectNamespace }).STOCK;
  return runInDurableObject(namespace.getByName(crypto.randomUUID()), (_, state) => act(state.storage));
}

/** A clock that moves when told. */
export function manualClock(start = 1_000_000): Clock & { now: () => number; advance: (ms: number) => void } {
  let time = start;
  return {
    now: () => time,
    advance: (ms) => {
      time += ms;
    },
  };
}
