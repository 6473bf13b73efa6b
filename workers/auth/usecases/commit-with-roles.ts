import type { AuthPorts } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';

/**
 * Commits what opens or proves a session, with the account as its tokens may tell of it: a change of roles ends the tokens of
 * sessions that are there, so one that was read before the change and is written after it takes the new roles. Null: one of the
 * expectations among `writes` was not met.
 */
export async function commitWithRoles(
  ports: Pick<AuthPorts, 'accounts' | 'commit'>,
  account: AccountRow,
  writes: readonly Write[],
): Promise<AccountRow | null> {
  const { accounts, commit } = ports;
  if (await commit([...writes, accounts.expectRoles(account.id, account.roles)])) return account;
  const present = await accounts.byId(account.id);
  if (present === null || areSame(present.roles, account.roles)) return null;
  const done = await commit([...writes, accounts.expectRoles(account.id, present.roles)]);
  return done ? { ...account, roles: present.roles } : null;
}

const areSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.toSorted().join() === others.toSorted().join();
