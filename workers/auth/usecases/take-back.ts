import type { OlderProof } from '#shared/contracts/http/auth.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { NOTICE_REACH_MS, OWNER_LINK_TTL_MS } from '../limits.ts';
import { takenBackMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Added } from '../queries/added-since.ts';
import type { Write } from '../queries/commit.ts';
import type { OwnerLinkRow } from '../queries/owner-links.ts';
import { audited } from './audit.ts';
import { newEmailLink } from './email-links.ts';
import { accountEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { takeErasureBack } from '../privacy/requests.ts';
import { codeWasRight } from './limits.ts';
import { restoredTotp } from './former-totp.ts';
import { proveOlder, recordWrongPasskey, type ShownOlder } from './prove-older.ts';
import { recordWrongCode } from './second-factor.ts';
import { owedMail } from './send-mail.ts';

/** `factorsKept`: factors stay as they were changed until one of these is shown with the link; null: all is taken back. */
export interface TakenBack {
  factorsKept: OlderProof[] | null;
}

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
 * goes to `address`. Passkeys and an app in use go, and those that were removed come back, only with a proof that is older than
 * the change (`proveOlder`): without it they stay as they are, what to show is told, and the link stays for whoever shows it.
 */
export async function takeBack(
  ports: AuthPorts,
  caller: Caller,
  {
    account,
    link,
    address,
    action,
    shown,
  }: {
    account: AccountRow;
    link: OwnerLinkRow;
    /** The owner's own, with the writes that bring it back; none where it was not changed. */
    address: { email: string; writes: readonly Write[] };
    action: 'account.disowned_sign_in' | 'email.change_undone';
    shown: ShownOlder;
  },
): Promise<Result<TakenBack, AuthError>> {
  const now = ports.clock.now();
  const { id } = account;
  const since = sinceOf(link);
  const firstAt = await ports.olderCredentials.firstChangeSince(id, since);
  const former = firstAt === null ? null : await ports.formerFactors.totpAt(id, since);
  const formerTotp = former === null ? null : restoredTotp(ports, former);
  const changed = { since, firstAt, formerTotp };
  const proven = await proveOlder(ports, caller, { account, changed, shown, action });
  if (!proven.ok) return proven;
  const { factorsKept, factor } = proven.value;
  const keepsFactors = factorsKept !== null;
  const [added, formerPasskeys] = await Promise.all([
    ports.addedSince.count(id, since),
    ports.formerFactors.countPasskeys(id, since),
  ]);
  const putBack = keepsFactors
    ? NOTHING_PUT_BACK
    : { passkeys: formerPasskeys, authenticatorApps: former === null ? 0 : 1 };
  const taken = {
    ...(keepsFactors ? withoutFactors(added) : added),
    addresses: address.writes.length === 0 ? 0 : 1,
  };
  const reset = newEmailLink(ports, { purpose: 'reset', email: address.email, accountId: id });
  const mail = owedMail(
    ports,
    caller,
    address.email,
    takenBackMail(ports.origin, reset.token, { taken, putBack, keepsFactors }),
  );
  const places = added.members + added.memberships === 0 ? {} : await ports.addedSince.places(id, since);
  // Before the link is spent: whoever comes again after a crash finds it done.
  await takeErasureBack(ports, caller, id);
  const done = await ports.commit([
    ports.ownerLinks.expectAlive(link.tokenHash, now),
    ports.accounts.expectEmail(id, account.emailSealed),
    ports.accounts.expectRoles(id, account.roles),
    ports.olderCredentials.expectFirstChange(id, since, firstAt),
    ...ports.addedSince.takeBack(id, since, now, keepsFactors),
    ...(keepsFactors ? [] : ports.formerFactors.putPasskeysBack(id, since)),
    ...(keepsFactors || former === null || formerTotp === null
      ? []
      : ports.formerFactors.putTotpBack(former, formerTotp.seedSealed, since)),
    ...proven.value.writes,
    ...address.writes,
    ports.ownerLinks.removeSince(id, link.expiresAt, keepsFactors ? link.tokenHash : null),
    ports.ownerLinks.removeAll(id, 'confirm_email'),
    ...ports.accounts.removePassword(id, now),
    ports.revocations.close(id, now),
    ports.sessions.revokeAll(id, null, 'undone', now),
    ...ports.signInChallenges.removeAll(id),
    ports.devices.removeAll(id),
    reset.write,
    mail.write,
    audited(ports, caller, {
      action,
      outcome: 'success',
      actorId: id,
      subject: id,
      factor,
      detail: { ...taken, ...places, putBack, keepsFactors },
    }),
  ]);
  if (!done) return untaken(ports, caller, { account, link, action, shown });
  if (factor === 'totp') await codeWasRight(ports, caller, id);
  mail.send();
  return ok({ factorsKept });
}

/** The link is spent, or, where it is not, the code was: or the account was changed meanwhile. */
async function untaken(
  ports: AuthPorts,
  caller: Caller,
  {
    account,
    link,
    action,
    shown,
  }: { account: AccountRow; link: OwnerLinkRow; action: string; shown: ShownOlder },
): Promise<Result<TakenBack, AuthError>> {
  const left = await ports.ownerLinks.peek(link.tokenHash, link.purpose, ports.clock.now());
  const { code, passkey } = shown;
  if (left === null || (code ?? passkey) === undefined) return fail({ code: 'link_spent' });
  if (code !== undefined) await recordWrongCode(ports, caller, account.id, action, code);
  else await recordWrongPasskey(ports, caller, account.id, action, 'counter_regressed');
  return fail({ code: 'invalid_credentials' });
}

const NOTHING_PUT_BACK = { passkeys: 0, authenticatorApps: 0 };

const withoutFactors = (added: Added): Added => ({
  ...added,
  passkeys: 0,
  authenticatorApps: 0,
  recoveryCodes: added.authenticatorApps > 0 ? 0 : added.recoveryCodes,
});

/** From when on things are taken back: a notice, which alone of "not me" names its address, comes after what it tells of. */
function sinceOf({ purpose, emailSealed, expiresAt }: OwnerLinkRow): number {
  const sentAt = expiresAt - OWNER_LINK_TTL_MS;
  return purpose === 'not_me' && emailSealed !== null ? sentAt - NOTICE_REACH_MS : sentAt;
}
