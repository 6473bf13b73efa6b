import type { Actor } from '#shared/auth/access-token.ts';
import type { OrganisationRole } from '#shared/auth/permissions.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { NOTICE_TTL_MS } from '../../limits.ts';
import type { MailText } from '../../mails.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';
import { audited } from '../../usecases/audit.ts';
import { openEmail } from '../../usecases/emails.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { owedFor, type Owed } from '../../usecases/send-mail.ts';
import { handedOverMail, leftMail, removedMail, roleMail } from '../mails.ts';
import type { MemberRow } from '../queries/members.ts';
import { removalWrites } from './removed-members.ts';
import { asActiveMember, asMember, permissionOver, stillActing, type Acting } from './member.ts';

export interface Member {
  accountId: string;
  email: string;
  role: OrganisationRole;
  joinedAt: number;
}

const emailOf = (ports: AuthPorts, row: Pick<MemberRow, 'accountId' | 'emailSealed'>): string =>
  openEmail(ports, { id: row.accountId, emailSealed: row.emailSealed });

const toMember = (ports: AuthPorts, row: MemberRow): Member => ({
  accountId: row.accountId,
  email: emailOf(ports, row),
  role: row.role,
  joinedAt: row.joinedAt,
});

/** A page of members by account, after one; `more`: it is not the last. */
export async function listMembers(
  ports: AuthPorts,
  actor: Actor,
  { id, after, limit }: { id: string; after: string; limit: number },
): Promise<Result<{ items: Member[]; more: boolean }, AuthError>> {
  const acting = await asMember(ports, actor, id, 'organisations.manage');
  if (!acting.ok) return acting;
  const rows = await ports.organisations.members.page(id, after, limit + 1);
  const items = rows.slice(0, limit).map((row) => toMember(ports, row));
  return ok({ items, more: rows.length > limit });
}

/** Gives a member another role. */
export async function setMemberRole(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, accountId, role }: { id: string; accountId: string; role: OrganisationRole },
): Promise<Result<Member, AuthError>> {
  const found = await memberToChange(ports, actor, { id, accountId }, role);
  if (!found.ok) return found;
  const { acting, target } = found.value;
  if (target.role === role) return ok(toMember(ports, target));
  const { name } = acting.organisation;
  const mail = notice(ports, caller, target, roleMail(name, role));
  const done = await ports.commit([
    ...stillActing(ports, acting, permissionOver(target.role, role)),
    ports.organisations.members.expect(id, accountId, [target.role]),
    ports.organisations.members.setRole(id, accountId, role),
    ...(role === 'owner' ? [beyondProviders(ports, id, accountId)] : []),
    ...rightsChanged(ports, accountId),
    mail.write,
    audited(ports, caller, {
      action: 'organisation.role_changed',
      outcome: 'success',
      actorId: acting.account.id,
      subject: accountId,
      factor: 'session',
      detail: { organisationId: id, before: target.role, after: role },
    }),
  ]);
  if (!done) return fail(await whyNot(ports, id, target));
  mail.send();
  return ok(toMember(ports, { ...target, role }));
}

/** Removes a member: here at once, in the other workers within ten seconds. */
export async function removeMember(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, accountId }: { id: string; accountId: string },
): Promise<Result<null, AuthError>> {
  const found = await memberToChange(ports, actor, { id, accountId });
  if (!found.ok) return found;
  return depart(ports, caller, found.value, 'organisation.member_removed');
}

/** Leaves an organisation, whatever one is in it but its last owner. */
export async function leaveOrganisation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<Result<null, AuthError>> {
  const acting = await asMember(ports, actor, id, 'organisations.use');
  if (!acting.ok) return acting;
  const target = await ports.organisations.members.byId(id, actor.userId);
  if (target === null) return fail({ code: 'not_found' });
  return depart(ports, caller, { acting: acting.value, target }, 'organisation.left');
}

async function depart(
  ports: AuthPorts,
  caller: Caller,
  { acting, target }: Found,
  action: 'organisation.left' | 'organisation.member_removed',
): Promise<Result<null, AuthError>> {
  const { organisation, account, session } = acting;
  const isLeaving = action === 'organisation.left';
  const text = isLeaving ? leftMail(organisation.name) : removedMail(organisation.name);
  const mail = notice(ports, caller, target, text);
  const who = { accountId: target.accountId, email: emailOf(ports, target) };
  const done = await ports.commit([
    ...(isLeaving
      ? [ports.organisations.removed.forget(organisation.id, who.accountId, [])]
      : await removalWrites(ports, organisation.id, who)),
    ...(isLeaving
      ? [ports.sessions.expectLive(session.id, account.id, ports.clock.now())]
      : stillActing(ports, acting, permissionOver(target.role))),
    ports.organisations.members.expect(organisation.id, target.accountId, [target.role]),
    ports.organisations.members.remove(organisation.id, target.accountId),
    ...rightsChanged(ports, target.accountId),
    mail.write,
    audited(ports, caller, {
      action,
      outcome: 'success',
      actorId: account.id,
      subject: target.accountId,
      factor: 'session',
      detail: { organisationId: organisation.id, role: target.role },
    }),
  ]);
  if (!done) return fail(await whyNot(ports, organisation.id, target));
  mail.send();
  return ok(null);
}

