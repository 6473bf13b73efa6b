import { randomBytes, toBase64 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { secretPlace } from '../connectors/http-remote.ts';
import type { Ports } from '../ports.ts';
import type { ConnectionRow } from '../queries/connections.ts';

export type ConnectionError = 'unknown_connection' | { code: 'target_refused'; detail: string };

const CONNECTIONS_MAX = 200;

export const connectionView = (row: ConnectionRow) => ({
  handle: row.handle,
  baseUrl: row.baseUrl,
  status: row.status,
  version: row.version,
  updatedAt: rfc3339(row.updatedAt),
});
export type ConnectionView = ReturnType<typeof connectionView>;

export const listConnections = async (ports: Ports): Promise<ConnectionView[]> =>
  (await ports.registry.connections.list(CONNECTIONS_MAX)).map(connectionView);

/**
 * States where a connection leads. Its secret is made when it is new or `renewSecret` says so, and told this once: both
 * sides sign with it.
 */
export async function putConnection(
  ports: Ports,
  handle: string,
  wanted: { baseUrl: string; renewSecret: boolean; by: string },
): Promise<Result<ConnectionView & { secret: string | null }, ConnectionError>> {
  const refused = await ports.http.refusal(wanted.baseUrl);
  if (refused !== null) return fail({ code: 'target_refused', detail: refused });
  const { connections } = ports.registry;
  const known = await connections.get(handle);
  const secret = known === null || wanted.renewSecret ? `whsec_${toBase64(randomBytes(32))}` : null;
  await connections.put({
    handle,
    baseUrl: wanted.baseUrl,
    sealedSecret: secret === null ? null : await ports.sealer.seal(secret, secretPlace(handle)),
    status: 'active',
    writtenBy: wanted.by,
    updatedAt: ports.clock.now(),
  });
  const now = await connections.get(handle);
  return now === null ? fail('unknown_connection') : ok({ ...connectionView(now), secret });
}

/** No new call goes there; what was ordered before can still be asked about and removed. Safe to repeat. */
export async function archiveConnection(
  ports: Ports,
  handle: string,
  by: string,
): Promise<Result<null, ConnectionError>> {
  const { connections } = ports.registry;
  const known = await connections.get(handle);
  if (known === null) return fail('unknown_connection');
  if (known.status === 'active') {
    const { baseUrl } = known;
    const updatedAt = ports.clock.now();
    await connections.put({
      handle,
      baseUrl,
      sealedSecret: null,
      status: 'archived',
      writtenBy: by,
      updatedAt,
    });
  }
  return ok(null);
}
