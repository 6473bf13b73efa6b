import type { WorkerConfig } from '../../lib/config.ts';
import { finding, perWorker, type Check } from '../deployment.ts';
import { namedLikeSecret } from './names.ts';

const REQUIRED_FLAGS = ['nodejs_compat', 'global_fetch_strictly_public'];
/** Shorter local values (a switch, a port) say nothing about where a text came from. */
const LOCAL_VALUE_LENGTH_MIN = 8;

/** Workers call each other's code paths: they agree on what the runtime does, and the pinned runtime can do it. */
export const runtimeAgreed: Check = ({ workers, runtimeDate }) => {
  const [first] = workers;
  return workers.flatMap((deployable) => {
    const { compatibility_date: date, compatibility_flags: flags } = deployable.config;
    const problems: [string, string][] = [];
    if (date !== first?.config.compatibility_date)
      problems.push(['compatibility_date', `${date} differs from ${first?.worker}’s`]);
    if (date > runtimeDate)
      problems.push(['compatibility_date', `${date} is newer than the pinned runtime (${runtimeDate})`]);
    if (flags.toSorted().join() !== first?.config.compatibility_flags.toSorted().join())
      problems.push(['compatibility_flags', `differ from ${first?.worker}’s`]);
    for (const flag of REQUIRED_FLAGS.filter((name) => !flags.includes(name)))
      problems.push(['compatibility_flags', `${flag} is missing`]);
    return problems.map(([field, problem]) => finding(deployable, field, problem));
  });
};

/** Links, cookies, token issuer and passkeys hang on one origin. */
export const originShared: Check = ({ workers }) => {
  const [first] = workers;
  return workers
    .filter(({ config }) => config.vars.PUBLIC_ORIGIN !== first?.config.vars.PUBLIC_ORIGIN)
    .map((deployable) => finding(deployable, 'vars.PUBLIC_ORIGIN', `differs from ${first?.worker}’s`));
};

/** Only the gateway faces the public; an address of another worker would go round its limits. */
export const onlyGatewayPublic: Check = perWorker(({ worker, config }) => {
  const problems: [string, string][] = [];
  if (worker !== 'gateway') {
    if (config.workers_dev !== false)
      problems.push(['workers_dev', 'must be false: only the gateway is reached from outside']);
    problems.push(
      ...routesOf(config).map(([field, pattern]): [string, string] => [
        field,
        `${pattern}: only the gateway is reached from outside`,
      ]),
    );
  }
  if (config.preview_urls !== false) problems.push(['preview_urls', 'must be false']);
  return problems;
});

const routesOf = ({ route, routes = [] }: WorkerConfig): [field: string, pattern: string][] => [
  ...(route === undefined ? [] : [['route', patternOf(route)] as [string, string]]),
  ...routes.map((each): [string, string] => ['routes', patternOf(each)]),
];

const patternOf = (route: string | { pattern: string }): string =>
  typeof route === 'string' ? route : route.pattern;

/** There is one deployment: what stands in an environment is in no check and in no plan. */
export const oneEnvironment: Check = perWorker(({ config }) => [
  ...(config.definedEnvironments ?? []).map((name): [string, string] => [
    `env.${name}`,
    'environments are not used here: a deployment’s own values are its options',
  ]),
  ...(config.targetEnvironment === undefined
    ? []
    : [
        [`env.${config.targetEnvironment}`, 'chosen by CLOUDFLARE_ENV, which must not be set'] as [
          string,
          string,
        ],
      ]),
]);

/** The value of a secret never stands in a configuration. */
export const secretsAreNotVariables: Check = ({ workers }) => {
  const secrets = new Set(workers.flatMap(({ config }) => config.secrets?.required ?? []));
  return workers.flatMap((deployable) =>
    Object.keys(deployable.config.vars).flatMap((name) => {
      if (secrets.has(name)) return [finding(deployable, `vars.${name}`, 'is a required secret')];
      if (!namedLikeSecret(name)) return [];
      return [finding(deployable, `vars.${name}`, 'is named like a secret: require it as one')];
    }),
  );
};

const KEY = /\b(?:[sr]k_(?:test|live)_|whsec_|re_[A-Za-z0-9]{8})/;
const FORBIDDEN: [pattern: RegExp, what: string][] = [
  [/sandbox/i, 'names the sandbox'],
  [
    /\b(?:localhost|0\.0\.0\.0|127(?:\.\d+){3}|10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2}|169\.254(?:\.\d+){2})\b|\[::1?\]|\[f[cde][0-9a-f]*:|\.(?:local|internal|test)\b/i,
    'names a host of a private network',
  ],
  [/\bhttp:/i, 'holds an unencrypted address'],
  [KEY, 'holds a key'],
  [/^[123]x0{10,}/, 'is a key for tests, which lets everybody pass'],
  [/\bpk_test_/, 'holds a test key: customers would not be charged'],
];

/** What belongs to a laptop or to a vault stays there. */
export const productionValues: Check = perWorker(({ config }, { localValues }) => {
  const local = localValues.filter((value) => value.length >= LOCAL_VALUE_LENGTH_MIN);
  return strings(config).flatMap(([field, text]): [string, string][] => {
    const found = FORBIDDEN.filter(([pattern]) => pattern.test(text)).map(([, what]) => what);
    if (local.some((value) => text.includes(value))) found.push('holds a value of this machine’s .dev.vars');
    // What is to stay secret is not repeated: a report ends up in logs.
    const isSecret = KEY.test(text) || local.some((value) => text.includes(value));
    return found.map((what) => [field, isSecret ? what : `${what}: ${text}`]);
  });
});

/** Nobody is to be served for play money by accident: a deployment takes live keys, and no others. */
export const realMoney: Check = perWorker(({ config: { vars } }) => {
  const mode = vars.PAYMENTS_MODE;
  return mode === undefined || mode === 'live'
    ? []
    : [
        [
          'vars.PAYMENTS_MODE',
          `${typeof mode === 'string' ? mode : 'no text'}: a deployment moves real money, test keys are for laptops`,
        ],
      ];
});

/** Requests to addresses that others name never reach what is beside us: that is for laptops. */
export const targetsPublic: Check = perWorker(({ config: { vars } }) =>
  Object.entries(vars)
    .filter(([name, value]) => name.endsWith('_TARGETS') && value !== 'public')
    .map(([name]): [string, string] => [`vars.${name}`, 'must be "public": any address is for laptops']),
);

/** Members a person writes; the normalised configuration also holds defaults and paths of this machine. */
const WRITTEN = [
  'name',
  'route',
  'routes',
  'vars',
  'secrets',
  'triggers',
  'd1_databases',
  'kv_namespaces',
  'r2_buckets',
  'durable_objects',
  'workflows',
  'services',
  'queues',
  'ratelimits',
] as const;

function strings(config: Parameters<typeof pick>[0]): [path: string, text: string][] {
  const found: [string, string][] = [];
  const visit = (path: string, value: unknown): void => {
    if (typeof value === 'string') found.push([path, value]);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        if (Number.isNaN(Number(key)) && key.toLowerCase().includes('sandbox')) found.push([path, key]);
        visit(`${path}.${key}`, member);
      }
    }
  };
  for (const member of WRITTEN) visit(member, pick(config, member));
  return found;
}

const pick = (config: Partial<Record<(typeof WRITTEN)[number], unknown>>, member: (typeof WRITTEN)[number]) =>
  config[member];
