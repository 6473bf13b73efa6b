import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { EMAIL_LINK_TTL_MS, OWNER_LINK_TTL_MS } from '../limits.ts';
import { addressTakenMail, confirmEmailMail, undoEmailMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { currentSession } from './current-session.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { limit } from './limits.ts';
import { linkedEmail, newOwnerLink } from './owner-links.ts';
import { owedFor, owedMail } from './send-mail.ts';
import type { ShownOlder } from './prove-older.ts';
import { addressWrites, takeBack, type TakenBack } from './take-back.ts';

/** Mails a link to the new address. One that has an account gets another mail; who asked does not learn which. */
export async function requestEmailChange(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { newEmail }: { newEmail: string },
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account } = current.value;
  const limited = await limit(ports, caller, 'mail', ports.emailIndex.current(newEmail), null);
  if (!limited.ok) return limited;
  const taken = await ports.accounts.byEmail(ports.emailIndex.all(newEmail));
  const link = newOwnerLink(ports, {
    purpose: 'confirm_email',
    accountId: account.id,
    email: newEmail,
    ttlMs: EMAIL_LINK_TTL_MS,
  });
  const text = taken === null ? confirmEmailMail(ports.origin, link.token) : addressTakenMail(ports.origin);
  const mail = owedMail(ports, caller, newEmail, text);
  await ports.commit([
    ports.ownerLinks.removeAll(account.id, 'confirm_email'),
    ports.ownerLinks.add(link.row),
    mail.write,
    audited(ports, caller, {
      action: 'email.change_requested',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'session',
    }),
  ]);
  mail.send();
  return ok(null);
}

/**
 * Redeems the link, in a session of the account that asked: whoever only reads a mistyped address's mail gets nothing.
 * The old address is told, and can take it back for `OWNER_LINK_TTL_MS`.
 */
export async function confirmEmailChange(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { token }: { token: string },
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  const { account, session } = current.value;
  const now = ports.clock.now();
  const tokenHash = sha256(token);
  const link = await ports.ownerLinks.peek(tokenHash, 'confirm_email', now);
  if (link === null || link.accountId !== account.id) return fail({ code: 'link_spent' });
  const email = linkedEmail(ports, link);
  const oldEmail = openEmail(ports, account);
  const undo = newOwnerLink(ports, {
    purpose: 'undo_email',
    accountId: account.id,
    email: oldEmail,
    ttlMs: OWNER_LINK_TTL_MS,
  });
  const mail = owedFor(ports, caller, oldEmail, undoEmailMail(ports.origin, undo.token), OWNER_LINK_TTL_MS);
  const done = await ports.commit([
    ports.ownerLinks.expectAlive(tokenHash, now),
    ports.sessions.expectLive(session.id, account.id, now),
    ports.accounts.expectEmail(account.id, account.emailSealed),
    ...addressWrites(ports, account.id, email),
    ports.ownerLinks.removeAll(account.id, 'confirm_email'),
    ports.emailTokens.removeAll(account.id),
    ports.emailCodes.removeAll(account.id),
    ports.ownerLinks.add(undo.row),
    mail.write,
    audited(ports, caller, {
      action: 'email.changed',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'email',
    }),
  ]);
  if (!done) return fail({ code: 'address_taken' });
  mail.send();
  return ok(null);
}

/** The owner of the old address takes a change back, and with it all that came to open the account since. */
export async function undoEmailChange(
  ports: AuthPorts,
  caller: Caller,
  { token, ...shown }: { token: string } & ShownOlder,
): Promise<Result<TakenBack, AuthError>> {
  const link = await ports.ownerLinks.peek(sha256(token), 'undo_email', ports.clock.now());
  const account = link === null ? null : await ports.accounts.byId(link.accountId);
  if (link === null || account === null) return fail({ code: 'link_spent' });
  const email = linkedEmail(ports, link);
  // It is back already where the link alone was used before.
  const isBack = openEmail(ports, account) === email;
  const address = { email, writes: isBack ? [] : addressWrites(ports, account.id, email) };
  return takeBack(ports, caller, { account, link, address, action: 'email.change_undone', shown });
}
