import { fail, ok, type Result } from '#shared/domain/result.ts';
import { NOTICE_REACH_MS, OWNER_LINK_TTL_MS } from '../limits.ts';
import { takenBackMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import type { OwnerLinkRow } from '../queries/owner-links.ts';
import { audited } from './audit.ts';
import { newEmailLink } from './email-links.ts';
import { accountEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { takeErasureBack } from '../privacy/requests.ts';
import { owedMail } from './send-mail.ts';

/** Gives an account this address, if nobody has it. */
export const addressWrites = (ports: AuthPorts, accountId: string, email: string): Write[] => [
  ports.accounts.expectNoneWith(ports.emailIndex.all(email)),
  ports.accounts.setEmail(
    accountId,
    ports.emailIndex.current(email),
    ports.fields.seal(email, accountEmail(accountId)),
    ports.clock.now(),
  ),
];

/**
 * The owner says, by a link in their own mailbox, that it was somebody else. Whatever came to open the account since the link
 * was sent is taken back, later links of this kind with it, for they may have gone to an address of somebody else's; the
 * password counts no more, every session ends and no device is known. What was there before stays, and a link for a new password
 * goes to `address`.
 */
export async function takeBack(
  ports: AuthPorts,
  caller: Caller,
  {
    account,
    link,
    address,
    action,
  }: {
    account: AccountRow;
    link: OwnerLinkRow;
    /** The owner's own, with the writes that bring it back; none where it was not changed. */
    address: { email: string; writes: readonly Write[] };
    action: 'account.disowned_sign_in' | 'email.change_undone';
  },
): Promise<Result<null, AuthError>> {
  const now = ports.clock.now();
  const { id } = account;
  const since = sinceOf(link);
  const added = await ports.addedSince.count(id, since);
  const taken = { ...added, addresses: address.writes.length === 0 ? 0 : 1 };
  const reset = newEmailLink(ports, { purpose: 'reset', email: address.email, accountId: id });
  const mail = owedMail(ports, caller, address.email, takenBackMail(ports.origin, reset.token, taken));
  // Before the link is spent: whoever comes again after a crash finds it done.
  await takeErasureBack(ports, caller, id);
  const done = await ports.commit([
    ports.ownerLinks.expectAlive(link.tokenHash, now),
    ports.accounts.expectEmail(id, account.emailSealed),
    ...ports.addedSince.takeBack(id, since, now),
    ...address.writes,
    ports.ownerLinks.removeSince(id, link.expiresAt),
    ports.ownerLinks.removeAll(id, 'confirm_email'),
    ports.accounts.removePassword(id),
    ports.sessions.revokeAll(id, null, 'undone', now),
    ports.revocations.close(id, now),
    ...ports.signInChallenges.removeAll(id),
    ports.devices.removeAll(id),
    reset.write,
    mail.write,
    audited(ports, caller, {
      action,
      outcome: 'success',
      actorId: id,
      subject: id,
      factor: 'email',
      detail: taken,
    }),
  ]);
  if (!done) return fail({ code: 'link_spent' });
  mail.send();
  return ok(null);
}

/** From when on things are taken back: a notice, which alone of "not me" names its address, comes after what it tells of. */
function sinceOf({ purpose, emailSealed, expiresAt }: OwnerLinkRow): number {
  const sentAt = expiresAt - OWNER_LINK_TTL_MS;
  return purpose === 'not_me' && emailSealed !== null ? sentAt - NOTICE_REACH_MS : sentAt;
}
