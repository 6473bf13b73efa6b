import type { Connection, Identity } from '#shared/contracts/http/federation.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { AuthPorts } from '../../ports.ts';
import { callbackUrl, metadataUrl } from '../addresses.ts';
import type { ConnectionRow, Provider } from '../queries/connections.ts';
import type { LinkedIdentity } from '../queries/identities.ts';
import { labelOf } from '../usecases/identities.ts';

/** Never with the secret. */
export const connectionBody = (
  { origin }: AuthPorts,
  { id, organisationId, kind, name, status, listed, domains, settings, version, ...row }: ConnectionRow,
): Connection => ({
  id,
  organisationId,
  kind,
  name,
  status,
  listed,
  domains,
  settings,
  version,
  hasSecret: row.secretSealed !== null,
  ours: {
    callbackUrl: callbackUrl(origin, id),
    metadataUrl: kind === 'saml' ? metadataUrl(origin, id) : null,
  },
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
});

/** What everybody may see of a connection. */
export const providerBody = ({ id, name, kind }: Provider) => ({ id, name, kind });

export const identityBody = (ports: AuthPorts, linked: LinkedIdentity): Identity => ({
  id: linked.identity.id,
  connection: providerBody(linked.connection),
  label: labelOf(ports, linked),
  createdAt: rfc3339(linked.identity.createdAt),
  lastUsedAt: rfc3339(linked.identity.lastUsedAt),
});
