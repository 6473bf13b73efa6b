import { newId } from '#shared/ids/ids.ts';
import { identityText } from '../../crypto/identity-index.ts';
import type { AuthPorts } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';
import { sealedIdentity, sealedLabel } from '../addresses.ts';
import type { Asserted } from '../asserted.ts';
import { IDENTITIES_PER_ACCOUNT_MAX, LABEL_CHARACTERS_MAX } from '../limits.ts';
import type { ConnectionRow } from '../queries/connections.ts';
import type { IdentityRow } from '../queries/identities.ts';

/** A new identity of an account: its row, and the writes that add it where nobody has it yet. */
export function identityWrites(
  ports: AuthPorts,
  { connection, asserted, accountId }: { connection: ConnectionRow; asserted: Asserted; accountId: string },
): { row: IdentityRow; writes: Write[] } {
  const id = newId('identity');
  const now = ports.clock.now();
  const row: IdentityRow = {
    id,
    accountId,
    connectionId: connection.id,
    identityIndex: ports.federation.index.current(asserted),
    identitySealed: ports.fields.seal(identityText(asserted), sealedIdentity(id)),
    labelSealed: ports.fields.seal((asserted.email ?? '').slice(0, LABEL_CHARACTERS_MAX), sealedLabel(id)),
    createdAt: now,
    lastUsedAt: now,
  };
  const { identities } = ports.federation;
  const indexes = ports.federation.index.all(asserted);
  return {
    row,
    writes: [
      identities.expectRoom(connection.id, indexes, accountId, IDENTITIES_PER_ACCOUNT_MAX),
      identities.add(row),
    ],
  };
}
