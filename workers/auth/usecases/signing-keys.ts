import type { SignJWT } from 'jose';
import type { PublicJwk } from '#shared/contracts/auth.ts';
import {
  SIGNING_KEY_CACHE_MS,
  SIGNING_KEY_LEAD_MS,
  SIGNING_KEY_LIFE_MS,
  SIGNING_KEY_TAIL_MS,
} from '../limits.ts';
import type { AuthPorts } from '../ports.ts';
import type { SigningKeyRow } from '../queries/signing-keys.ts';

type KeyPorts = Pick<AuthPorts, 'signingKeys' | 'fields' | 'clock' | 'keyCache'>;
/** What an isolate remembers of the keys, for `SIGNING_KEY_CACHE_MS`. */
export interface KeyCache {
  loaded: { rows: SigningKeyRow[]; at: number; signer: Signer } | null;
}
interface Signer {
  kid: string;
  key: CryptoKey;
}

const sealContext = (kid: string): string => `signing_keys/${kid}/private`;

/** The newest key already in use. Pure; `rows` by ascending sequence. */
export function signingKeyAt(rows: readonly SigningKeyRow[], now: number): SigningKeyRow | null {
  return rows.findLast((row) => row.activeFrom <= now) ?? null;
}

/** Keys a verifier may need: the one in use, those to come, and replaced ones while their tokens may live. Pure. */
export function publishedKeys(rows: readonly SigningKeyRow[], now: number): SigningKeyRow[] {
  return rows.filter((_, position) => {
    const next = rows[position + 1];
    return next === undefined || next.activeFrom + SIGNING_KEY_TAIL_MS > now;
  });
}

/** Signs a token with the key in use now. */
export async function signJwt(ports: KeyPorts, jwt: SignJWT, typ: string): Promise<string> {
  const { signer } = await loadKeys(ports);
  return jwt.setProtectedHeader({ alg: 'EdDSA', typ, kid: signer.kid }).sign(signer.key);
}

/** The key set (RFC 7517), newest first. Never empty: the first call makes the first key. */
export async function jwks(ports: KeyPorts): Promise<{ keys: PublicJwk[] }> {
  const { rows } = await loadKeys(ports);
  const keys = publishedKeys(rows, ports.clock.now()).map((row): PublicJwk => ({
    kty: 'OKP',
    crv: 'Ed25519',
    x: row.publicX,
    kid: row.kid,
    alg: 'EdDSA',
    use: 'sig',
  }));
  return { keys: keys.toReversed() };
}

/**
 * Makes the next key and publishes it; it signs from `SIGNING_KEY_LEAD_MS` on. Does nothing while a key waits for its
 * first use, or (with `onlyWhenDue`) before the present one is `SIGNING_KEY_LIFE_MS` old. Safe to repeat and to race.
 */
export async function rotateSigningKey(
  ports: KeyPorts,
  onlyWhenDue: boolean,
): Promise<'rotated' | 'not_due'> {
  const now = ports.clock.now();
  const rows = await ports.signingKeys.all();
  const newest = rows.at(-1);
  if (newest === undefined) {
    await addKey(ports, 1, now);
    return 'rotated';
  }
  const isDue = !onlyWhenDue || now - newest.activeFrom >= SIGNING_KEY_LIFE_MS - SIGNING_KEY_LEAD_MS;
  if (newest.activeFrom > now || !isDue) return 'not_due';
  await addKey(ports, newest.sequence + 1, now + SIGNING_KEY_LEAD_MS);
  ports.keyCache.loaded = null;
  return 'rotated';
}

async function loadKeys(ports: KeyPorts) {
  const now = ports.clock.now();
  const cached = ports.keyCache.loaded;
  if (cached !== null && now >= cached.at && now - cached.at < SIGNING_KEY_CACHE_MS) return cached;
  let rows = await ports.signingKeys.all();
  if (rows.length === 0) {
    await addKey(ports, 1, now);
    rows = await ports.signingKeys.all();
  }
  const inUse = signingKeyAt(rows, now) ?? rows[0];
  if (inUse === undefined) throw new Error('no signing key could be made');
  const signer = cached?.signer.kid === inUse.kid ? cached.signer : await unwrap(ports, inUse);
  const loaded = { rows, at: now, signer };
  ports.keyCache.loaded = loaded;
  return loaded;
}

async function addKey(ports: KeyPorts, sequence: number, activeFrom: number): Promise<void> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const jwk = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey;
  if (jwk.x === undefined || jwk.d === undefined) throw new Error('the runtime made no Ed25519 key');
  const kid = `k${sequence}-${jwk.x.slice(0, 12)}`;
  await ports.signingKeys.addIfNext({
    kid,
    sequence,
    publicX: jwk.x,
    privateSealed: ports.fields.seal(jwk.d, sealContext(kid)),
    createdAt: ports.clock.now(),
    activeFrom,
  });
}

async function unwrap(ports: KeyPorts, row: SigningKeyRow): Promise<Signer> {
  const jwk = {
    kty: 'OKP',
    crv: 'Ed25519',
    x: row.publicX,
    d: ports.fields.open(row.privateSealed, sealContext(row.kid)),
  };
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'Ed25519' }, false, ['sign']);
  return { kid: row.kid, key };
}

/** Drops keys nobody needs any more. */
export async function dropOldSigningKeys(ports: KeyPorts & Pick<AuthPorts, 'commit'>): Promise<void> {
  const rows = await ports.signingKeys.all();
  const kept = new Set(publishedKeys(rows, ports.clock.now()));
  const writes = rows.filter((row) => !kept.has(row)).map(({ kid }) => ports.signingKeys.remove(kid));
  if (writes.length > 0) await ports.commit(writes);
}
