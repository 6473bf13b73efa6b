import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import { EMAIL_LINK_TTL_MS } from '../limits.ts';
import type { AuthPorts } from '../ports.ts';
import type { Write } from '../queries/commit.ts';
import type { EmailTokenPurpose } from '../queries/email-tokens.ts';
import { linkEmail } from './emails.ts';

/** A single-use link to an address: the token for the mail, and its row, which holds only the token's hash. */
export function newEmailLink(
  ports: AuthPorts,
  link: { purpose: EmailTokenPurpose; email: string; accountId: string | null },
): { token: string; write: Write } {
  const token = randomSecret();
  const tokenHash = sha256(token);
  return {
    token,
    write: ports.emailTokens.add({
      tokenHash,
      purpose: link.purpose,
      accountId: link.accountId,
      emailIndex: ports.emailIndex.current(link.email),
      emailSealed: ports.fields.seal(link.email, linkEmail(tokenHash)),
      expiresAt: ports.clock.now() + EMAIL_LINK_TTL_MS,
    }),
  };
}
