import { concatenated, fromHex, toBase64 } from '#shared/crypto/bytes.ts';

/** A key and its self-signed certificate, for tests: PEM both. */
export interface SigningPair {
  privateKey: string;
  certificate: string;
}

/** DER of a value: tag, length, content (X.690 §8.1). */
function der(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = concatenated(...parts);
  const { length } = content;
  const lengths =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concatenated(Uint8Array.from([tag, ...lengths]), content);
}
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const SEQUENCE = 0x30;
const SHA256_WITH_RSA = der(SEQUENCE, fromHex('06092a864886f70d01010b'), fromHex('0500'));

/** An X.509 certificate as small as it may be (RFC 5280 §4.1), for ten years from 2026. */
export async function signingPair(name: string, bits = 2_048): Promise<SigningPair> {
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: bits, publicExponent: fromHex('010001'), hash: 'SHA-256' },
    true,
    ['sign', 'verify'],
  )) as CryptoKeyPair;
  const exported = (format: 'spki' | 'pkcs8', key: CryptoKey) =>
    crypto.subtle.exportKey(format, key).then((bytes) => new Uint8Array(bytes as ArrayBuffer));
  const who = der(SEQUENCE, der(0x31, der(SEQUENCE, fromHex('0603550403'), der(0x0c, utf8(name)))));
  const body = der(
    SEQUENCE,
    der(0xa0, fromHex('020102')),
    fromHex('020101'),
    SHA256_WITH_RSA,
    who,
    der(SEQUENCE, der(0x17, utf8('260101000000Z')), der(0x17, utf8('360101000000Z'))),
    who,
    await exported('spki', publicKey),
  );
  const signature = new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, body));
  const certificate = der(SEQUENCE, body, SHA256_WITH_RSA, der(0x03, fromHex('00'), signature));
  return {
    privateKey: pem('PRIVATE KEY', await exported('pkcs8', privateKey)),
    certificate: pem('CERTIFICATE', certificate),
  };
}

const pem = (label: string, bytes: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${(toBase64(bytes).match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
