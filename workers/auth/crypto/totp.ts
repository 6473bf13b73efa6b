import { Secret, TOTP } from 'otpauth';

const ISSUER = 'Tradepost';
const PERIOD_SECONDS = 30;
/** Steps before and after the present one that are taken: clocks differ, people type slowly (RFC 6238 §5.2). */
const STEPS_EITHER_WAY = 1;
/** RFC 4226 §4, R6: at least 128 bits, 160 recommended. */
const SEED_BYTES = 20;

/** Codes of an authenticator app: 6 digits, 30 s, SHA-1, which every app understands (RFC 6238). Seeds are base32. */
export const newSeed = (): string => new Secret({ size: SEED_BYTES }).base32;

/** What the app reads from the QR code. */
export const keyUri = (seed: string, account: string): string =>
  new TOTP({ issuer: ISSUER, label: account, secret: seed, period: PERIOD_SECONDS }).toString();

/** The time step whose code this is, or null when it is none of those taken now. */
export function stepOf(seed: string, code: string, now: number): number | null {
  const delta = TOTP.validate({
    token: code,
    secret: Secret.fromBase32(seed),
    period: PERIOD_SECONDS,
    timestamp: now,
    window: STEPS_EITHER_WAY,
  });
  return delta === null ? null : TOTP.counter({ period: PERIOD_SECONDS, timestamp: now }) + delta;
}
