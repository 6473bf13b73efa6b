import { describe, expect, it } from 'vitest';
import type { WorkerConfig } from '../../lib/config.ts';
import type { WorkerName } from '../../lib/workers.ts';
import type { DeployableWorker, Deployment } from '../deployment.ts';
import { committedDeployment, workerOf } from '../testing.ts';
import { BUNDLE_GZIP_BYTES_MAX, BUNDLE_RAW_BYTES_MAX } from './bundles.ts';
import { checkDeployment, CHECKS } from './index.ts';

type Named = keyof typeof CHECKS;

interface Offence {
  /** What is wrong, as the end of a sentence. */
  name: string;
  check: Named;
  worker: WorkerName;
  /** Field the finding names. */
  field: string;
  alter: (config: WorkerConfig, deployable: DeployableWorker, deployment: Deployment) => void;
}

const consumer = (config: WorkerConfig, queue: string) => {
  const found = config.queues.consumers?.find((each) => each.queue === queue);
  if (found === undefined) throw new Error(`nobody consumes ${queue}`);
  return found;
};
const variable = (name: string, value: string) => (config: WorkerConfig) => {
  config.vars[name] = value;
};
const source = (file: string) => (_config: WorkerConfig, deployable: DeployableWorker) => {
  deployable.bundle.sources.push(file);
};
const text =
  (content: string) => (_config: WorkerConfig, deployable: DeployableWorker, deployment: Deployment) => {
    deployable.bundle.sources.push('shared/auth/hash.ts');
    deployment.sources['shared/auth/hash.ts'] = content;
  };

const SERVICES = 'service bindings reach a deployed entry point';
const CLASSES = 'object and workflow classes are exported';
const MIGRATIONS = 'object classes have a migration';
const UNIQUE = 'binding names are unique in a worker';
const ORDER = 'workers can be deployed one after another';
const ONE_CONSUMER = 'a queue that is written to has one consumer';
const LIMITS = 'queue consumers set their limits';
const DEAD = 'messages that keep failing are kept';
const RUNTIME = 'workers agree on the runtime';
const PUBLIC = 'only the gateway is public';
const SECRETS = 'secrets are not variables';
const VALUES = 'values are those of production';
const FIT = 'bundles fit';
const TEST_CODE = 'bundles hold no test code';
const HASHING = 'hashing is allowed on the platform';

