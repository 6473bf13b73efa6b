import { sha256Hex } from '#shared/crypto/bytes.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';

/** The same request whatever way it was written has the same fingerprint: SHA-256 in hex. */
export const fingerprintOf = (request: unknown): string => sha256Hex(canonicalJson(request));