/** Makes a member the owner in the caller's place, who stays as an administrator: both in one transaction. */
export async function handOver(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, accountId }: { id: string; accountId: string },
): Promise<Result<Member, AuthError>> {
  const acting = await asActiveMember(ports, actor, id, 'organisations.own');
  if (!acting.ok) return acting;
  const { account, organisation } = acting.value;
  const target = accountId === account.id ? null : await ports.organisations.members.byId(id, accountId);
  if (target === null) return fail({ code: 'no_other_member' });
  const mails = [
    notice(ports, caller, target, roleMail(organisation.name, 'owner')),
    notice(
      ports,
      caller,
      { accountId: account.id, emailSealed: account.emailSealed },
      handedOverMail(organisation.name, emailOf(ports, target)),
    ),
  ];
  const done = await ports.commit([
    ...stillActing(ports, acting.value, 'organisations.own'),
    ports.accounts.expectActive(accountId),
    ports.organisations.members.expect(id, accountId, [target.role]),
    ports.organisations.members.setRole(id, accountId, 'owner'),
    ports.organisations.members.setRole(id, account.id, 'admin'),
    beyondProviders(ports, id, accountId),
    ...rightsChanged(ports, accountId),
    ...rightsChanged(ports, account.id),
    ...mails.map(({ write }) => write),
    audited(ports, caller, {
      action: 'organisation.handed_over',
      outcome: 'success',
      actorId: account.id,
      subject: accountId,
      factor: 'session',
      detail: { organisationId: id, before: target.role },
    }),
    // What they gave up is an act of their own: "not me" does not put it back.
    audited(ports, caller, {
      action: 'organisation.role_changed',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'session',
      detail: { organisationId: id, before: 'owner', after: 'admin' },
    }),
  ]);
  if (!done) return fail({ code: 'changed_meanwhile' });
  for (const mail of mails) mail.send();
  return ok(toMember(ports, { ...target, role: 'owner' }));
}

interface Found {
  acting: Acting;
  target: MemberRow;
}

/** A member, and the caller as somebody who may change them, to `role` where one is given. */
async function memberToChange(
  ports: AuthPorts,
  actor: Actor,
  { id, accountId }: { id: string; accountId: string },
  role?: OrganisationRole,
): Promise<Result<Found, AuthError>> {
  const acting = await asActiveMember(ports, actor, id, 'organisations.manage');
  if (!acting.ok) return acting;
  const target = await ports.organisations.members.byId(id, accountId);
  if (target === null) return fail({ code: 'not_found' });
  const demanded = permissionOver(target.role, ...(role === undefined ? [] : [role]));
  if (demanded === 'organisations.manage') return ok({ acting: acting.value, target });
  const owning = await asActiveMember(ports, actor, id, demanded);
  return owning.ok ? ok({ acting: owning.value, target }) : owning;
}

/** Why a change of a member was not made: it would have taken the last owner, or things are not as they were read. */
async function whyNot(ports: AuthPorts, id: string, target: MemberRow): Promise<AuthError> {
  const present = await ports.organisations.members.byId(id, target.accountId);
  if (present === null) return { code: 'not_found' };
  const isLast =
    present.role === 'owner' && (await ports.organisations.members.isLastOwner(id, target.accountId));
  return { code: isLast ? 'last_owner' : 'changed_meanwhile' };
}

/** An owner is nobody whom the organisation's administrators could be by its provider: not in a session from before either. */
const beyondProviders = (ports: AuthPorts, organisationId: string, accountId: string): Write =>
  ports.sessions.revokeByProviders(accountId, { organisationId }, ports.clock.now());

/** What the member's tokens say of them is not so any more: nobody takes those, and their next refresh says what is. */
const rightsChanged = (ports: AuthPorts, accountId: string): Write[] => [
  ports.revocations.renew(accountId, ports.clock.now()),
  ports.sessions.reissueAll(accountId),
];

const notice = (
  ports: AuthPorts,
  caller: Caller,
  to: Pick<MemberRow, 'accountId' | 'emailSealed'>,
  text: MailText,
): Owed => owedFor(ports, caller, emailOf(ports, to), text, NOTICE_TTL_MS);