const OFFENCES: Offence[] = [
  {
    name: 'a service binding to the sandbox',
    check: SERVICES,
    worker: 'purchase',
    field: 'services.PAYMENTS.service',
    alter: (config) => {
      for (const each of config.services) if (each.binding === 'PAYMENTS') each.service = 'tradepost-sandbox';
    },
  },
  {
    name: 'an entry point that its worker does not export',
    check: SERVICES,
    worker: 'purchase',
    field: 'services.PAYMENTS.entrypoint',
    alter: (config) => {
      for (const each of config.services) if (each.binding === 'PAYMENTS') each.entrypoint = 'Payment';
    },
  },
  {
    name: 'a Durable Object class the bundle does not export',
    check: CLASSES,
    worker: 'purchase',
    field: 'durable_objects.STOCK.class_name',
    alter: (_config, { bundle }) => {
      bundle.exports = bundle.exports.filter((name) => name !== 'Stock');
    },
  },
  {
    name: 'a Workflow class the bundle does not export',
    check: CLASSES,
    worker: 'provisioner',
    field: 'workflows.PROVISION.class_name',
    alter: (_config, { bundle }) => {
      bundle.exports = bundle.exports.filter((name) => name !== 'ProvisionWorkflow');
    },
  },
  {
    name: 'a Durable Object class without a migration',
    check: MIGRATIONS,
    worker: 'auth',
    field: 'migrations',
    alter: (config) => {
      config.migrations = [];
    },
  },
  {
    name: 'a Durable Object class created by two migrations',
    check: MIGRATIONS,
    worker: 'auth',
    field: 'migrations',
    alter: (config) => {
      config.migrations.push({ tag: 'v99', new_sqlite_classes: ['LoginGuard'] });
    },
  },
  {
    name: 'two migrations with one tag',
    check: MIGRATIONS,
    worker: 'auth',
    field: 'migrations',
    alter: (config) => {
      config.migrations.push({ tag: 'v1' });
    },
  },
  {
    name: 'two workflows with one name',
    check: 'workflow names are unique',
    worker: 'provisioner',
    field: 'workflows.DEPROVISION.name',
    alter: (config) => {
      for (const each of config.workflows) each.name = 'tradepost-provision';
    },
  },
  {
    name: 'two bindings with one name',
    check: UNIQUE,
    worker: 'catalogue',
    field: 'CATALOGUE_DB',
    alter: (config) => {
      config.kv_namespaces.push({ binding: 'CATALOGUE_DB' });
    },
  },
  {
    name: 'workers that bind each other, for neither can be first',
    check: ORDER,
    worker: 'auth',
    field: 'services',
    alter: (config) => {
      config.services.push({ binding: 'PURCHASE', service: 'tradepost-purchase' });
    },
  },
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
  {
    name: 'a database that two workers bind',
    check: 'a database has one owner',
    worker: 'gateway',
    field: 'd1_databases.ORDERS_DB',
    alter: (config) => {
      config.d1_databases.push({ binding: 'ORDERS_DB', database_name: 'tradepost-orders' });
    },
  },
  {
    name: 'the account database bound by another worker than auth',
    check: 'accounts are for the auth worker alone',
    worker: 'purchase',
    field: 'd1_databases.ACCOUNTS',
    alter: (config) => {
      config.d1_databases.push({ binding: 'ACCOUNTS', database_name: 'tradepost-auth' });
    },
  },
  {
    name: 'a database without a migration',
    check: 'databases have migrations',
    worker: 'auth',
    field: 'd1_databases.AUTH_DB.migrations_dir',
    alter: (_config, _deployable, deployment) => {
      deployment.migrations['tradepost-auth'] = [];
    },
  },
  {
    name: 'a compatibility date of its own',
    check: RUNTIME,
    worker: 'payments',
    field: 'compatibility_date',
    alter: (config) => {
      config.compatibility_date = '2026-09-01';
    },
  },
  {
    name: 'a compatibility date the pinned runtime does not know',
    check: RUNTIME,
    worker: 'payments',
    field: 'compatibility_date',
    alter: (_config, _deployable, deployment) => {
      deployment.runtimeDate = '2026-10-01';
    },
  },
  {
    name: 'a compatibility flag of its own',
    check: RUNTIME,
    worker: 'payments',
    field: 'compatibility_flags',
    alter: (config) => {
      config.compatibility_flags = [...config.compatibility_flags, 'no_nodejs_compat_v2'];
    },
  },
  {
    name: 'requests that may reach private addresses',
    check: RUNTIME,
    worker: 'provisioner',
    field: 'compatibility_flags',
    alter: (_config, _deployable, deployment) => {
      for (const { config } of deployment.workers) config.compatibility_flags = ['nodejs_compat'];
    },
  },
  {
    name: 'a public origin of its own',
    check: 'workers agree on the public origin',
    worker: 'purchase',
    field: 'vars.PUBLIC_ORIGIN',
    alter: variable('PUBLIC_ORIGIN', 'https://other.example.com'),
  },
  {
    name: 'a public address beside the gateway',
    check: PUBLIC,
    worker: 'payments',
    field: 'workers_dev',
    alter: (config) => {
      config.workers_dev = true;
    },
  },
  {
    name: 'preview addresses',
    check: PUBLIC,
    worker: 'gateway',
    field: 'preview_urls',
    alter: (config) => {
      config.preview_urls = true;
    },
  },
  {
    name: 'a required secret that is also a variable',
    check: SECRETS,
    worker: 'auth',
    field: 'vars.PASSWORD_PEPPER',
    alter: variable('PASSWORD_PEPPER', 'salt'),
  },
  {
    name: 'a variable named like a secret',
    check: SECRETS,
    worker: 'catalogue',
    field: 'vars.SEARCH_API_KEY',
    alter: variable('SEARCH_API_KEY', 'x'),
  },
  ...(
    [
      ['the sandbox', 'https://tradepost-sandbox.acme.workers.dev'],
      ['a loopback name', 'https://localhost:8788'],
      ['a loopback address', 'https://127.0.0.1:8788'],
      ['a private address', 'https://10.1.2.3'],
      ['another private address', 'https://172.20.0.9'],
      ['a link-local address', 'https://169.254.169.254/'],
      ['an IPv6 loopback address', 'https://[::1]:8788'],
      ['an internal name', 'https://mail.internal'],
      ['an unencrypted address', 'http://api.acme.com'],
      ['a Stripe test key', 'sk_test_51abc'],
      ['a Stripe live key', 'sk_live_51abc'],
      ['a webhook secret', 'whsec_abc'],
      ['a value of .dev.vars', 'sixteen-characters-of-a-local-secret'],
    ] as const
  ).map(([what, value]) => ({
    name: `a variable that holds ${what}`,
    check: VALUES,
    worker: 'purchase' as const,
    field: 'vars.MAIL_API_BASE',
    alter: variable('MAIL_API_BASE', value),
  })),
  {
    name: 'a variable named after the sandbox',
    check: VALUES,
    worker: 'gateway',
    field: 'vars',
    alter: variable('SANDBOX_ORIGIN', ''),
  },
  {
    name: 'a bundle larger than the platform takes',
    check: FIT,
    worker: 'gateway',
    field: 'bundle',
    alter: (_config, { bundle }) => {
      bundle.rawBytes = BUNDLE_RAW_BYTES_MAX + 1;
    },
  },
  {
    name: 'a bundle larger than our own limit once compressed',
    check: FIT,
    worker: 'gateway',
    field: 'bundle',
    alter: (_config, { bundle }) => {
      bundle.gzipBytes = BUNDLE_GZIP_BYTES_MAX + 1;
    },
  },
  {
    name: 'a bundle with code of the sandbox',
    check: TEST_CODE,
    worker: 'payments',
    field: 'bundle',
    alter: source('workers/sandbox/stripe/webhooks.ts'),
  },
  {
    name: 'a bundle with tools of tests',
    check: TEST_CODE,
    worker: 'payments',
    field: 'bundle',
    alter: source('shared/testing/clock.ts'),
  },
  {
    name: 'a bundle with a test',
    check: TEST_CODE,
    worker: 'payments',
    field: 'bundle',
    alter: source('workers/payments/app.test.ts'),
  },
  {
    name: 'PBKDF2 with more iterations than production allows',
    check: HASHING,
    worker: 'auth',
    field: 'shared/auth/hash.ts',
    alter: text("deriveBits({ name: 'PBKDF2', iterations: 600_000, salt }, key, 256)"),
  },
  {
    name: 'PBKDF2 with a count nobody can read',
    check: HASHING,
    worker: 'auth',
    field: 'shared/auth/hash.ts',
    alter: text("deriveBits({ name: 'PBKDF2', iterations, salt }, key, 256)"),
  },
];

describe('the committed configurations', () => {
  it('pass every check, or nothing could be deployed', () => {
    expect(checkDeployment(committedDeployment())).toEqual([]);
  });

  it('may derive keys by PBKDF2 within the platform’s limit', () => {
    const deployment = committedDeployment();
    const auth = workerOf(deployment, 'auth');
    text("deriveBits({ name: 'PBKDF2', iterations: 100_000, salt }, key, 256)")(
      auth.config,
      auth,
      deployment,
    );
    expect(checkDeployment(deployment)).toEqual([]);
  });
});

describe('a deployment is refused with', () => {
  it.each(OFFENCES)('$name', ({ check, worker, field, alter }) => {
    const deployment = committedDeployment();
    const deployable = workerOf(deployment, worker);
    alter(deployable.config, deployable, deployment);
    const found = (CHECKS[check]?.(deployment) ?? []).map((finding) => [
      finding.worker,
      finding.file,
      finding.field,
    ]);
    expect(found).toContainEqual([worker, deployable.file, field]);
  });

  it('each of the rules at least once in this table', () => {
    expect(new Set(OFFENCES.map(({ check }) => check))).toEqual(new Set(Object.keys(CHECKS)));
  });
});
