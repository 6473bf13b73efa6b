import type { AuditKey } from '#shared/audit/signed-place.ts';
import { AUDIT_KEY_LIFE_MS } from '../limits.ts';
import type { AuthPorts } from '../ports.ts';
import type { AuditKeyRow } from '../queries/audit.ts';

type KeyPorts = Pick<AuthPorts, 'audit' | 'fields' | 'clock'>;

export interface AuditSigner {
  kid: string;
  key: CryptoKey;
  published: AuditKey;
}

const sealContext = (kid: string): string => `audit_keys/${kid}/private`;

/** The key that signs heads and checkpoints; the first call makes it. */
export async function auditSigner(ports: KeyPorts): Promise<AuditSigner> {
  const row = (await ports.audit.keys())[0] ?? (await newKey(ports, 1));
  const published = { kty: 'OKP', crv: 'Ed25519', x: row.publicX, kid: row.kid } as const;
  const d = ports.fields.open(row.privateSealed, sealContext(row.kid));
  const jwk = { ...published, d };
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'Ed25519' }, false, ['sign']);
  return { kid: row.kid, key, published };
}

/**
 * Makes the next key once the present one is `AUDIT_KEY_LIFE_MS` old, or at once. Signs from the next head on, with which it is
 * witnessed; older keys stay for what they signed. Safe to repeat and to race. True: there is a new one.
 */
export async function rotateAuditKey(ports: KeyPorts, onlyWhenDue: boolean): Promise<boolean> {
  const [newest] = await ports.audit.keys();
  if (newest === undefined) return false;
  if (onlyWhenDue && ports.clock.now() - newest.createdAt < AUDIT_KEY_LIFE_MS) return false;
  await newKey(ports, newest.sequence + 1);
  return true;
}

async function newKey(ports: KeyPorts, sequence: number): Promise<AuditKeyRow> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const jwk = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey;
  if (jwk.x === undefined || jwk.d === undefined) throw new Error('the runtime made no Ed25519 key');
  const kid = `audit-${jwk.x.slice(0, 12)}`;
  await ports.audit.addKeyIfNext({
    kid,
    sequence,
    publicX: jwk.x,
    privateSealed: ports.fields.seal(jwk.d, sealContext(kid)),
    createdAt: ports.clock.now(),
  });
  const [row] = await ports.audit.keys();
  if (row === undefined) throw new Error('no audit key could be made');
  return row;
}
