import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { openEmail } from '../../usecases/emails.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { owedNotice } from '../../usecases/send-mail.ts';
import type { Asserted } from '../asserted.ts';
import type { ConnectionRow } from '../queries/connections.ts';
import type { LinkedIdentity } from '../queries/identities.ts';
import type { FederationRequest } from '../queries/requests.ts';
import { identityWrites } from './identity-writes.ts';
import { isBeyond, joining, standingOf } from './organisation-members.ts';
import { linkingSession } from './start.ts';

/**
 * Adds an identity to the account that asked for it, in the very session it asked in, which must still be fresh: both
 * sides were signed in to a moment ago. One that is somebody's already stays theirs.
 */
export async function linkIdentity(
  ports: AuthPorts,
  caller: Caller,
  visitor: Actor | null,
  proven: { connection: ConnectionRow; request: FederationRequest; asserted: Asserted },
): Promise<Result<LinkedIdentity, AuthError>> {
  const { connection, request, asserted } = proven;
  const current = await linkingSession(ports, visitor);
  if (!current.ok) return current;
  const { account, session } = current.value;
  if (session.id !== request.sessionId || account.id !== request.accountId) {
    return fail({ code: 'challenge_spent' });
  }
  const standing = await standingOf(ports, connection, account);
  if (isBeyond(standing)) return fail({ code: 'federation_account', reason: standing });
  const added = identityWrites(ports, { connection, asserted, accountId: account.id });
  const who = { id: account.id, email: openEmail(ports, account) };
  const notice = owedNotice(ports, caller, account, 'identity_linked');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, ports.clock.now()),
    ports.federation.connections.expectOpen(connection.id, ports.clock.now()),
    ...added.writes,
    ...(standing === 'newcomer' ? await joining(ports, caller, { connection, asserted, account: who }) : []),
    ...notice.writes,
    audited(ports, caller, {
      action: 'identity.linked',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'federation',
      detail: { connectionId: connection.id, identityId: added.row.id },
    }),
  ]);
  if (!done) return fail({ code: 'identity_not_linked' });
  notice.send();
  return ok({ identity: added.row, connection });
}
