import type { AuthPorts } from '../../ports.ts';
import { openEmail } from '../../usecases/emails.ts';

export interface Contact {
  email: string;
  /** Of the account. */
  createdAt: number;
}

/**
 * Whom to write to about what an account ordered; null: nobody. What is an organisation's is told to the person who ordered
 * it while they are in the organisation, to its longest-standing owner afterwards, and where a key ordered it.
 */
export async function contactOf(
  ports: AuthPorts,
  { userId, organisationId }: { userId: string; organisationId: string | null },
): Promise<Contact | null> {
  const accountId =
    organisationId === null ? userId : await ports.organisations.members.writtenTo(organisationId, userId);
  const account = accountId === null ? null : await ports.accounts.byId(accountId);
  if (account?.status !== 'active') return null;
  return { email: openEmail(ports, account), createdAt: account.createdAt };
}
