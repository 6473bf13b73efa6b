import type { WorkerConfig } from '../../../lib/config.ts';
import { variable, type Offence } from './offence.ts';

const ENVIRONMENTS = 'there is one environment';
const RUNTIME = 'workers agree on the runtime';
const PUBLIC = 'only the gateway is public';
const SECRETS = 'secrets are not variables';
const VALUES = 'values are those of production';

/** Ways to break databases, public addresses, environments and values. For tests. */
export const SETTING_OFFENCES: Offence[] = [
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
  ...(['routes', 'route'] as const).map((field) => ({
    name: `a public address beside the gateway by ${field}`,
    check: PUBLIC,
    worker: 'payments' as const,
    field,
    alter: (config: WorkerConfig) => {
      Object.assign(config, field === 'route' ? { route: 'x.acme.com/*' } : { routes: ['x.acme.com/*'] });
    },
  })),
  {
    name: 'an environment, for a value in it is in no check and in no plan',
    check: ENVIRONMENTS,
    worker: 'auth',
    field: 'env.production',
    alter: (config) => {
      config.definedEnvironments = ['production'];
    },
  },
  {
    name: 'an environment chosen outside the configuration',
    check: ENVIRONMENTS,
    worker: 'auth',
    field: 'env.staging',
    alter: (config) => {
      config.targetEnvironment = 'staging';
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
      ['a restricted Stripe key', 'rk_live_51abc'],
      ['a publishable test key', 'pk_test_51abc'],
      ['Turnstile’s site key for tests', '1x00000000000000000000AA'],
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
    name: 'payments by test keys',
    check: 'payments are real',
    worker: 'payments',
    field: 'vars.PAYMENTS_MODE',
    alter: variable('PAYMENTS_MODE', 'test'),
  },
  ...(
    [
      ['auth', 'FEDERATION_TARGETS'],
      ['purchase', 'WEBHOOK_TARGETS'],
      ['provisioner', 'CONNECTION_TARGETS'],
    ] as const
  ).map(([worker, name]) => ({
    name: `any address allowed by ${name}`,
    check: 'others’ addresses are public',
    worker,
    field: `vars.${name}`,
    alter: variable(name, 'any'),
  })),
  {
    name: 'a variable named after the sandbox',
    check: VALUES,
    worker: 'gateway',
    field: 'vars',
    alter: variable('SANDBOX_ORIGIN', ''),
  },
];
