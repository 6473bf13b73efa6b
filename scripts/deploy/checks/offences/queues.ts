import type { WorkerConfig } from '../../../lib/config.ts';
import { workerOf } from '../../testing.ts';
import type { Offence } from './offence.ts';

const HANDLERS = 'triggers and handlers meet';
const CRONS = 'cron expressions are valid';
const QUEUE_LIMITS = 'queue settings are within the platform’s limits';
const ONE_CONSUMER = 'a queue that is written to has one consumer';
const LIMITS = 'queue consumers set their limits';
const DEAD = 'messages that keep failing are kept';

const consumer = (config: WorkerConfig, queue: string) => {
  const found = config.queues.consumers?.find((each) => each.queue === queue);
  if (found === undefined) throw new Error(`nobody consumes ${queue}`);
  return found;
};

/** Ways to break queues, their consumers and the triggers of handlers. For tests. */
export const QUEUE_OFFENCES: Offence[] = [
  {
    name: 'a queue that nobody reads',
    check: ONE_CONSUMER,
    worker: 'payments',
    field: 'queues.producers.PAYMENT_EVENTS',
    alter: (_config, _deployable, deployment) => {
      const { queues } = workerOf(deployment, 'purchase').config;
      queues.consumers = (queues.consumers ?? []).filter(({ queue }) => queue !== 'payment-events');
    },
  },
  {
    name: 'a queue with two readers',
    check: ONE_CONSUMER,
    worker: 'payments',
    field: 'queues.producers.PAYMENT_EVENTS',
    alter: (config, _deployable, deployment) => {
      const purchase = workerOf(deployment, 'purchase').config;
      config.queues.consumers = [{ ...consumer(purchase, 'payment-events') }];
    },
  },
  {
    name: 'a reader of a queue that nobody writes to',
    check: 'a queue that is read is written to',
    worker: 'provisioner',
    field: 'queues.consumers.provisionings',
    alter: (config) => {
      consumer(config, 'provisioning').queue = 'provisionings';
    },
  },
  ...(['max_batch_size', 'max_batch_timeout', 'max_retries'] as const).map((setting) => ({
    name: `a consumer that leaves ${setting} to a default`,
    check: LIMITS,
    worker: 'purchase' as const,
    field: `queues.consumers.payment-events.${setting}`,
    alter: (config: WorkerConfig) => {
      delete consumer(config, 'payment-events')[setting];
    },
  })),
  ...(
    [
      ['max_batch_size', 0],
      ['max_batch_size', 101],
      ['max_batch_timeout', -1],
      ['max_batch_timeout', 61],
      ['max_retries', 101],
      ['max_retries', 1.5],
      ['max_concurrency', 0],
      ['max_concurrency', 251],
      ['retry_delay', 43_201],
    ] as const
  ).map(([setting, value]) => ({
    name: `a consumer with a ${setting} of ${value}`,
    check: QUEUE_LIMITS,
    worker: 'purchase' as const,
    field: `queues.consumers.payment-events.${setting}`,
    alter: (config: WorkerConfig) => {
      consumer(config, 'payment-events')[setting] = value;
    },
  })),
  {
    name: 'messages delayed for longer than the platform keeps them back',
    check: QUEUE_LIMITS,
    worker: 'payments',
    field: 'queues.producers.PAYMENT_EVENTS.delivery_delay',
    alter: (config) => {
      for (const producer of config.queues.producers ?? []) producer.delivery_delay = 43_201;
    },
  },
  {
    name: 'a scheduled handler that nothing triggers',
    check: HANDLERS,
    worker: 'auth',
    field: 'triggers.crons',
    alter: (config) => {
      config.triggers = {};
    },
  },
  {
    name: 'a cron trigger without a handler',
    check: HANDLERS,
    worker: 'gateway',
    field: 'triggers.crons',
    alter: (config) => {
      config.triggers = { crons: ['* * * * *'] };
    },
  },
  {
    name: 'a queue handler that nothing triggers',
    check: HANDLERS,
    worker: 'catalogue',
    field: 'queues.consumers',
    alter: (config) => {
      config.queues.consumers = [];
    },
  },
  {
    name: 'a queue consumer without a handler',
    check: HANDLERS,
    worker: 'catalogue',
    field: 'queues.consumers',
    alter: (_config, { bundle }) => {
      bundle.handlers = ['fetch', 'scheduled'];
    },
  },
  {
    name: 'a default export whose handlers cannot be read',
    check: HANDLERS,
    worker: 'catalogue',
    field: 'bundle',
    alter: (_config, { bundle }) => {
      bundle.handlers = null;
    },
  },
  {
    name: 'a cron expression the platform refuses',
    check: CRONS,
    worker: 'auth',
    field: 'triggers.crons.0',
    alter: (config) => {
      config.triggers.crons = ['99 * * *'];
    },
  },
  {
    name: 'a consumer without a dead-letter queue',
    check: DEAD,
    worker: 'purchase',
    field: 'queues.consumers.payment-events.dead_letter_queue',
    alter: (config) => {
      delete consumer(config, 'payment-events').dead_letter_queue;
    },
  },
  {
    name: 'a dead-letter queue that nobody reads',
    check: DEAD,
    worker: 'purchase',
    field: 'queues.consumers.payment-events.dead_letter_queue',
    alter: (config) => {
      config.queues.consumers = (config.queues.consumers ?? []).filter(
        ({ queue }) => queue !== 'payment-events-dlq',
      );
    },
  },
];
