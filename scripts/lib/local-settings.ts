import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { STATE_FOLDER, workerFolder, ROOT, type WorkerName } from './workers.ts';

/** Secrets of one laptop (or one test run): made at random at first start, kept out of version control. */
export interface LocalSecrets {
  stripeKey: string;
  stripeWebhookSecret: string;
  partnerKey: string;
  partnerWebhookSecret: string;
  mailKey: string;
  passwordPepper: string;
  fieldKey: string;
  downloadSigningKey: string;
  credentialsKey: string;
  licenceSigningKeys: string;
  webhookKey: string;
  fraudKey: string;
  giftCardKey: string;
  backupKey: string;
}

const KEY_BYTES = 32;
const key = (): string => randomBytes(KEY_BYTES).toString('base64');
const token = (prefix: string): string => prefix + randomBytes(24).toString('hex');

export const newSecrets = (): LocalSecrets => ({
  stripeKey: token('sk_test_'),
  stripeWebhookSecret: token('whsec_'),
  partnerKey: token('pk_'),
  // Standard Webhooks keys are base64 behind the prefix.
  partnerWebhookSecret: `whsec_${randomBytes(24).toString('base64')}`,
  mailKey: token('re_'),
  passwordPepper: key(),
  fieldKey: key(),
  downloadSigningKey: key(),
  credentialsKey: key(),
  licenceSigningKeys: key(),
  webhookKey: key(),
  fraudKey: key(),
  giftCardKey: key(),
  backupKey: key(),
});

const SECRETS_FILE = path.join(STATE_FOLDER, 'secrets.json');

/** The laptop's secrets, made at the first call. */
export function keptSecrets(): LocalSecrets {
  const kept = existsSync(SECRETS_FILE)
    ? (JSON.parse(readFileSync(SECRETS_FILE, 'utf8')) as Partial<LocalSecrets>)
    : {};
  // A secret that came with a later release is added to those of an older one.
  const secrets = { ...newSecrets(), ...kept };
  if (!Object.keys(secrets).every((name) => name in kept)) keepSecrets(secrets);
  return secrets;
}

/** They are in force from the next start on. */
export function keepSecrets(secrets: LocalSecrets): void {
  mkdirSync(STATE_FOLDER, { recursive: true });
  writeFileSync(SECRETS_FILE, JSON.stringify(secrets, null, 2), { mode: 0o600 });
}

export interface Addresses {
  /** Public origin of the shop, `http://localhost:<port>`: passkeys need a name, not an address. */
  origin: string;
  sandboxOrigin: string;
}

/** The address that becomes administrator of a local system by verifying itself. */
export const LOCAL_ADMIN_EMAIL = 'admin@tradepost.test';
/** Whom a local system mails as staff; its operator signs in with it. */
export const LOCAL_OPERATOR_EMAIL = 'operator@tradepost.test';

