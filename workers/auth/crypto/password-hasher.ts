import { ARGON2 } from '../limits.ts';
import { equalBytes, fromBase64, randomBytes, toBase64, toBase64Url } from '#shared/crypto/bytes.ts';
import type { KeyRing, RingKey } from '#shared/crypto/key-ring.ts';

export interface Argon2Parameters {
  memoryKib: number;
  passes: number;
  lanes: number;
  hashBytes: number;
}
/** argon2id, version 1.3 (RFC 9106). One evaluation is some 40 ms of CPU that nothing else in the isolate gets. */
export interface Argon2id {
  derive(input: string, salt: Uint8Array, parameters: Argon2Parameters): Promise<Uint8Array>;
}

export interface PasswordHasher {
  /** PHC string; `keyid` names the pepper. */
  hash(password: string): Promise<string>;
  /**
   * Exactly one evaluation, whatever is passed; null (no such account, no password) costs the same and never matches.
   * `outdated`: parameters or pepper changed since, hash again.
   */
  verify(password: string, phc: string | null): Promise<{ matches: boolean; outdated: boolean }>;
}

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2}),keyid=([\w-]{8})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{22,86})$/;
const NO_SALT = new Uint8Array(ARGON2.saltBytes);

/**
 * The pepper goes in first, as HMAC-SHA-256 over the NFC form. That also gives argon2 a short ASCII input whatever the
 * password holds: the binding passes a length in UTF-16 units and would cut longer encodings off.
 */
export function passwordHasher(argon2: Argon2id, peppers: KeyRing): PasswordHasher {
  const { current } = peppers;
  const peppered = (password: string, key: RingKey): string =>
    toBase64Url(key.mac('pepper', password.normalize('NFC')));

  return {
    async hash(password) {
      const salt = randomBytes(ARGON2.saltBytes);
      const hash = await argon2.derive(peppered(password, current), salt, ARGON2);
      return `${phcPrefix(current.id)}$${unpadded(salt)}$${unpadded(hash)}`;
    },

    async verify(password, phc) {
      const stored = phc === null ? null : parsePhc(phc);
      const pepper = stored === null ? undefined : peppers.find(stored.keyId);
      if (stored === null || pepper === undefined) {
        await argon2.derive(peppered(password, current), NO_SALT, ARGON2);
        return { matches: false, outdated: false };
      }
      const hash = await argon2.derive(peppered(password, pepper), stored.salt, stored.parameters);
      return {
        matches: equalBytes(hash, stored.hash),
        outdated: !(phc ?? '').startsWith(`${phcPrefix(current.id)}$`),
      };
    },
  };
}

const phcPrefix = (keyId: string): string =>
  `$argon2id$v=19$m=${ARGON2.memoryKib},t=${ARGON2.passes},p=${ARGON2.lanes},keyid=${keyId}`;

const unpadded = (bytes: Uint8Array): string => toBase64(bytes).replaceAll('=', '');

function parsePhc(phc: string) {
  const [, memory, passes, lanes, keyId, salt, hash] = PHC.exec(phc) ?? [];
  if (keyId === undefined || salt === undefined || hash === undefined) return null;
  const hashBytes = fromBase64(hash);
  return {
    keyId,
    salt: fromBase64(salt),
    hash: hashBytes,
    parameters: {
      memoryKib: Number(memory),
      passes: Number(passes),
      lanes: Number(lanes),
      hashBytes: hashBytes.length,
    },
  };
}
