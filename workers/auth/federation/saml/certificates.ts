import { X509Certificate } from 'node:crypto';
import { ProviderFault } from '../safe-fetch.ts';

const BODY = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/;
const LINE_CHARACTERS = 64;

/** The base64 of a certificate that is given as PEM or as its base64 alone. */
export const certificateBody = (text: string): string => (BODY.exec(text)?.[1] ?? text).replaceAll(/\s/g, '');

function certificateOf(text: string): X509Certificate {
  const lines = certificateBody(text).match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  try {
    return new X509Certificate(
      `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    );
  } catch {
    throw new ProviderFault('certificate', 'a certificate cannot be read');
  }
}

const RSA_BITS_MIN = 2_048;

/**
 * The public key of a certificate, as PEM. What else it says (names, dates, issuer) means nothing here: the key counts
 * because an administrator, or the metadata they trust, names it (SAML V2.0 Metadata Interoperability Profile §2.6).
 */
export function publicKeyOf(text: string): string {
  const { publicKey } = certificateOf(text);
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  if (publicKey.asymmetricKeyType !== 'rsa' || (bits !== undefined && bits < RSA_BITS_MIN)) {
    throw new ProviderFault(
      'certificate',
      `a certificate must hold an RSA key of at least ${RSA_BITS_MIN} bits`,
    );
  }
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
