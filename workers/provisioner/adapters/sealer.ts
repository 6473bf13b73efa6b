import { fromBase64, toBase64Url } from '#shared/crypto/bytes.ts';
import { fromUtf8, utf8 } from './encoding.ts';

/** Where a sealed value lives; an envelope moved to another row or column does not open. */
export interface Place {
  table: string;
  row: string;
  field: string;
}
export interface Sealer {
  /** Encrypts a JSON value for one place. */
  seal(value: unknown, place: Place): Promise<string>;
  /** The value, as it was sealed. Throws when the envelope was changed, moved or sealed with an unknown key. */
  open(envelope: string, place: Place): Promise<unknown>;
  /**
   * What a value is known again by, in one place, without it being kept: HMAC-SHA-256, base64url. The first is by the key
   * that seals; the others are what it was known by before.
   */
  marks(value: unknown, place: Place): Promise<string[]>;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const VERSION = 'v1';

/**
 * AES-256-GCM with a random nonce, the place as additional data and the key's id in the envelope
 * (`v1.<key id>.<nonce>.<ciphertext>`, base64url).
 *
 * `keys` is `<id>:<base64 of 32 bytes>`, several separated by commas: the first seals, all open, so that a key is
 * replaced by putting the new one in front. A bare key has the id `k1`.
 */
export function sealer(keys: string): Sealer {
  const ring = keys.split(',').map(parseKey);
  const [current] = ring;
  if (current === undefined) throw new Error('CREDENTIALS_KEY is empty');
  const imported = new Map<string, Promise<CryptoKey>>();
  const keyOf = (id: string): Promise<CryptoKey> => {
    const found = imported.get(id) ?? importKey(ring.find((key) => key.id === id)?.bytes);
    imported.set(id, found);
    return found;
  };
  return {
    async seal(value, place) {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv: nonce, additionalData: additional(place) },
        await keyOf(current.id),
        utf8(JSON.stringify(value)),
      );
      return [VERSION, current.id, toBase64Url(nonce), toBase64Url(new Uint8Array(sealed))].join('.');
    },
    async open(envelope, place) {
      const [version, id, nonce, sealed] = envelope.split('.');
      if (version !== VERSION || id === undefined || nonce === undefined || sealed === undefined) {
        throw new Error('not a sealed value');
      }
      const key = await keyOf(id);
      const plain = await crypto.subtle
        .decrypt(
          { name: 'AES-GCM', iv: fromBase64(nonce), additionalData: additional(place) },
          key,
          fromBase64(sealed),
        )
        .catch(() => null);
      if (plain === null) throw new Error('sealed for another place, or changed');
      return JSON.parse(fromUtf8(plain)) as unknown;
    },
    marks: (value, place) => Promise.all(ring.map(({ bytes }) => markOf(bytes, value, place))),
  };
}

const additional = (place: Place) => utf8(`${place.table}/${place.row}/${place.field}`);

/** The key itself seals: what marks is derived from it. */
async function markOf(bytes: Uint8Array<ArrayBuffer>, value: unknown, place: Place): Promise<string> {
  const derived = await hmac(bytes, utf8('marks'));
  const text = `${place.table}/${place.row}/${place.field} ${JSON.stringify(value)}`;
  return toBase64Url(new Uint8Array(await hmac(new Uint8Array(derived), utf8(text))));
}

async function hmac(key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.sign(
    'HMAC',
    await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']),
    data,
  );
}

function parseKey(text: string): { id: string; bytes: Uint8Array<ArrayBuffer> } {
  const [first = '', second] = text.trim().split(':');
  const key = second === undefined ? { id: 'k1', text: first } : { id: first, text: second };
  const isWellFormed = /^\w{1,20}$/.test(key.id) && /^[\w+/-]{43}=?$/.test(key.text);
  const bytes = isWellFormed ? fromBase64(key.text) : null;
  if (bytes?.length !== KEY_BYTES) {
    throw new Error('CREDENTIALS_KEY must be <id>:<base64 of 32 bytes>');
  }
  return { id: key.id, bytes };
}

function importKey(bytes: Uint8Array<ArrayBuffer> | undefined): Promise<CryptoKey> {
  if (bytes === undefined) return Promise.reject(new Error('sealed with a key we do not hold'));
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}
