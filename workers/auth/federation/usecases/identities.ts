import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { owedNotice } from '../../usecases/send-mail.ts';
import { openEmail } from '../../usecases/emails.ts';
import { sealedLabel } from '../addresses.ts';
import { domainOf } from '../domain-rules.ts';
import type { LinkedIdentity } from '../queries/identities.ts';

export async function listIdentities(
  ports: AuthPorts,
  actor: Actor,
): Promise<Result<LinkedIdentity[], AuthError>> {
  const current = await currentSession(ports, actor);
  return current.ok ? ok(await ports.federation.identities.ofAccount(actor.userId)) : current;
}

/** What the owner knows an identity by. */
export const labelOf = (ports: AuthPorts, { identity }: Pick<LinkedIdentity, 'identity'>): string =>
  ports.fields.open(identity.labelSealed, sealedLabel(identity.id));

/**
 * Takes an identity off the account, never its last way in, and none while a provider has to be used. Somebody else's is not
 * found. The other sessions end: it may have opened them.
 */
export async function unlinkIdentity(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  identityId: string,
): Promise<Result<null, AuthError>> {
  const current = await currentSession(ports, actor, { permission: 'account.secure' });
  if (!current.ok) return current;
  const { account, session } = current.value;
  const linked = await ports.federation.identities.ofAccount(account.id);
  if (!linked.some(({ identity }) => identity.id === identityId)) return fail({ code: 'not_found' });
  const now = ports.clock.now();
  const notice = owedNotice(ports, caller, account, 'identity_unlinked');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, now),
    ports.federation.identities.expectOwned(identityId, account.id),
    ports.federation.identities.expectNotLastWayIn(identityId, account.id),
    ports.federation.connections.expectUndemanded(
      { accountId: account.id, domain: domainOf(openEmail(ports, account)), connectionId: null },
      now,
    ),
    ...ports.federation.identities.remove(identityId, now),
    ports.sessions.revokeAll(account.id, session.id, 'factor_changed', now),
    ...notice.writes,
    audited(ports, caller, {
      action: 'identity.unlinked',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'session',
      detail: { identityId },
    }),
  ]);
  if (!done) return fail({ code: 'last_way_in' });
  notice.send();
  return ok(null);
}
