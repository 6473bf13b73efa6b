import { fail, type Result } from '#shared/domain/result.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import type { OwnerLinkRow } from '../queries/owner-links.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { linkedEmail } from './owner-links.ts';
import type { ShownOlder } from './prove-older.ts';
import { addressWrites, takeBack, type TakenBack } from './take-back.ts';

/** The owner answers a warning with "not me"; the address comes back too where it was changed since. */
export async function notMe(
  ports: AuthPorts,
  caller: Caller,
  { token, ...shown }: { token: string } & ShownOlder,
): Promise<Result<TakenBack, AuthError>> {
  const link = await ports.ownerLinks.peek(sha256(token), 'not_me', ports.clock.now());
  const account = link === null ? null : await ports.accounts.byId(link.accountId);
  if (link === null || account === null) return fail({ code: 'link_spent' });
  const address = await addressBefore(ports, account, link);
  return takeBack(ports, caller, { account, link, address, action: 'account.disowned_sign_in', shown });
}

/** The address that the link was sent to, with the writes that bring it back; none when it was not changed since. */
async function addressBefore(
  ports: AuthPorts,
  account: AccountRow,
  link: OwnerLinkRow,
): Promise<{ email: string; writes: Write[] }> {
  const present = openEmail(ports, account);
  const told =
    link.emailSealed === null
      ? await ports.ownerLinks.firstSince(account.id, 'undo_email', link.expiresAt)
      : link;
  const email = told === null ? present : linkedEmail(ports, told);
  return { email, writes: email === present ? [] : addressWrites(ports, account.id, email) };
}
