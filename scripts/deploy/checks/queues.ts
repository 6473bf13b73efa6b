import type { QueueConsumer } from '../../lib/config.ts';
import { perWorker, type Check, type Deployment } from '../deployment.ts';

const consumersOf = (deployment: Deployment): QueueConsumer[] =>
  deployment.workers.flatMap(({ config }) => config.queues.consumers ?? []);

const deadLetterQueues = (deployment: Deployment): Set<string> =>
  new Set(consumersOf(deployment).flatMap(({ dead_letter_queue: queue }) => queue ?? []));

/** A queue nobody reads loses its messages after their retention; two readers would share them out by chance. */
export const producedQueuesConsumedOnce: Check = (deployment) => {
  const consumers = consumersOf(deployment);
  return perWorker(({ config }) =>
    (config.queues.producers ?? []).flatMap(({ queue, binding }): [string, string][] => {
      const count = consumers.filter((consumer) => consumer.queue === queue).length;
      return count === 1
        ? []
        : [[`queues.producers.${binding}`, `${queue} has ${count} consumers, expected one`]];
    }),
  )(deployment);
};

/** A consumer of a queue nobody writes to is a misspelt name. */
export const consumedQueuesProduced: Check = (deployment) => {
  const produced = new Set(
    deployment.workers.flatMap(({ config }) => (config.queues.producers ?? []).map(({ queue }) => queue)),
  );
  const fed = new Set([...produced, ...deadLetterQueues(deployment)]);
  return perWorker(({ config }) =>
    (config.queues.consumers ?? [])
      .filter(({ queue }) => !fed.has(queue))
      .map(({ queue }) => [`queues.consumers.${queue}`, 'no worker writes to this queue']),
  )(deployment);
};

const EXPLICIT = ['max_batch_size', 'max_batch_timeout', 'max_retries'] as const;

/** The local runtime and the platform have different defaults: what is not said differs between them. */
export const consumersExplicit: Check = perWorker(({ config }) =>
  (config.queues.consumers ?? []).flatMap((consumer) =>
    EXPLICIT.filter((setting) => consumer[setting] === undefined).map((setting): [string, string] => [
      `queues.consumers.${consumer.queue}.${setting}`,
      'not set: the local default differs from the platform’s',
    ]),
  ),
);

/** Longest a message is kept back, when it is sent and before it is tried again: 12 hours. */
const DELAY_SECONDS_MAX = 43_200;

/** https://developers.cloudflare.com/queues/platform/limits/, least values from configuration/batching-retries/. */
const CONSUMER_LIMITS = [
  ['max_batch_size', 1, 100],
  ['max_batch_timeout', 0, 60],
  ['max_retries', 0, 100],
  ['max_concurrency', 1, 250],
  ['retry_delay', 0, DELAY_SECONDS_MAX],
] as const;

/** The local runtime takes what the platform refuses at the deployment of this worker, after others were deployed. */
export const queueSettingsWithinLimits: Check = perWorker(({ config }) => [
  ...(config.queues.consumers ?? []).flatMap((consumer) =>
    CONSUMER_LIMITS.flatMap(([setting, min, max]) =>
      outside(`queues.consumers.${consumer.queue}.${setting}`, consumer[setting], min, max),
    ),
  ),
  ...(config.queues.producers ?? []).flatMap(({ binding, delivery_delay: delay }) =>
    outside(`queues.producers.${binding}.delivery_delay`, delay, 0, DELAY_SECONDS_MAX),
  ),
]);

function outside(
  field: string,
  value: number | null | undefined,
  min: number,
  max: number,
): [string, string][] {
  if (value === undefined || value === null) return [];
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  return [[field, `${value}, the platform takes ${min} to ${max}`]];
}

/** Without a dead-letter queue a message that keeps failing is deleted; one that nobody reads is deleted days later. */
export const deadLettersKept: Check = (deployment) => {
  const consumed = new Set(consumersOf(deployment).map(({ queue }) => queue));
  const last = deadLetterQueues(deployment);
  return perWorker(({ config }) =>
    (config.queues.consumers ?? []).flatMap(({ queue, dead_letter_queue: dead }): [string, string][] => {
      const field = `queues.consumers.${queue}.dead_letter_queue`;
      if (dead === undefined) return last.has(queue) ? [] : [[field, 'not set']];
      return consumed.has(dead) ? [] : [[field, `${dead} has no consumer`]];
    }),
  )(deployment);
};
