import { randomBytes } from 'node:crypto';

const KEY_BYTES = 32;

/** Secrets that no vendor issues: they are only ever ours, so a machine may choose them. */
export const OWN_SECRETS: readonly string[] = [
  'PASSWORD_PEPPER',
  'FIELD_KEY',
  'DOWNLOAD_SIGNING_KEY',
  'CREDENTIALS_KEY',
  'LICENCE_SIGNING_KEYS',
  'WEBHOOK_KEY',
  'FRAUD_KEY',
  'GIFT_CARD_KEY',
  'BACKUP_KEY',
];

/** A key of 256 bits, base64. */
export const newKey = (): string => randomBytes(KEY_BYTES).toString('base64');
