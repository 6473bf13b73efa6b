import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { NOTICE_TTL_MS } from '../../limits.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import { openEmail } from '../../usecases/emails.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { limitKey } from '../../usecases/limits.ts';
import { owedFor } from '../../usecases/send-mail.ts';
import { MEMBERS_MAX, MEMBERSHIPS_MAX } from '../limits.ts';
import { closedMail } from '../mails.ts';
import type { Membership } from '../queries/organisations.ts';
import { asActiveMember, asMember, stillActing } from './member.ts';

/** Makes an organisation; who makes it is its first owner. */
export async function createOrganisation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { name }: { name: string },
): Promise<Result<Membership, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'organisations.use' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const limited = await limitKey(ports, `organisations:${account.id}`, 'organisation.account', '');
  if (!limited.ok) return limited;
  const now = ports.clock.now();
  const id = newId('organisation');
  const organisation = {
    id,
    name,
    status: 'active',
    createdAt: now,
    updatedAt: now,
    actedForAt: null,
  } as const;
  const place = { organisationId: id, accountId: account.id };
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.organisations.members.expectRoom(place, { members: MEMBERS_MAX, memberships: MEMBERSHIPS_MAX }),
    ports.organisations.create(organisation),
    ports.organisations.members.add({ ...place, role: 'owner', joinedAt: now }),
    audited(ports, caller, {
      action: 'organisation.created',
      outcome: 'success',
      actorId: account.id,
      subject: id,
      factor: 'session',
    }),
  ]);
  return done ? ok({ organisation, role: 'owner' }) : fail({ code: 'too_many_memberships' });
}

/** What the caller is in, closed ones too. */
export async function listOrganisations(
  ports: AuthPorts,
  actor: Actor,
): Promise<Result<Membership[], AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'organisations.use' });
  return current.ok ? ok(await ports.organisations.membershipsOf(actor.userId, MEMBERSHIPS_MAX)) : current;
}

export const readOrganisation = (
  ports: AuthPorts,
  actor: Actor,
  id: string,
): Promise<Result<Membership, AuthError>> => asMember(ports, actor, id, 'organisations.use');

export async function renameOrganisation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, name }: { id: string; name: string },
): Promise<Result<Membership, AuthError>> {
  const acting = await asActiveMember(ports, actor, id, 'organisations.manage');
  if (!acting.ok) return acting;
  const { account, organisation, role } = acting.value;
  const now = ports.clock.now();
  const done = await ports.commit([
    ...stillActing(ports, acting.value, 'organisations.manage'),
    ports.organisations.rename(id, name, now),
    audited(ports, caller, {
      action: 'organisation.renamed',
      outcome: 'success',
      actorId: account.id,
      subject: id,
      factor: 'session',
      detail: { before: organisation.name, after: name },
    }),
  ]);
  if (!done) return fail({ code: 'changed_meanwhile' });
  return ok({ organisation: { ...organisation, name, updatedAt: now }, role });
}

/**
 * Closes an organisation: nobody acts for it or joins it any more. What it owns elsewhere stays its own;
 * one that nobody ever acted for can own nothing and is deleted altogether.
 */
export async function closeOrganisation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<Result<null, AuthError>> {
  const acting = await asActiveMember(ports, actor, id, 'organisations.own');
  if (!acting.ok) return acting;
  const { account, organisation } = acting.value;
  const text = closedMail(organisation.name);
  const mail = owedFor(ports, caller, openEmail(ports, account), text, NOTICE_TTL_MS);
  const done = await ports.commit([
    ...stillActing(ports, acting.value, 'organisations.own'),
    ...ports.organisations.close(id, ports.clock.now()),
    ports.revocations.close(id, ports.clock.now()),
    mail.write,
    audited(ports, caller, {
      action: 'organisation.closed',
      outcome: 'success',
      actorId: account.id,
      subject: id,
      factor: 'session',
    }),
  ]);
  if (!done) return fail({ code: 'changed_meanwhile' });
  mail.send();
  return ok(null);
}

/** Opens a closed one again; one that is open stays so. */
export async function reopenOrganisation(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<Result<Membership, AuthError>> {
  const acting = await asMember(ports, actor, id, 'organisations.own');
  if (!acting.ok) return acting;
  const { account, session, organisation, role } = acting.value;
  if (organisation.status === 'active') return ok({ organisation, role });
  const now = ports.clock.now();
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.organisations.members.expect(id, account.id, ['owner']),
    ports.organisations.setStatus(id, 'active', now),
    audited(ports, caller, {
      action: 'organisation.reopened',
      outcome: 'success',
      actorId: account.id,
      subject: id,
      factor: 'session',
    }),
  ]);
  if (!done) return fail({ code: 'changed_meanwhile' });
  return ok({ organisation: { ...organisation, status: 'active', updatedAt: now }, role });
}
