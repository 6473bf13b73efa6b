import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { configPath, DEPLOYABLE_WORKERS, ROOT } from './lib/workers.ts';

/** Each database belongs to one worker; nobody else may read or write it, however convenient. */
const OWNERS = {
  AUTH_DB: 'auth',
  CATALOGUE_DB: 'catalogue',
  SEARCH_DB: 'catalogue',
  ORDERS_DB: 'purchase',
  COMMERCE_DB: 'purchase',
  PAYMENTS_DB: 'payments',
  STORE_DB: 'provisioner',
  STORE_DB_2: 'provisioner',
} as const;

/** The raw text: what a person wrote, without anything wrangler derives from it. */
const configs = DEPLOYABLE_WORKERS.map((worker) => ({
  worker,
  file: path.relative(ROOT, configPath(worker)),
  text: readFileSync(configPath(worker), 'utf8'),
}));

it('asks all staff for two factors where it is deployed: a mailbox alone would make whoever reads it an administrator', () => {
  const auth = configs.find(({ worker }) => worker === 'auth');
  expect(auth?.text).toMatch(/^STAFF_SECOND_FACTOR = "required"$/m);
});

describe.each(configs)('$file, which is deployed', ({ worker, text }) => {
  it.each([
    ['the sandbox', /sandbox/i],
    ['a host of this machine', /localhost|127\.\d|0\.0\.0\.0|\[::1?\]|host\.docker\.internal/i],
    ['an unencrypted address', /http:\/\//i],
    ['a key or secret', /\b(?:sk|pk|rk)_(?:test|live)_|whsec_|BEGIN [A-Z ]*PRIVATE KEY/],
  ])('does not name %s', (_what, pattern) => {
    expect(text).not.toMatch(pattern);
  });

  it('binds no database of another worker', () => {
    const bound = Object.entries(OWNERS).filter(([binding]) => new RegExp(`\\b${binding}\\b`).test(text));
    expect(bound.filter(([, owner]) => owner !== worker)).toEqual([]);
    const named = text.match(/^\s*database_(?:name|id) = .*$/gm) ?? [];
    const others = configs.filter((config) => config.worker !== worker);
    expect(named.filter((line) => others.some((other) => other.text.includes(line.trim())))).toEqual([]);
  });
});

describe('the payment page', () => {
  const gateway = configs.find(({ worker }) => worker === 'gateway')?.text ?? '';

  it('trusts Stripe’s own origins as deployed, and asks whoever deploys for the key', () => {
    expect(gateway.match(/^PAYMENT_(?:\w+_ORIGIN|PUBLISHABLE) = .*$/gm)).toEqual([
      'PAYMENT_PUBLISHABLE = ""',
      'PAYMENT_SCRIPT_ORIGIN = "https://js.stripe.com"',
      'PAYMENT_API_ORIGIN = "https://api.stripe.com"',
      'PAYMENT_FRAME_ORIGIN = "https://hooks.stripe.com"',
    ]);
  });

  it('loads the release of the script that goes with the API version of the SDK', () => {
    const source = readFileSync(path.join(ROOT, 'workers/gateway/payment-element.ts'), 'utf8');
    const release = Stripe.API_VERSION.split('.')[1] ?? '';
    expect(source).toContain(`'/${release}/stripe.js'`);
  });
});

it('nothing that is deployed is made of the sandbox, which plays the outside world', () => {
  const deployed = globSync(
    DEPLOYABLE_WORKERS.map((worker) => `workers/${worker}/**/*.{ts,tsx,js,css}`).concat(
      'shared/**/*.ts',
      'durable-objects/**/*.ts',
    ),
    { cwd: ROOT },
  ).filter((file) => !/\.test\.tsx?$|testing|vitest\.config/.test(file));
  const naming = deployed.filter((file) =>
    /from '[^']*sandbox[^']*'|stripe-js|SANDBOX_/.test(readFileSync(path.join(ROOT, file), 'utf8')),
  );
  expect(deployed.length).toBeGreaterThan(100);
  expect(naming).toEqual([]);
});

it('every database has its owner bind it: the rule above is about names that exist', () => {
  for (const [binding, owner] of Object.entries(OWNERS)) {
    const config = configs.find(({ worker }) => worker === owner);
    expect(config?.text, `${owner} binds ${binding}`).toMatch(new RegExp(`binding = "${binding}`));
  }
});
