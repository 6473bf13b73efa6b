import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import type { AuthPorts } from '../ports.ts';
import type { OwnerLinkPurpose, OwnerLinkRow } from '../queries/owner-links.ts';

/** Context the address of a link is sealed in. */
export const ownerLinkEmail = (tokenHash: string): string => `owner_links/${tokenHash}/email`;

/** A single-use link to the owner of an account: the token for the mail, and its row, which holds only its hash. */
export function newOwnerLink(
  ports: AuthPorts,
  link: { purpose: OwnerLinkPurpose; accountId: string; email: string | null; ttlMs: number },
): { token: string; row: OwnerLinkRow } {
  const token = randomSecret();
  const tokenHash = sha256(token);
  const { purpose, accountId, email, ttlMs } = link;
  return {
    token,
    row: {
      tokenHash,
      purpose,
      accountId,
      emailIndex: email === null ? null : ports.emailIndex.current(email),
      emailSealed: email === null ? null : ports.fields.seal(email, ownerLinkEmail(tokenHash)),
      expiresAt: ports.clock.now() + ttlMs,
    },
  };
}

/** The address a link is about, in the clear. */
export function linkedEmail(ports: AuthPorts, row: OwnerLinkRow): string {
  if (row.emailSealed === null) throw new Error(`a link of the kind ${row.purpose} has no address`);
  return ports.fields.open(row.emailSealed, ownerLinkEmail(row.tokenHash));
}
