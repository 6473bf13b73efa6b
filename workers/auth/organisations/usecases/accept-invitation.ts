import type { Actor } from '#shared/auth/access-token.ts';
import type { OrganisationRole } from '#shared/auth/permissions.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { NOTICE_TTL_MS } from '../../limits.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import { openEmail } from '../../usecases/emails.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { owedFor } from '../../usecases/send-mail.ts';
import { MEMBERS_MAX, MEMBERSHIPS_MAX } from '../limits.ts';
import { acceptedMail, joinedMail } from '../mails.ts';
import type { Membership } from '../queries/organisations.ts';
import { invitedEmail } from './invitations.ts';
import { rolesOver } from './member.ts';

/** What the holder of a link reads before they decide. */
export interface InvitationLook {
  organisation: string;
  role: OrganisationRole;
  email: string;
  expiresAt: number;
}

/** The link is the right to it: it came to the mailbox that is named. */
export async function lookAtInvitation(
  ports: AuthPorts,
  { token }: { token: string },
): Promise<Result<InvitationLook, AuthError>> {
  const found = await ports.organisations.invitations.peek(sha256(token), ports.clock.now());
  if (found === null) return fail({ code: 'link_spent' });
  const { invitation, organisation } = found;
  const { role, expiresAt } = invitation;
  return ok({ organisation: organisation.name, role, email: invitedEmail(ports, invitation), expiresAt });
}

/**
 * Redeems an invitation, in a session of the account whose verified address was invited. All that was read holds in the
 * transaction that makes the member: of any number of parallel calls one has it, an address that changed meanwhile and an
 * inviter who lost the right to invite void it.
 */
export async function acceptInvitation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { token }: { token: string },
): Promise<Result<Membership, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'organisations.use' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const now = ports.clock.now();
  const found = await ports.organisations.invitations.peek(sha256(token), now);
  if (found === null) return fail({ code: 'link_spent' });
  const { invitation } = found;
  const { organisationId, role, invitedBy } = invitation;
  const email = openEmail(ports, account);
  if (invitedEmail(ports, invitation) !== email) {
    await ports.commit([refusal(ports, caller, account.id, invitation)]);
    return fail({ code: 'invitation_of_another' });
  }
  const inviter = await ports.organisations.members.byId(organisationId, invitedBy);
  const joined = owedFor(ports, caller, email, joinedMail(found.organisation.name, role), NOTICE_TTL_MS);
  const told =
    inviter === null
      ? null
      : owedFor(
          ports,
          caller,
          openEmail(ports, { id: inviter.accountId, emailSealed: inviter.emailSealed }),
          acceptedMail(found.organisation.name, email, role),
          NOTICE_TTL_MS,
        );
  const place = { organisationId, accountId: account.id };
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.accounts.expectEmail(account.id, account.emailSealed),
    ports.organisations.expectActive(organisationId),
    ports.organisations.invitations.expect(invitation),
    ports.organisations.members.expect(organisationId, invitedBy, rolesOver(role)),
    ports.organisations.members.expectNone(organisationId, account.id),
    ports.organisations.members.expectRoom(place, { members: MEMBERS_MAX, memberships: MEMBERSHIPS_MAX }),
    ports.organisations.members.add({ ...place, role, joinedAt: now }),
    ports.organisations.removed.forget(organisationId, account.id, ports.emailIndex.all(email)),
    ports.organisations.invitations.remove(invitation.id),
    ...(role === 'owner'
      ? [ports.sessions.revokeByProviders(account.id, { organisationId, exceptId: session.id }, now)]
      : []),
    joined.write,
    ...(told === null ? [] : [told.write]),
    audited(ports, caller, {
      action: 'organisation.joined',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'session',
      detail: { organisationId, invitationId: invitation.id, invitedBy, role },
    }),
  ]);
  if (!done) return fail(await whyNot(ports, place, sha256(token)));
  joined.send();
  told?.send();
  const membership = await ports.organisations.membership(organisationId, account.id);
  return membership === null ? fail({ code: 'link_spent' }) : ok(membership);
}

async function whyNot(
  ports: AuthPorts,
  { organisationId, accountId }: { organisationId: string; accountId: string },
  tokenHash: string,
): Promise<AuthError> {
  const [membership, open] = await Promise.all([
    ports.organisations.membership(organisationId, accountId),
    ports.organisations.invitations.peek(tokenHash, ports.clock.now()),
  ]);
  if (open === null) return { code: 'link_spent' };
  if (membership !== null) return { code: 'already_member' };
  const inviter = await ports.organisations.members.byId(organisationId, open.invitation.invitedBy);
  const isBacked = inviter !== null && rolesOver(open.invitation.role).includes(inviter.role);
  return { code: isBacked ? 'organisation_full' : 'link_spent' };
}

const refusal = (
  ports: AuthPorts,
  caller: Caller,
  accountId: string,
  { id, organisationId }: { id: string; organisationId: string },
) =>
  audited(ports, caller, {
    action: 'organisation.joined',
    outcome: 'failure',
    actorId: accountId,
    subject: accountId,
    factor: 'session',
    detail: { organisationId, invitationId: id, why: 'another address was invited' },
  });
