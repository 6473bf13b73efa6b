import type { Actor } from '#shared/auth/access-token.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { normalisedEmail } from '#shared/domain/email.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import { audited } from './audit.ts';
import { currentSession } from './current-session.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { owedStaffNotice } from './send-mail.ts';

/** An account as administrators see it: never with a credential. */
export interface Account {
  id: string;
  email: string;
  status: 'active' | 'disabled';
  roles: Role[];
  hasPassword: boolean;
  passkeyCount: number;
  hasTotp: boolean;
  createdAt: number;
}

export const toAccount = (ports: AuthPorts, row: AccountRow): Account => ({
  id: row.id,
  email: openEmail(ports, row),
  status: row.status,
  roles: row.roles,
  hasPassword: row.phc !== null,
  passkeyCount: row.passkeyCount,
  hasTotp: row.hasTotp,
  createdAt: row.createdAt,
});

/** The account with this address, if any. The look itself is audited. */
export async function findAccounts(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { email: string },
): Promise<Result<Account[], AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'accounts.manage' });
  if (!current.ok) return current;
  const row = await look(ports, caller, actor.userId, input.email);
  return ok(row === null ? [] : [toAccount(ports, row)]);
}

/** The same for another worker whose own permission was checked there; tells no more than who it is. */
export async function lookUpAccount(
  ports: AuthPorts,
  requestId: string,
  input: { email: string; actorId: string },
): Promise<{ userId: string } | null> {
  const caller = { requestId, network: '', userAgent: '', device: null, challengeAnswer: null, country: '' };
  const row = await look(ports, caller, input.actorId, normalisedEmail(input.email));
  return row === null ? null : { userId: row.id };
}

async function look(
  ports: AuthPorts,
  caller: Caller,
  actorId: string,
  email: string,
): Promise<AccountRow | null> {
  const row = await ports.accounts.byEmail(ports.emailIndex.all(email));
  await ports.commit([
    audited(ports, caller, {
      action: 'account.looked_up',
      outcome: 'success',
      actorId,
      subject: row?.id ?? ports.emailIndex.current(email),
      factor: 'session',
    }),
  ]);
  return row;
}

/** Replaces an account's roles. Its sessions get new ids at their next refresh, which also carries the new roles. */
export async function setRoles(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { accountId: string; roles: Role[] },
): Promise<Result<Account, AuthError>> {
  const target = await managed(ports, actor, input.accountId);
  if (!target.ok) return target;
  const now = ports.clock.now();
  const roles = [...new Set(input.roles)];
  const notice = owedStaffNotice(ports, caller, target.value, 'roles_changed');
  const done = await ports.commit([
    ports.sessions.expectLive(actor.sessionId ?? '', actor.userId, now),
    ...(roles.includes('admin') ? [] : [ports.accounts.expectAdministratorBeside(input.accountId)]),
    ports.accounts.revokeAllBut(input.accountId, roles),
    ports.accounts.grant(input.accountId, roles, actor.userId, now),
    ports.revocations.renew(input.accountId, now),
    ports.sessions.reissueAll(input.accountId),
    ...(roles.every((role) => role === 'customer')
      ? []
      : [ports.sessions.revokeByProviders(input.accountId, { organisationId: null }, now)]),
    notice.write,
    audited(ports, caller, {
      action: 'role.changed',
      outcome: 'success',
      actorId: actor.userId,
      subject: input.accountId,
      factor: 'session',
      detail: { before: target.value.roles, after: roles },
    }),
  ]);
  if (!done) return fail({ code: roles.includes('admin') ? 'session_ended' : 'last_administrator' });
  notice.send();
  return ok(toAccount(ports, { ...target.value, roles: roles.toSorted() }));
}

/** Disables an account, which ends its sessions, or opens it again. */
export async function setStatus(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { accountId: string; status: 'active' | 'disabled' },
): Promise<Result<Account, AuthError>> {
  const target = await managed(ports, actor, input.accountId);
  if (!target.ok) return target;
  const now = ports.clock.now();
  const disabling = input.status === 'disabled';
  const notice = disabling ? owedStaffNotice(ports, caller, target.value, 'account_disabled') : null;
  const done = await ports.commit([
    ports.sessions.expectLive(actor.sessionId ?? '', actor.userId, now),
    ...(disabling
      ? [
          ports.accounts.expectAdministratorBeside(input.accountId),
          ports.revocations.close(input.accountId, now),
          ports.sessions.revokeAll(input.accountId, null, 'disabled', now),
        ]
      : [ports.privacy.rows.expectNotErased(input.accountId)]),
    ports.accounts.setStatus(input.accountId, input.status, now),
    ...(notice === null ? [] : [notice.write]),
    audited(ports, caller, {
      action: disabling ? 'account.disabled' : 'account.enabled',
      outcome: 'success',
      actorId: actor.userId,
      subject: input.accountId,
      factor: 'session',
    }),
  ]);
  if (!done) {
    if (disabling) return fail({ code: 'last_administrator' });
    const isErased = (await ports.privacy.rows.erasure(input.accountId)) !== null;
    return fail({ code: isErased ? 'account_erased' : 'session_ended' });
  }
  notice?.send();
  return ok(toAccount(ports, { ...target.value, status: input.status }));
}

async function managed(
  ports: AuthPorts,
  actor: Actor,
  accountId: string,
): Promise<Result<AccountRow, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'accounts.manage' });
  if (!current.ok) return current;
  const row = await ports.accounts.byId(accountId);
  return row === null ? fail({ code: 'not_found' }) : ok(row);
}
