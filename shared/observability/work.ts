import { AsyncLocalStorage } from 'node:async_hooks';
import { type BindingKind, type Costs, meterEnv, newCosts } from './costs.ts';
import { log } from './log.ts';

const underWay = new AsyncLocalStorage<Costs>();

/** The costs of the work under way, whichever it is at each count; outside of any nothing is kept. */
const costsUnderWay: Costs = new Proxy(newCosts(), {
  get: (none, name: keyof Costs) => (underWay.getStore() ?? none)[name],
  set: (_, name: keyof Costs, count: number) => {
    const costs = underWay.getStore();
    if (costs !== undefined) costs[name] = count;
    return true;
  },
});

/** A view of `env` for what outlives one piece of work, an object say: its calls count for the work they are made in. */
export const meterWork = <Env extends object>(
  env: Env,
  kinds: Partial<Record<keyof Env, BindingKind>>,
): Env => meterEnv(env, kinds, costsUnderWay);

/** Runs work whose calls are added to `costs`, what it leaves behind included. */
export const spending = <Value>(costs: Costs, run: () => Value): Value => underWay.run(costs, run);

/**
 * Runs a piece of work that no request answers for (a message, an effect, a step, a call by another worker) and logs one
 * line `work` with its costs, whether or not it succeeds. Costs of work inside it are on that work's own line.
 */
export async function logWork<Value>(
  fields: { system: string; work: string; requestId: string },
  run: () => Promise<Value>,
): Promise<Value> {
  const costs = newCosts();
  const started = Date.now();
  try {
    return await spending(costs, run);
  } finally {
    log.info('work', { ...fields, ms: Date.now() - started, costs });
  }
}

/** `fetch` to the outside world, counted. */
export function outsideFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  costsUnderWay.fetches += 1;
  return fetch(input, init);
}
