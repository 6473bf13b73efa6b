/**
 * A passkey authenticator in software: one ES256 credential a user, discoverable, with user verification (WebAuthn L3
 * §6). For tests and the demo; each switch makes it misbehave in one way.
 */
export interface SoftwareAuthenticator {
  create(options: CreationOptions, quirks?: Quirks): Promise<RegistrationJson>;
  get(options: RequestOptions, quirks?: Quirks): Promise<AuthenticationJson>;
}
export interface CreationOptions {
  challenge: string;
  rp: { id: string };
  user: { id: string };
}
export interface RequestOptions {
  challenge: string;
  rpId: string;
}
export interface Quirks {
  origin?: string;
  rpId?: string;
  challenge?: string;
  userVerified?: boolean;
  crossOrigin?: boolean;
  /** Signature counter to claim; without it the counter grows by one each time. */
  counter?: number;
  userHandle?: string;
  /** Attestation statement format to claim, with a made-up certificate. */
  attestation?: string;
  /** Changes the signed data after signing. */
  forged?: boolean;
}
export interface RegistrationJson {
  id: string;
  rawId: string;
  type: 'public-key';
  clientExtensionResults: Record<string, unknown>;
  response: { clientDataJSON: string; attestationObject: string; transports: string[] };
}
export interface AuthenticationJson {
  id: string;
  rawId: string;
  type: 'public-key';
  clientExtensionResults: Record<string, unknown>;
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle: string };
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const ATTESTED = 0x40;
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export function softwareAuthenticator(origin: string): SoftwareAuthenticator {
  const credentials = new Map<string, { key: CryptoKey; id: Uint8Array; userHandle: string }>();
  let counter = 0;

  return {
    async create(options, quirks = {}) {
      const pair = (await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])) as CryptoKeyPair;
      const id = crypto.getRandomValues(new Uint8Array(32));
      const rpId = quirks.rpId ?? options.rp.id;
      credentials.set(rpId, { key: pair.privateKey, id, userHandle: options.user.id });
      counter = quirks.counter ?? counter + 1;
      const attested = joined(new Uint8Array(16), uint16(id.length), id, await coseKey(pair.publicKey));
      const data = joined(await authenticatorData(rpId, counter, ATTESTED, quirks), attested);
      const statement: CborMap =
        quirks.attestation === undefined ? [] : [['x5c', [new Uint8Array([0x30, 0x00])]]];
      return {
        ...credentialJson(id),
        response: {
          clientDataJSON: clientData('webauthn.create', options.challenge, origin, quirks),
          attestationObject: base64url(
            cborMap([
              ['fmt', quirks.attestation ?? 'none'],
              ['attStmt', statement],
              ['authData', data],
            ]),
          ),
          transports: ['internal'],
        },
      };
    },

    async get(options, quirks = {}) {
      const credential = credentials.get(options.rpId);
      if (credential === undefined) throw new Error(`no passkey for ${options.rpId}`);
      counter = quirks.counter ?? counter + 1;
      const data = await authenticatorData(quirks.rpId ?? options.rpId, counter, 0, quirks);
      const clientDataJSON = clientData('webauthn.get', options.challenge, origin, quirks);
      const signed = joined(data, await sha256(fromBase64url(clientDataJSON)));
      const raw = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, credential.key, signed);
      const sent = quirks.forged === true ? joined(data.subarray(0, -1), new Uint8Array([0xff])) : data;
      return {
        ...credentialJson(credential.id),
        response: {
          clientDataJSON,
          authenticatorData: base64url(sent),
          signature: base64url(derSignature(new Uint8Array(raw))),
          userHandle: quirks.userHandle ?? credential.userHandle,
        },
      };
    },
  };
}

const credentialJson = (id: Uint8Array) => ({
  id: base64url(id),
  rawId: base64url(id),
  type: 'public-key' as const,
  clientExtensionResults: {},
});

function clientData(type: string, challenge: string, origin: string, quirks: Quirks): string {
  const data = {
    type,
    challenge: quirks.challenge ?? challenge,
    origin: quirks.origin ?? origin,
    crossOrigin: quirks.crossOrigin ?? false,
  };
  return base64url(utf8(JSON.stringify(data)));
}

async function authenticatorData(
  rpId: string,
  count: number,
  flags: number,
  quirks: Quirks,
): Promise<Uint8Array<ArrayBuffer>> {
  const verified = quirks.userVerified === false ? 0 : USER_VERIFIED;
  return joined(await sha256(utf8(rpId)), new Uint8Array([USER_PRESENT | verified | flags]), uint32(count));
}

/** COSE_Key of a P-256 key for ES256 (RFC 9053 §7.1.1). */
async function coseKey(key: CryptoKey): Promise<Uint8Array> {
  const raw = new Uint8Array((await crypto.subtle.exportKey('raw', key)) as ArrayBuffer);
  return cborMap([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, raw.slice(1, 33)],
    [-3, raw.slice(33, 65)],
  ]);
}

/** WebCrypto signs r‖s; WebAuthn wants the ASN.1 sequence of both. */
function derSignature(raw: Uint8Array): Uint8Array {
  const body = joined(derInteger(raw.slice(0, 32)), derInteger(raw.slice(32)));
  return joined(new Uint8Array([0x30, body.length]), body);
}
function derInteger(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const trimmed = bytes.slice(Math.max(0, first));
  const positive = (trimmed[0] ?? 0) >= 0x80 ? joined(new Uint8Array([0]), trimmed) : trimmed;
  return joined(new Uint8Array([0x02, positive.length]), positive);
}

type CborValue = number | string | Uint8Array | CborMap | Uint8Array[];
type CborMap = [number | string, CborValue][];

/** CBOR (RFC 8949) as far as an authenticator needs it. */
function cborMap(entries: CborMap): Uint8Array {
  return joined(
    cborHead(5, entries.length),
    ...entries.flatMap(([key, value]) => [cborScalar(key), cborValue(value)]),
  );
}
function cborValue(value: CborValue): Uint8Array {
  if (!Array.isArray(value)) return cborScalar(value);
  const [first] = value;
  if (first instanceof Uint8Array) {
    const items = value as Uint8Array[];
    return joined(cborHead(4, items.length), ...items.map(cborScalar));
  }
  return cborMap(value as CborMap);
}
function cborScalar(value: number | string | Uint8Array): Uint8Array {
  if (typeof value === 'number') return value < 0 ? cborHead(1, -1 - value) : cborHead(0, value);
  if (typeof value === 'string') return joined(cborHead(3, utf8(value).length), utf8(value));
  return joined(cborHead(2, value.length), value);
}
function cborHead(major: number, length: number): Uint8Array {
  const type = major << 5;
  if (length < 24) return new Uint8Array([type | length]);
  if (length < 256) return new Uint8Array([type | 24, length]);
  return joined(new Uint8Array([type | 25]), uint16(length));
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => joined(new TextEncoder().encode(text));
const uint16 = (value: number): Uint8Array => new Uint8Array([value >> 8, value & 0xff]);
const uint32 = (value: number): Uint8Array =>
  new Uint8Array([value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const fromBase64url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
