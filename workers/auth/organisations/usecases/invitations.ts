import type { Actor } from '#shared/auth/access-token.ts';
import type { OrganisationRole } from '#shared/auth/permissions.ts';
import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { contextOf } from '../../crypto/sealed-columns.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { openEmail } from '../../usecases/emails.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { limit, limitKey } from '../../usecases/limits.ts';
import { owedFor, type Owed } from '../../usecases/send-mail.ts';
import { INVITATION_TTL_MS, INVITATIONS_OPEN_MAX } from '../limits.ts';
import { invitationMail } from '../mails.ts';
import type { InvitationRow } from '../queries/invitations.ts';
import { asActiveMember, asMember, permissionOver, stillActing, type Acting } from './member.ts';

export interface Invitation {
  id: string;
  email: string;
  role: OrganisationRole;
  invitedBy: string;
  createdAt: number;
  sentAt: number;
  expiresAt: number;
}

const sealedIn = (id: string): string => contextOf({ table: 'organisation_invitations', field: 'email' }, id);
/** The address that was invited, in the clear. */
export const invitedEmail = (
  ports: Pick<AuthPorts, 'fields'>,
  { id, emailSealed }: Pick<InvitationRow, 'id' | 'emailSealed'>,
): string => ports.fields.open(emailSealed, sealedIn(id));

const toInvitation = (ports: AuthPorts, row: InvitationRow): Invitation => ({
  id: row.id,
  email: invitedEmail(ports, row),
  role: row.role,
  invitedBy: row.invitedBy,
  createdAt: row.createdAt,
  sentAt: row.sentAt,
  expiresAt: row.expiresAt,
});

/**
 * Invites whoever owns an address. The link goes to the mailbox alone, counts once and within `INVITATION_TTL_MS`, and
 * opens nothing to an account with another address. Whether the address has an account, nobody learns.
 */
export async function invite(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id: organisationId, email, role }: { id: string; email: string; role: OrganisationRole },
): Promise<Result<Invitation, AuthError>> {
  const permission = permissionOver(role);
  const acting = await asActiveMember(ports, actor, organisationId, permission);
  if (!acting.ok) return acting;
  const limited = await limitInvitations(ports, caller, organisationId, email);
  if (!limited.ok) return limited;
  const now = ports.clock.now();
  const id = newId('invitation');
  const link = newLink(ports);
  const row: InvitationRow = {
    id,
    organisationId,
    emailIndex: ports.emailIndex.current(email),
    emailSealed: ports.fields.seal(email, sealedIn(id)),
    role,
    invitedBy: acting.value.account.id,
    createdAt: now,
    ...link.row,
  };
  const indexes = ports.emailIndex.all(email);
  const mail = invitationTo(ports, caller, acting.value, { email, role, token: link.token });
  const done = await ports.commit([
    ...stillActing(ports, acting.value, permission),
    ports.organisations.members.expectNoneWith(organisationId, indexes),
    ...ports.organisations.invitations.put(row, indexes),
    ports.organisations.invitations.expectRoom(organisationId, INVITATIONS_OPEN_MAX),
    mail.write,
    audited(ports, caller, {
      action: 'organisation.invited',
      outcome: 'success',
      actorId: acting.value.account.id,
      subject: row.emailIndex,
      factor: 'session',
      detail: { organisationId, invitationId: id, role },
    }),
  ]);
  if (!done) return fail({ code: 'not_invitable' });
  mail.send();
  return ok(toInvitation(ports, row));
}

/** A page of open invitations, the oldest first; `more`: it is not the last. */
export async function listInvitations(
  ports: AuthPorts,
  actor: Actor,
  { id, after, limit: wanted }: { id: string; after: string; limit: number },
): Promise<Result<{ items: Invitation[]; more: boolean }, AuthError>> {
  const acting = await asMember(ports, actor, id, 'organisations.manage');
  if (!acting.ok) return acting;
  const now = ports.clock.now();
  const rows = await ports.organisations.invitations.page(id, after, now, wanted + 1);
  const items = rows.slice(0, wanted).map((row) => toInvitation(ports, row));
  return ok({ items, more: rows.length > wanted });
}

