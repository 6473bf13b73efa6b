import { callObject } from '#objects/lib/namespace.ts';
import type { GovernorFace } from '#objects/provider-governor/face.ts';
import { Slots } from '#objects/provider-governor/slots.ts';
import type { AccessTokenVerifier } from '#shared/auth/access-token.ts';
import { workerVerifier } from '#shared/auth/worker-verifier.ts';
import { type SigningRing, signingRing } from '#shared/crypto/signing-ring.ts';
import { downloadTokens, type DownloadTokens } from './adapters/download-tokens.ts';
import { sealer, type Sealer } from './adapters/sealer.ts';
import { STARTS_ALL_PER_SECOND, STARTS_PER_SECOND } from './adapters/workflows.ts';
import { callbackVerifier, type CallbackVerifier } from './adapters/webhooks.ts';
import { SECOND_MS, systemClock } from '#shared/time/time.ts';
import type { Env } from './env.ts';
import { Directory } from './store/directory.ts';
import { Kept, type Remembered } from './usecases/entitlements/kept.ts';

/** What one isolate makes once and keeps: everything that parses a secret or caches keys. */
export interface Isolate {
  verifier: AccessTokenVerifier;
  sealer: Sealer;
  tokens: DownloadTokens;
  callbacks: CallbackVerifier;
  /** Signs licence files and licence keys. */
  signer: SigningRing;
  /** Where the shards of the Product Store lie. */
  directory: Directory;
  remembered: Remembered;
  /** Turns of Workflows that are to be started. */
  starts: Slots;
}
let kept: Isolate | null = null;

/** How long a message waits for its turn before it comes again. */
const TURN_WAIT_MAX_MS = 20 * SECOND_MS;

function startSlots(env: Env): Slots {
  const on = <Value>(call: (governor: GovernorFace) => Promise<Value>): Promise<Value> =>
    callObject(env.GOVERNOR, 'workflows', call);
  const rates = { perSecond: STARTS_ALL_PER_SECOND, perOperation: STARTS_PER_SECOND };
  return new Slots({
    governor: {
      lease: (input) => on((it) => it.lease(input)),
      slowDown: (input) => on((it) => it.slowDown(input)),
    },
    rates: () => rates,
    clock: systemClock,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    waitMaxMs: TURN_WAIT_MAX_MS,
    system: 'provisioner',
  });
}

/** Throws when a secret is missing or malformed: then nothing is answered rather than something unprotected. */
export function isolate(env: Env): Isolate {
  kept ??= {
    verifier: workerVerifier(env),
    sealer: sealer(env.CREDENTIALS_KEY),
    tokens: downloadTokens(env.DOWNLOAD_SIGNING_KEY),
    callbacks: callbackVerifier(env.PARTNER_WEBHOOK_SECRET),
    signer: signingRing('LICENCE_SIGNING_KEYS', env.LICENCE_SIGNING_KEYS),
    directory: new Directory(),
    remembered: { licences: new Kept(), devices: new Kept() },
    starts: startSlots(env),
  };
  return kept;
}
