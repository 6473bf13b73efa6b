import type { WorkerConfig } from '../../../lib/config.ts';
import type { WorkerName } from '../../../lib/workers.ts';
import { variable, type Offence } from './offence.ts';

const SERVICES = 'service bindings reach a deployed entry point';
const CLASSES = 'object and workflow classes are exported';
const MIGRATIONS = 'object classes have a migration';
const UNIQUE = 'binding names are unique in a worker';
const NAMES = 'names are those the code expects';
const ORDER = 'workers can be deployed one after another';

/** Ways to break what workers bind and the names under which their code finds it. For tests. */
export const BINDING_OFFENCES: Offence[] = [
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
    name: 'two bindings with one name, one of them a rate limit',
    check: UNIQUE,
    worker: 'gateway',
    field: 'PURCHASE',
    alter: (config) => {
      for (const limit of config.ratelimits) limit.name = 'PURCHASE';
    },
  },
  ...(
    [
      ['a database', 'purchase', 'd1_databases.ORDERS_DB', (config) => (config.d1_databases = [])],
      ['a namespace', 'catalogue', 'kv_namespaces.CATALOGUE_CACHE', (config) => (config.kv_namespaces = [])],
      ['a bucket', 'provisioner', 'r2_buckets.DOWNLOADS', (config) => (config.r2_buckets = [])],
      [
        'an object class',
        'auth',
        'durable_objects.LOGIN_GUARD',
        (config) => (config.durable_objects.bindings = []),
      ],
      ['a workflow', 'provisioner', 'workflows.PROVISION', (config) => (config.workflows = [])],
      ['a service', 'gateway', 'services.PURCHASE', (config) => (config.services = [])],
      ['a queue', 'payments', 'queues.producers.PAYMENT_EVENTS', (config) => (config.queues.producers = [])],
      ['a rate limit', 'gateway', 'ratelimits.COARSE_LIMIT', (config) => (config.ratelimits = [])],
      ['a variable', 'purchase', 'vars.MAIL_API_BASE', (config) => delete config.vars.MAIL_API_BASE],
      ['the public origin', 'auth', 'vars.PUBLIC_ORIGIN', (config) => delete config.vars.PUBLIC_ORIGIN],
      [
        'a secret',
        'payments',
        'secrets.required.STRIPE_WEBHOOK_SECRET',
        (config) => (config.secrets = { required: ['STRIPE_SECRET_KEY'] }),
      ],
    ] as [what: string, worker: WorkerName, field: string, alter: Offence['alter']][]
  ).map(([what, worker, field, alter]) => ({
    name: `${what} that the code expects missing`,
    check: NAMES,
    worker,
    field,
    alter,
  })),
  ...(['ORDERS_DB', 'ORDER_DB'] as const).map((name) => ({
    name: `a misspelt database: ${name} is named in the finding`,
    check: NAMES,
    worker: 'purchase' as const,
    field: `d1_databases.${name}`,
    alter: (config: WorkerConfig) => {
      for (const database of config.d1_databases) database.binding = 'ORDER_DB';
    },
  })),
  ...(['PURCHASE', 'PURCHSE'] as const).map((name) => ({
    name: `a misspelt service: ${name} is named in the finding`,
    check: NAMES,
    worker: 'gateway' as const,
    field: `services.${name}`,
    alter: (config: WorkerConfig) => {
      for (const each of config.services) if (each.binding === 'PURCHASE') each.binding = 'PURCHSE';
    },
  })),
  {
    name: 'a variable that no code reads',
    check: NAMES,
    worker: 'catalogue',
    field: 'vars.PUBLIC_ORIGN',
    alter: variable('PUBLIC_ORIGN', 'https://shop.example.com'),
  },
  {
    name: 'a secret that no code reads',
    check: NAMES,
    worker: 'payments',
    field: 'secrets.required.STRIPE_KEY',
    alter: (config) => {
      config.secrets?.required?.push('STRIPE_KEY');
    },
  },
  {
    name: 'a name of another kind than the code expects',
    check: NAMES,
    worker: 'purchase',
    field: 'vars.ORDERS_DB',
    alter: (config) => {
      config.d1_databases = [];
      config.vars.ORDERS_DB = 'tradepost-orders';
    },
  },
  {
    name: 'a binding of a kind that no deployment makes',
    check: NAMES,
    worker: 'catalogue',
    field: 'vectorize.PRODUCT_INDEX',
    alter: (config) => {
      Object.assign(config, { vectorize: [{ binding: 'PRODUCT_INDEX', index_name: 'products' }] });
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
];