/** Sends a new link; the one before counts no more. */
export async function resendInvitation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, invitationId }: { id: string; invitationId: string },
): Promise<Result<Invitation, AuthError>> {
  const found = await invitationToChange(ports, actor, { id, invitationId });
  if (!found.ok) return found;
  const { acting, row, permission } = found.value;
  const email = invitedEmail(ports, row);
  const limited = await limitInvitations(ports, caller, id, email);
  if (!limited.ok) return limited;
  const link = newLink(ports);
  const mail = invitationTo(ports, caller, acting, { email, role: row.role, token: link.token });
  const done = await ports.commit([
    ...stillActing(ports, acting, permission),
    ports.organisations.invitations.expect(row),
    ports.organisations.invitations.renew(invitationId, { ...link.row, invitedBy: acting.account.id }),
    mail.write,
    audited(ports, caller, {
      action: 'organisation.invited_again',
      outcome: 'success',
      actorId: acting.account.id,
      subject: row.emailIndex,
      factor: 'session',
      detail: { organisationId: id, invitationId },
    }),
  ]);
  if (!done) return fail({ code: 'changed_meanwhile' });
  mail.send();
  return ok(toInvitation(ports, { ...row, ...link.row, invitedBy: acting.account.id }));
}

/** Takes an invitation back: its link opens nothing any more. */
export async function revokeInvitation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, invitationId }: { id: string; invitationId: string },
): Promise<Result<null, AuthError>> {
  const acting = await asMember(ports, actor, id, 'organisations.manage');
  if (!acting.ok) return acting;
  const row = await ports.organisations.invitations.byId(id, invitationId);
  if (row === null) return fail({ code: 'not_found' });
  await ports.commit([
    ports.organisations.invitations.remove(invitationId),
    audited(ports, caller, {
      action: 'organisation.invitation_revoked',
      outcome: 'success',
      actorId: acting.value.account.id,
      subject: row.emailIndex,
      factor: 'session',
      detail: { organisationId: id, invitationId },
    }),
  ]);
  return ok(null);
}

async function invitationToChange(
  ports: AuthPorts,
  actor: Actor,
  { id, invitationId }: { id: string; invitationId: string },
) {
  const first = await asActiveMember(ports, actor, id, 'organisations.manage');
  if (!first.ok) return first;
  const row = await ports.organisations.invitations.byId(id, invitationId);
  if (row === null) return fail({ code: 'not_found' } as const);
  const permission = permissionOver(row.role);
  const acting = await asActiveMember(ports, actor, id, permission);
  return acting.ok ? ok({ acting: acting.value, row, permission }) : acting;
}

/** How many an organisation sends in a day, and how many mails one mailbox and one network get and send. */
async function limitInvitations(
  ports: AuthPorts,
  caller: Caller,
  organisationId: string,
  email: string,
): Promise<Result<null, AuthError>> {
  const key = `organisation:${organisationId}`;
  const sent = await limitKey(ports, key, 'invitation.organisation', '');
  if (!sent.ok) return sent;
  const limited = await limit(ports, caller, 'mail', ports.emailIndex.current(email), null);
  return limited.ok ? ok(null) : limited;
}

function newLink(ports: AuthPorts): {
  token: string;
  row: Pick<InvitationRow, 'tokenHash' | 'sentAt' | 'expiresAt'>;
} {
  const token = randomSecret();
  const now = ports.clock.now();
  return { token, row: { tokenHash: sha256(token), sentAt: now, expiresAt: now + INVITATION_TTL_MS } };
}

const invitationTo = (
  ports: AuthPorts,
  caller: Caller,
  { organisation, account }: Acting,
  { email, role, token }: { email: string; role: OrganisationRole; token: string },
): Owed => {
  const by = openEmail(ports, account);
  const text = invitationMail(ports.origin, { token, organisation: organisation.name, role, by });
  return owedFor(ports, caller, email, text, INVITATION_TTL_MS);
};
