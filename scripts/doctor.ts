/**
 * Examines what payments hang on and says in plain words what is wrong and what to do. Changes nothing, prints no secret.
 * Exit code 1 when something keeps payments from working.
 *
 *   STRIPE_SECRET_KEY=sk_test_… npm run doctor
 *   STRIPE_SECRET_KEY=rk_live_… STRIPE_WEBHOOK_SECRET=whsec_… npm run doctor -- --env production --origin https://shop.acme.com
 *
 * TURNSTILE_SITE and TURNSTILE_SECRET_KEY of the environment are looked at where they are set.
 *
 * Without a key in the environment it examines the local system's sandbox. `--secrets` also looks whether the deployment
 * has its secrets (through wrangler).
 */
import { parseArguments, refuse } from './lib/arguments.ts';
import { readKept } from './lib/kept.ts';
import { keptSecrets } from './lib/local-settings.ts';
import { STRIPE_API } from './lib/real-stripe.ts';
import { signingSecrets } from '../workers/payments/adapters/stripe-signature.ts';
import { examine, type Patient } from './doctor/examine.ts';
import { findingLines, type Finding } from './doctor/finding.ts';
import { turnstileKeys } from './doctor/turnstile.ts';
import { deployedSecrets } from './doctor/secrets.ts';

const USAGE =
  'Usage: npm run doctor [-- --env local|production] [--origin https://shop.acme.com] [--secrets]';
const { values } = parseArguments(USAGE, {
  options: {
    env: { type: 'string', default: 'local' },
    origin: { type: 'string' },
    secrets: { type: 'boolean', default: false },
  },
});
if (values.env !== 'local' && values.env !== 'production') refuse(`--env is local or production.\n${USAGE}`);
const isProduction = values.env === 'production';
if (isProduction && values.origin?.startsWith('https://') !== true)
  refuse(`--origin https://… is the deployment’s public origin.\n${USAGE}`);

const { STRIPE_API_BASE: apiBase = STRIPE_API } = process.env;
if (!/^https?:\/\//.test(apiBase) || !URL.canParse(apiBase))
  refuse('STRIPE_API_BASE is no address: http://… or https://….');

function patient(): Patient {
  const {
    STRIPE_SECRET_KEY: key,
    STRIPE_WEBHOOK_SECRET: secret,
    STRIPE_PUBLISHABLE_KEY: publishable,
  } = process.env;
  const common = { isProduction, fetch, now: () => Date.now() };
  const kept = readKept();
  if (key === undefined && !isProduction && kept !== null) {
    const own = keptSecrets();
    console.log(`No STRIPE_SECRET_KEY in the environment: examining the sandbox at ${kept.sandboxOrigin}.\n`);
    return {
      ...common,
      secretKey: own.stripeKey,
      webhookSecrets: [own.stripeWebhookSecret],
      publishableKey: 'pk_test_laptop',
      apiBase: kept.sandboxOrigin,
      shopOrigin: kept.origin,
    };
  }
  return {
    ...common,
    secretKey: key ?? '',
    webhookSecrets: signingSecrets(secret ?? ''),
    publishableKey: publishable ?? '',
    apiBase,
    shopOrigin: values.origin ?? kept?.origin ?? 'http://localhost:8787',
  };
}

const findings: Finding[] = [
  ...(await examine(patient())),
  ...turnstileKeys({
    site: process.env['TURNSTILE_SITE'] ?? '',
    secret: process.env['TURNSTILE_SECRET_KEY'] ?? '',
    isProduction,
  }),
  ...(values.secrets ? await deployedSecrets() : []),
];
console.log(findingLines(findings).join('\n'));
const faults = findings.filter(({ level }) => level === 'fault').length;
const warnings = findings.filter(({ level }) => level === 'warning').length;
const verdict =
  faults === 0
    ? 'Payments can work here.'
    : `${faults} ${faults === 1 ? 'fault keeps' : 'faults keep'} payments from working.`;
console.log(`\n${verdict} ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`);
process.exitCode = faults === 0 ? 0 : 1;
