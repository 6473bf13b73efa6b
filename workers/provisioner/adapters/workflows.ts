import type { Slots } from '#objects/provider-governor/slots.ts';

/**
 * Workflows we start a second, of one kind and of all: below the platform's 100 a kind and 300 an account, which others use
 * too (https://developers.cloudflare.com/workflows/reference/limits/).
 */
export const STARTS_PER_SECOND = 80;
export const STARTS_ALL_PER_SECOND = 200;

/** More are started than the platform takes: the same message comes again. */
export class TooManyStarts extends Error {
  constructor(lane: string, retryAfterMs: number) {
    super(`${lane}: too many are started; the next turn is in ${retryAfterMs} ms`);
    this.name = 'TooManyStarts';
  }
}

/** A kind of Workflow whose instances we start by an id of our own and wake by events. */
export interface WorkflowStarter<Params> {
  /** Starts it when its turn has come; one that exists under this id counts as started. Throws `TooManyStarts`. */
  start(id: string, params: Params): Promise<void>;
  /** Sends an event, which also wakes an instance that a restart of the runtime left asleep. */
  wake(id: string, eventType: string): Promise<void>;
  /** What has become of it. `ended` covers every way of no longer running. */
  standing(id: string): Promise<'missing' | 'running' | 'ended'>;
  /** Runs an ended instance again from the start. */
  restart(id: string): Promise<void>;
}

const ENDED = new Set<InstanceStatus['status']>(['errored', 'terminated', 'complete']);

/** `name`: of the kind; its starts are counted apart, in all isolates together. */
export function workflowStarter<Params>(
  binding: Workflow<Params>,
  name: string,
  slots: Slots,
): WorkflowStarter<Params> {
  const find = async (id: string): Promise<WorkflowInstance | null> => {
    try {
      return await binding.get(id);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  };
  return {
    async start(id, params) {
      const retryAfterMs = await slots.take(name);
      if (retryAfterMs !== null) throw new TooManyStarts(name, retryAfterMs);
      try {
        await binding.create({ id, params });
      } catch (error) {
        if ((await find(id)) === null) throw error;
      }
    },
    async wake(id, eventType) {
      const instance = await find(id);
      await instance?.sendEvent({ type: eventType, payload: {} });
    },
    async standing(id) {
      const instance = await find(id);
      if (instance === null) return 'missing';
      return ENDED.has((await instance.status()).status) ? 'ended' : 'running';
    },
    async restart(id) {
      await (await binding.get(id)).restart();
    },
  };
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && /not[_ ]found|does not exist/i.test(error.message);
