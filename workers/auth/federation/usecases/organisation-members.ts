import type { AuthPorts, Caller } from '../../ports.ts';
import type { AccountRow } from '../../queries/accounts.ts';
import type { Write } from '../../queries/commit.ts';
import { MEMBERS_MAX, MEMBERSHIPS_MAX } from '../../organisations/limits.ts';
import { audited } from '../../usecases/audit.ts';
import { isStaff } from '../../usecases/proof.ts';
import type { Asserted } from '../asserted.ts';
import { provenEmail } from '../proven-email.ts';
import type { ConnectionRow } from '../queries/connections.ts';

/** `removed`: was made to leave, and nobody invited them back. */
type Standing = 'newcomer' | 'removed' | 'member' | 'owner' | 'staff';

/** What an account is to the organisation whose connection this is. */
export async function standingOf(
  ports: AuthPorts,
  { organisationId }: ConnectionRow,
  account: AccountRow,
): Promise<Standing> {
  if (organisationId === null) return 'newcomer';
  if (isStaff(account)) return 'staff';
  const membership = await ports.organisations.membership(organisationId, account.id);
  if (membership === null) {
    const wasRemoved = await ports.organisations.members.wasRemoved(organisationId, account.id);
    return wasRemoved ? 'removed' : 'newcomer';
  }
  return membership.role === 'owner' ? 'owner' : 'member';
}

/**
 * Whoever administers an organisation can make its provider say anything. So it opens neither the accounts of its owners,
 * whom administrators may not become, nor those of staff.
 */
export const isBeyond = (standing: Standing): standing is 'owner' | 'staff' =>
  standing === 'owner' || standing === 'staff';

/**
 * Makes whoever an organisation's provider names for the first time a member, where it is set to; else nothing. Only then:
 * somebody who was removed comes back neither by signing in nor by linking the provider once more, as whichever account, before
 * they are invited.
 */
export async function joining(
  ports: AuthPorts,
  caller: Caller,
  { connection, asserted, account }: { connection: ConnectionRow; asserted: Asserted; account: Joining },
): Promise<Write[]> {
  const { id, organisationId, settings } = connection;
  const role = settings.joinAs ?? null;
  if (organisationId === null || role === null) return [];
  const emails = [account.email, provenEmail(connection, asserted)].filter((email) => email !== null);
  const names = {
    emails: emails.flatMap((email) => ports.emailIndex.all(email)),
    identities: ports.federation.index.all(asserted),
  };
  if (await ports.organisations.removed.has(organisationId, names)) return [];
  const place = { organisationId, accountId: account.id };
  const { members } = ports.organisations;
  return [
    members.expectRoom(place, { members: MEMBERS_MAX, memberships: MEMBERSHIPS_MAX }),
    members.expectNone(organisationId, account.id),
    members.add({ ...place, role, joinedAt: ports.clock.now() }),
    audited(ports, caller, {
      action: 'organisation.joined',
      outcome: 'success',
      actorId: account.id,
      subject: account.id,
      factor: 'federation',
      detail: { organisationId, connectionId: id, role },
    }),
  ];
}

interface Joining {
  id: string;
  email: string;
}
