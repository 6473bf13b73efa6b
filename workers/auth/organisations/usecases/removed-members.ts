import { contextOf } from '../../crypto/sealed-columns.ts';
import { sealedIdentity } from '../../federation/addresses.ts';
import type { AuthPorts } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';

/** Remembers whom an organisation removes: their address, and who they are at its providers. */
export async function removalWrites(
  ports: AuthPorts,
  organisationId: string,
  { accountId, email }: { accountId: string; email: string },
): Promise<Write[]> {
  const linked = await ports.federation.identities.ofOrganisation(accountId, organisationId);
  const identities = linked.map((row) => ({
    text: ports.fields.open(row.identitySealed, sealedIdentity(row.id)),
    index: row.identityIndex,
  }));
  const removedAt = ports.clock.now();
  return (identities.length === 0 ? [null] : identities).map((identity) => {
    const id = crypto.randomUUID();
    const sealed = (text: string, field: string) =>
      ports.fields.seal(text, contextOf({ table: 'removed_members', field }, id));
    return ports.organisations.removed.add({
      id,
      organisationId,
      accountId,
      emailSealed: sealed(email, 'email'),
      emailIndex: ports.emailIndex.current(email),
      identitySealed: identity === null ? null : sealed(identity.text, 'identity'),
      identityIndex: identity?.index ?? null,
      removedAt,
    });
  });
}
