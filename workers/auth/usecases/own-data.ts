import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { randomSecret } from '#shared/crypto/bytes.ts';
import { EXPORTED_EVENTS_MAX, SESSIONS_LISTED_MAX } from '../limits.ts';
import type { LinkedIdentity } from '../federation/queries/identities.ts';
import { API_KEYS_MAX } from '../oauth/limits.ts';
import type { ApiKeyRow } from '../oauth/queries/api-keys.ts';
import type { SupportAccessRow } from '../oauth/queries/support-accesses.ts';
import { applicationsOf, type Application } from '../oauth/usecases/applications.ts';
import { MEMBERSHIPS_MAX } from '../organisations/limits.ts';
import type { Membership } from '../organisations/queries/organisations.ts';
import { accountDeletedMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { AuditRow } from '../queries/audit.ts';
import type { SeenDevice } from '../queries/devices.ts';
import type { PasskeyRow } from '../queries/passkeys.ts';
import type { SessionRow } from '../queries/sessions.ts';
import { audited } from './audit.ts';
import { currentSession } from './current-session.ts';
import { accountEmail, openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { owedMail } from './send-mail.ts';

export interface OwnData {
  account: AccountRow;
  email: string;
  passkeys: PasskeyRow[];
  identities: LinkedIdentity[];
  sessions: SessionRow[];
  devices: SeenDevice[];
  apiKeys: ApiKeyRow[];
  applications: Application[];
  supportAccesses: SupportAccessRow[];
  organisations: Membership[];
  events: AuditRow[];
}

/** All that this worker keeps about the caller, but for what is secret from them too (hashes, seeds). */
export async function exportOwnData(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
): Promise<Result<OwnData, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account } = current.value;
  const { id } = account;
  const [passkeys, identities, sessions, devices, apiKeys, applications, supportAccesses] = await Promise.all(
    [
      ports.passkeys.ofAccount(id),
      ports.federation.identities.ofAccount(id),
      ports.sessions.listLive(id, ports.clock.now(), SESSIONS_LISTED_MAX),
      ports.devices.ofAccount(id),
      ports.oauth.apiKeys.ofAccount(id, API_KEYS_MAX),
      applicationsOf(ports, id),
      ports.oauth.supportAccesses.ofAccount(id, EXPORTED_EVENTS_MAX),
    ],
  );
  const [organisations, events] = await Promise.all([
    ports.organisations.membershipsOf(id, MEMBERSHIPS_MAX),
    ports.audit.about(id, EXPORTED_EVENTS_MAX),
  ]);
  const means = { passkeys, identities, sessions, devices, apiKeys };
  const others = { applications, organisations, supportAccesses };
  await ports.commit([
    audited(ports, caller, {
      action: 'account.exported',
      outcome: 'success',
      actorId: id,
      subject: id,
      factor: 'session',
    }),
  ]);
  return ok({ account, email: openEmail(ports, account), ...means, ...others, events });
}

/**
 * Deletes the caller's account here. Its id stays, without address or any way in, for what refers to it: orders, and the
 * audit log, which is kept as the law asks.
 */
export async function deleteAccount(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const { id } = account;
  const now = ports.clock.now();
  const nobody = `${id}@deleted.invalid`;
  const mail = owedMail(ports, caller, openEmail(ports, account), accountDeletedMail());
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, id, now),
    ports.accounts.expectAdministratorBeside(id),
    ports.revocations.close(id, now),
    ...ports.accounts.erase({
      id,
      emailIndex: ports.emailIndex.current(nobody),
      emailSealed: ports.fields.seal(nobody, accountEmail(id)),
      passkeyHandle: randomSecret(),
      now,
    }),
    mail.write,
    audited(ports, caller, {
      action: 'account.deleted',
      outcome: 'success',
      actorId: id,
      subject: id,
      factor: 'session',
    }),
  ]);
  if (!done) {
    const owned = await ports.organisations.members.onlyOwnedBy(id);
    return fail({ code: owned === null ? 'last_administrator' : 'last_owner' });
  }
  mail.send();
  return ok(null);
}
