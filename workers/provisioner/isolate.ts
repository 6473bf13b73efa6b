import type { AccessTokenVerifier } from '#shared/auth/access-token.ts';
import { workerVerifier } from '#shared/auth/worker-verifier.ts';
import { type SigningRing, signingRing } from '#shared/crypto/signing-ring.ts';
import { downloadTokens, type DownloadTokens } from './adapters/download-tokens.ts';
import { sealer, type Sealer } from './adapters/sealer.ts';
import { callbackVerifier, type CallbackVerifier } from './adapters/webhooks.ts';
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
}
let kept: Isolate | null = null;

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
  };
  return kept;
}
