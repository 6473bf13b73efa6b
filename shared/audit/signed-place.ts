import { compactVerify, CompactSign, errors, importJWK } from 'jose';
import { z } from 'zod';
import type { AuditPlace } from './chain.ts';

/** Public half of an audit key (RFC 8037). */
export const auditKeySchema = z
  .strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string() })
  .meta({ id: 'AuditKey' });
export type AuditKey = z.infer<typeof auditKeySchema>;

/** `head`: how far the log went; `checkpoint`: what went before the entries that are left. */
export type PlaceKind = 'head' | 'checkpoint';
const contentSchema = z.strictObject({
  kind: z.enum(['head', 'checkpoint']),
  sequence: z.int().min(1),
  hash: z.string(),
  /** Epoch milliseconds. */
  at: z.int(),
});
const TYPE = 'audit-place+jws';

/** A JWS (RFC 7515, compact) that says what the chain was at a place. */
export async function signPlace(
  content: z.infer<typeof contentSchema>,
  signer: { kid: string; key: CryptoKey },
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid: signer.kid })
    .sign(signer.key);
}

/** The place a JWS speaks of, when one of `keys` signed it; else null. Keys it brings along itself count for nothing. */
export async function openPlace(
  signed: string,
  kind: PlaceKind,
  keys: readonly AuditKey[],
): Promise<(AuditPlace & { at: number }) | null> {
  try {
    const { payload, protectedHeader } = await compactVerify(
      signed,
      async ({ kid }) => {
        const key = keys.find((known) => known.kid === kid);
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        return importJWK({ ...key }, 'EdDSA');
      },
      { algorithms: ['EdDSA'] },
    );
    if (protectedHeader.typ !== TYPE) return null;
    const content = contentSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
    return content.kind === kind ? { sequence: content.sequence, hash: content.hash, at: content.at } : null;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError || error instanceof SyntaxError) {
      return null;
    }
    throw error;
  }
}
