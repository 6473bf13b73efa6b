import type { WorkflowStep } from 'cloudflare:workers';
import { logWork } from '#shared/observability/work.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { StepPolicy } from '../templates/template.ts';

/** What our Workflows need of the platform: named, durable steps whose results are kept, and waits for events. */
export interface Steps {
  /** Runs `work` until it resolves, by the policy; rejects when the tries are used up. */
  run<Value>(name: string, policy: StepPolicy, work: () => Promise<Value>): Promise<Value>;
  /** Waits for an event or the time-out, whichever is first. */
  wait(name: string, eventType: string, seconds: number): Promise<void>;
}

/** The engine itself stopped the run (pause, terminate, shutdown): nothing failed, and nothing may be concluded. */
const ENGINE_ABORT = /Aborting engine:/;
export const isEngineAbort = (error: unknown): boolean =>
  error instanceof Error && ENGINE_ABORT.test(error.message);

/** `workflow` and `requestId` are on the log line of each step. */
export function durableSteps(step: WorkflowStep, workflow: string, requestId: string): Steps {
  return {
    async run<Value>(name: string, policy: StepPolicy, work: () => Promise<Value>): Promise<Value> {
      const { limit, delaySeconds, backoff } = policy.retry;
      const config = {
        retries: { limit, delay: delaySeconds * SECOND_MS, backoff },
        timeout: policy.timeoutSeconds * SECOND_MS,
      };
      // Values are plain JSON; the platform's own type for that does not survive a type parameter.
      const value: unknown = await step.do(name, config, () =>
        logWork(
          { system: 'provisioner', work: `${workflow}: ${name}`, requestId },
          work as () => Promise<string>,
        ),
      );
      return value as Value;
    },
    async wait(name, eventType, seconds) {
      try {
        await step.waitForEvent(name, { type: eventType, timeout: seconds * SECOND_MS });
      } catch (error) {
        if (isEngineAbort(error)) throw error;
      }
    },
  };
}
