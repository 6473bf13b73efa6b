/**
 * Everything on this machine: builds and starts all workers with the sandbox as the outside world, migrates the
 * databases, loads the demo catalogue at the first start, and runs the cron triggers. Ctrl-C ends all of it. With a test key
 * of Stripe in the environment (STRIPE_SECRET_KEY, and for its own parts STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRET)
 * payments go through Stripe instead of the sandbox.
 * Usage: npm start [-- --port 8787 --sandbox-port 8788 --verbose]
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArguments, portNumber } from './lib/arguments.ts';
import {
  endLeftovers,
  lock,
  DATA_FOLDER,
  keptSignIns,
  readKept,
  runningSystem,
  unlock,
  writeKept,
} from './lib/kept.ts';
import { keptSecrets, localSettings, overridden, writeDevVars } from './lib/local-settings.ts';
import type { SignIns } from './lib/seed.ts';
import { PortBusyError, startSystem, type LogLine, type System } from './lib/system.ts';
import {
  RECONCILE_EVERY_SECONDS,
  realStripeHere,
  realStripeOverrides,
  type RealStripe,
} from './lib/real-stripe.ts';
import { DEPLOYABLE_WORKERS, STATE_FOLDER } from './lib/workers.ts';

const USAGE = 'Usage: npm start [-- --port 8787 --sandbox-port 8788 --verbose]';
const { values } = parseArguments(USAGE, {
  options: {
    port: { type: 'string', default: process.env.PORT ?? '8787' },
    'sandbox-port': { type: 'string', default: process.env.SANDBOX_PORT ?? '8788' },
    verbose: { type: 'boolean', default: false },
  },
});
const LOG_FILE = path.join(STATE_FOLDER, 'tradepost.log');
const CRON_EVERY_MS = 60_000;

function onLog(line: LogLine): void {
  appendFileSync(LOG_FILE, `${line.message}\n`);
  if (values.verbose || line.level === 'error') console.error(line.message);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}

const real = realStripeHere();

async function start(): Promise<System> {
  const port = portNumber('port', values.port);
  const sandboxPort = portNumber('sandbox-port', values['sandbox-port']);
  const other = runningSystem();
  if (other !== null)
    refuse(`Tradepost already runs here at ${other.origin} (process ${other.pid}). Stop it first.`);
  if (endLeftovers() > 0) console.log('Ended what a killed start had left running.');
  const at = { origin: `http://localhost:${port}`, sandboxOrigin: `http://127.0.0.1:${sandboxPort}` };
  const signIns = keptSignIns();
  const seeded = readKept()?.seeded ?? false;
  const secrets = keptSecrets();
  lock(at.origin);
  writeKept({ ...at, ...signIns, seeded });
  const overrides = real === null ? {} : realStripeOverrides(real, secrets);
  writeDevVars(overridden(localSettings(secrets, at), overrides));
  writeFileSync(LOG_FILE, '');
  try {
    const system = await startSystem({
      port,
      sandboxPort,
      secrets,
      persistTo: DATA_FOLDER,
      onLog,
      overrides,
      ...(seeded ? {} : { seed: signIns }),
    });
    lock(at.origin);
    writeKept({ ...at, ...signIns, seeded: true });
    return system;
  } catch (error) {
    unlock();
    if (error instanceof PortBusyError) {
      refuse(
        `Cannot start: ${error.message}. Stop what uses it, or choose others:\n  npm start -- --port 9787 --sandbox-port 9788`,
      );
    }
    throw error;
  }
}

function describe(system: System, { operator, customer, admin }: SignIns, seconds: string): string {
  return `
Tradepost is ready after ${seconds} s.

  Shop            ${system.origin}
  API reference   ${system.origin}/docs
  Team            ${system.origin}/operate  (orders that need a person: held, disputed, stuck)
  Mailbox         ${system.sandboxOrigin}/mailbox
  Sandbox         ${system.sandboxOrigin}  (payment service, partner, fault switches)
  Log             ${path.relative(process.cwd(), LOG_FILE)}

Sign in at ${system.origin}/sign-in
  customer   ${customer.email}   ${customer.password}
  operator   ${operator.email}   ${operator.password}
  admin      ${admin.email}      ${admin.password}
or sign up with any address: its mail arrives in the mailbox above.
${real === null ? 'Pay with any test card the payment page offers (4242 4242 4242 4242 succeeds; README.md has more).' : 'Pay with the test cards of Stripe.'}
npm run doctor says whether payments can work. Ctrl-C ends everything; npm run reset clears the data.
${real === null ? '' : realNotes(real)}`;
}

const realNotes = ({ publishableKey, webhookSecret }: RealStripe): string => `
Payments go through Stripe's test mode. ${publishableKey === null ? 'Set STRIPE_PUBLISHABLE_KEY to pay in the shop. ' : ''}${
  webhookSecret === null
    ? `Its events are read every ${RECONCILE_EVERY_SECONDS} s; for prompt ones run
  stripe listen --forward-to localhost:${new URL(system.origin).port}/v1/webhooks/stripe
and start with the secret it prints as STRIPE_WEBHOOK_SECRET.`
    : 'Webhooks come through stripe listen.'
} npm run doctor examines the account.
`;

const started = Date.now();
const system = await start();
console.log(describe(system, keptSignIns(), ((Date.now() - started) / 1000).toFixed(1)));

const cron = setInterval(() => {
  for (const worker of DEPLOYABLE_WORKERS) {
    system.runCron(worker).catch((error: unknown) => console.error(`cron of ${worker} failed`, error));
  }
}, CRON_EVERY_MS);

const events =
  real === null
    ? null
    : setInterval(() => {
        system.runCron('payments').catch((error: unknown) => console.error('cron of payments failed', error));
      }, RECONCILE_EVERY_SECONDS * 1_000);

// Miniflare has an exit hook of its own for these signals: whichever comes first, the lock goes.
process.on('exit', unlock);
let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  clearInterval(cron);
  if (events !== null) clearInterval(events);
  await system.stop();
  process.exit(0);
}
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
