import { fail, ok, type Result } from '#shared/domain/result.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { OWNER_LINK_TTL_MS } from '../limits.ts';
import { takenBackMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import { audited } from './audit.ts';
import { newEmailLink } from './email-links.ts';
import { accountEmail, openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { linkedEmail } from './owner-links.ts';
import { owedMail } from './send-mail.ts';

/**
 * The owner says that it was somebody else. Whatever came to open the account since they were warned is taken back, with the
 * address where that was changed; the password counts no more; every session ends and no device is known. What was there
 * before stays, and a link for a new password goes to the owner's own mailbox.
 */
export async function notMe(
  ports: AuthPorts,
  caller: Caller,
  { token }: { token: string },
): Promise<Result<null, AuthError>> {
  const now = ports.clock.now();
  const tokenHash = sha256(token);
  const link = await ports.ownerLinks.peek(tokenHash, 'not_me', now);
  const account = link === null ? null : await ports.accounts.byId(link.accountId);
  if (link === null || account === null) return fail({ code: 'link_spent' });
  const since = link.expiresAt - OWNER_LINK_TTL_MS;
  const added = await ports.addedSince.count(account.id, since);
  const address = await addressBefore(ports, account, since);
  const reset = newEmailLink(ports, { purpose: 'reset', email: address.email, accountId: account.id });
  const taken = { ...added, addresses: address.writes.length === 0 ? 0 : 1 };
  const mail = owedMail(ports, caller, address.email, takenBackMail(ports.origin, reset.token, taken));
  const done = await ports.commit([
    ports.ownerLinks.expectAlive(tokenHash, now),
    ports.accounts.expectEmail(account.id, account.emailSealed),
    ports.ownerLinks.consume(tokenHash),
    ...ports.addedSince.takeBack(account.id, since, now),
    ...address.writes,
    ports.ownerLinks.removeAll(account.id, 'confirm_email'),
    ports.accounts.removePassword(account.id),
    ports.sessions.revokeAll(account.id, null, 'undone', now),
    ports.revocations.close(account.id, now),
    ...ports.signInChallenges.removeAll(account.id),
    ports.devices.removeAll(account.id),
    reset.write,
    mail.write,
    audited(ports, caller, {
      action: 'account.disowned_sign_in',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'email',
      detail: taken,
    }),
  ]);
  if (!done) return fail({ code: 'link_spent' });
  mail.send();
  return ok(null);
}

/** The address as it was, with the writes that bring it back; none when it was not changed since. */
async function addressBefore(
  ports: AuthPorts,
  account: AccountRow,
  since: number,
): Promise<{ email: string; writes: Write[] }> {
  const undo = await ports.ownerLinks.firstSince(account.id, 'undo_email', since + OWNER_LINK_TTL_MS);
  if (undo === null) return { email: openEmail(ports, account), writes: [] };
  const email = linkedEmail(ports, undo);
  return {
    email,
    writes: [
      ports.accounts.expectNoneWith(ports.emailIndex.all(email)),
      ports.accounts.setEmail(
        account.id,
        ports.emailIndex.current(email),
        ports.fields.seal(email, accountEmail(account.id)),
        ports.clock.now(),
      ),
      ports.ownerLinks.removeAll(account.id, 'undo_email'),
    ],
  };
}
