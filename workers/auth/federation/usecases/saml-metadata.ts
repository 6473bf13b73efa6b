import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts } from '../../ports.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { callbackUrl, metadataUrl } from '../addresses.ts';
import { ourMetadata, readMetadata, type TheirMetadata } from '../saml/metadata.ts';
import { ProviderFault } from '../safe-fetch.ts';
import { entitled, type Manager } from './connections.ts';
import { refusable } from './exchange.ts';

/** What this connection's identity provider is told of us. It holds no secret, and is there before the connection is active. */
export async function metadataOf(ports: AuthPorts, id: string): Promise<Result<string, AuthError>> {
  const connection = await ports.federation.connections.byId(id, ports.clock.now());
  if (connection?.kind !== 'saml') return fail({ code: 'not_found' });
  return ok(ourMetadata(metadataUrl(ports.origin, id), callbackUrl(ports.origin, id)));
}

/** Reads an identity provider's metadata, sent or fetched, into what a connection is made of. Changes nothing. */
export async function importMetadata(
  ports: AuthPorts,
  manager: Manager,
  input: { xml: string } | { url: string },
): Promise<Result<TheirMetadata, AuthError>> {
  const current = await entitled(ports, manager);
  if (!current.ok) return current;
  const { policy, fetched } = ports.federation;
  const read = await refusable(async () => {
    if ('xml' in input) return readMetadata(input.xml, policy);
    const response = await fetched(input.url);
    if (!response.ok) throw new ProviderFault('metadata', `${input.url} answered ${response.status}`);
    return readMetadata(await response.text(), policy);
  });
  if (read.ok) return read;
  const field = 'xml' in input ? '/xml' : '/url';
  return fail({ code: 'connection_refused', field, detail: `cannot be used: ${read.error.detail}` });
}