/** What `.dev.vars` says for each worker: its secrets, and the variables that point at the sandbox. */
export function localSettings(
  secrets: LocalSecrets,
  at: Addresses,
): Record<WorkerName, Record<string, string>> {
  const mail = { MAIL_API_BASE: at.sandboxOrigin, MAIL_API_KEY: secrets.mailKey };
  const origin = { PUBLIC_ORIGIN: at.origin };
  // A laptop is backed up when somebody says so.
  const backup = { BACKUP_KEY: secrets.backupKey, BACKUP_EVERY_SECONDS: '0' };
  return {
    gateway: {
      ...origin,
      PAYMENT_PUBLISHABLE: 'pk_test_laptop',
      PAYMENT_SCRIPT_ORIGIN: at.sandboxOrigin,
      PAYMENT_API_ORIGIN: at.sandboxOrigin,
      PAYMENT_FRAME_ORIGIN: at.sandboxOrigin,
      PAYMENT_DOMAIN_FILE: `${at.sandboxOrigin}/apple-pay-file`,
      PAYMENT_PAGE_URL: `${at.sandboxOrigin}/pay/{payment}?client_secret={clientSecret}&return_url={returnUrl}`,
    },
    catalogue: { ...origin, ...backup },
    auth: {
      ...origin,
      ...mail,
      ...backup,
      PASSWORD_PEPPER: secrets.passwordPepper,
      FIELD_KEY: secrets.fieldKey,
      BREACH_RANGE_API_BASE: at.sandboxOrigin,
      DNS_API_BASE: `${at.sandboxOrigin}/dns-query`,
      BOOTSTRAP_ADMIN_EMAIL: LOCAL_ADMIN_EMAIL,
      // The staff of a laptop sign in by the passwords that are printed; deployed, all staff show two factors.
      STAFF_SECOND_FACTOR: 'when_set_up',
      // The identity provider of a laptop runs beside the shop.
      FEDERATION_TARGETS: 'any',
    },
    purchase: {
      ...origin,
      ...mail,
      ...backup,
      WEBHOOK_KEY: secrets.webhookKey,
      FRAUD_KEY: secrets.fraudKey,
      OPERATOR_MAIL_TO: LOCAL_OPERATOR_EMAIL,
      // The receivers of a laptop run beside the shop.
      WEBHOOK_TARGETS: 'any',
    },
    payments: {
      ...origin,
      ...mail,
      ...backup,
      PAYMENTS_MODE: 'test',
      STRIPE_API_BASE: at.sandboxOrigin,
      // The sandbox has no rate.
      STRIPE_REQUESTS_PER_SECOND: '10000',
      STRIPE_OPERATION_REQUESTS_PER_SECOND: '10000',
      STRIPE_SECRET_KEY: secrets.stripeKey,
      STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
      GIFT_CARD_KEY: secrets.giftCardKey,
    },
    provisioner: {
      ...origin,
      ...mail,
      ...backup,
      PARTNER_API_BASE: `${at.sandboxOrigin}/partner`,
      PARTNER_API_KEY: secrets.partnerKey,
      PARTNER_WEBHOOK_SECRET: secrets.partnerWebhookSecret,
      DOWNLOAD_SIGNING_KEY: secrets.downloadSigningKey,
      CREDENTIALS_KEY: secrets.credentialsKey,
      LICENCE_SIGNING_KEYS: secrets.licenceSigningKeys,
      // The partners of a laptop run beside the shop.
      CONNECTION_TARGETS: 'any',
    },
    sandbox: {
      SHOP_ORIGIN: at.origin,
      SANDBOX_ORIGIN: at.sandboxOrigin,
      SANDBOX_STRIPE_KEY: secrets.stripeKey,
      SANDBOX_STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
      SANDBOX_PARTNER_API_KEY: secrets.partnerKey,
      SANDBOX_PARTNER_WEBHOOK_SECRET: secrets.partnerWebhookSecret,
      SANDBOX_MAIL_API_KEY: secrets.mailKey,
    },
  };
}

/** Settings with some of them replaced. */
export const overridden = (
  settings: Record<WorkerName, Record<string, string>>,
  overrides: Partial<Record<WorkerName, Record<string, string>>>,
): Record<WorkerName, Record<string, string>> =>
  Object.fromEntries(
    Object.entries(settings).map(([worker, values]) => [
      worker,
      { ...values, ...overrides[worker as WorkerName] },
    ]),
  ) as Record<WorkerName, Record<string, string>>;

/** Writes the settings as `.dev.vars` beside each configuration, so that plain `wrangler dev` finds them too. */
export function writeDevVars(settings: Record<WorkerName, Record<string, string>>): void {
  for (const [worker, values] of Object.entries(settings) as [WorkerName, Record<string, string>][]) {
    const folder = worker === 'gateway' ? ROOT : workerFolder(worker);
    const lines = Object.entries(values).map(([name, value]) => `${name}="${value}"`);
    writeFileSync(path.join(folder, '.dev.vars'), `${lines.join('\n')}\n`, { mode: 0o600 });
  }
}
