import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { fromBase64 } from '#shared/crypto/bytes.ts';

/**
 * We ask for no attestation, so only `none` and self-signed `packed` can come from an honest client (WebAuthn L3
 * §5.1.3). Statements with certificates would have the library parse, and fetch revocation lists named in, what a
 * stranger wrote. Throws when the object cannot be decoded.
 */
export function isUncertified(attestationObject: string): boolean {
  const decoded = decodeAttestationObject(fromBase64(attestationObject));
  const format = decoded.get('fmt');
  if (format === 'none') return true;
  return format === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
}
