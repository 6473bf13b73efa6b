import { log } from '#shared/observability/log.ts';
import { type Chance, systemChance } from './host.ts';
import { retryDelayMs } from './retry.ts';

/**
 * A namespace of objects seen through their typed face. The platform's own generic type loses `unknown` members of
 * arguments and results, so bindings are typed with this in each worker's `env.ts`.
 */
export interface ObjectNamespace<Face> {
  getByName(name: string): Face;
}

/** The object does not take more work for the moment; repeating at once makes it worse. */
export class ObjectOverloaded extends Error {
  /** As the platform marks it; the HTTP layer answers 503. */
  readonly overloaded = true;
  constructor(name: string) {
    super(`object ${name} is overloaded`);
    this.name = 'ObjectOverloaded';
  }
}

const ATTEMPTS_MAX = 4;

/**
 * Calls a method of an object that is safe to repeat. A stub can be broken after a failure, so each attempt takes a
 * fresh one; what the platform marks as not retryable, and a fault of the method itself, is thrown at once.
 */
export async function callObject<Face, Value>(
  namespace: ObjectNamespace<Face>,
  name: string,
  call: (stub: Face) => Promise<Value>,
  chance: Chance = systemChance,
): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(namespace.getByName(name));
    } catch (error) {
      const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
      if (overloaded === true) throw new ObjectOverloaded(name);
      if (retryable !== true || attempt >= ATTEMPTS_MAX) throw error;
      log.warn('object call repeated', { object: name, attempt, error });
      await new Promise<void>((resolve) => {
        chance.after(retryDelayMs(attempt, chance.random()) / 4, resolve);
      });
    }
  }
}
