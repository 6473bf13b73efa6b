import type { BrokerCredentials } from '#shared/contracts/http/service-brokers.ts';
import { randomBytes, toBase64 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { secretPlace } from '../connectors/http-remote.ts';
import type { Ports } from '../ports.ts';
import type { ConnectionRow } from '../queries/connections.ts';

export type ConnectionError =
  | 'unknown_connection'
  | 'other_kind'
  | 'credentials_needed'
  | { code: 'target_refused'; detail: string };

export interface WantedConnection {
  kind: ConnectionRow['kind'];
  baseUrl: string;
  renewSecret: boolean;
  /** Of a broker: how it knows us. */
  credentials: BrokerCredentials | null;
  by: string;
}

const CONNECTIONS_MAX = 200;

export const connectionView = (row: ConnectionRow) => ({
  handle: row.handle,
  kind: row.kind,
  baseUrl: row.baseUrl,
  status: row.status,
  version: row.version,
  updatedAt: rfc3339(row.updatedAt),
});
export type ConnectionView = ReturnType<typeof connectionView>;

export const listConnections = async (ports: Ports): Promise<ConnectionView[]> =>
  (await ports.registry.connections.list(CONNECTIONS_MAX)).map(connectionView);

/**
 * States where a connection leads. One of plain HTTP gets a secret when it is new or `renewSecret` says so, told this once:
 * both sides sign with it. A broker gives out credentials itself: they are stated here and told to nobody again.
 */
export async function putConnection(
  ports: Ports,
  handle: string,
  wanted: WantedConnection,
): Promise<Result<ConnectionView & { secret: string | null }, ConnectionError>> {
  const refused = await ports.http.refusal(wanted.baseUrl);
  if (refused !== null) return fail({ code: 'target_refused', detail: refused });
  const { connections, brokerPlans } = ports.registry;
  const known = await connections.get(handle);
  if (known !== null && known.kind !== wanted.kind) return fail('other_kind');
  const isBroker = wanted.kind === 'broker';
  if (isBroker ? known === null && wanted.credentials === null : wanted.credentials !== null)
    return fail('credentials_needed');
  const isRenewed = !isBroker && (known === null || wanted.renewSecret);
  const made = isRenewed ? `whsec_${toBase64(randomBytes(32))}` : null;
  const secret = wanted.credentials ?? made;
  const updatedAt = ports.clock.now();
  await connections.put({
    handle,
    kind: wanted.kind,
    baseUrl: wanted.baseUrl,
    sealedSecret: secret === null ? null : await ports.sealer.seal(secret, secretPlace(handle)),
    status: 'active',
    writtenBy: wanted.by,
    updatedAt,
  });
  if (isBroker) await brokerPlans.schedule(handle, updatedAt);
  const now = await connections.get(handle);
  return now === null ? fail('unknown_connection') : ok({ ...connectionView(now), secret: made });
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
    const { baseUrl, kind } = known;
    const updatedAt = ports.clock.now();
    await connections.put({
      handle,
      kind,
      baseUrl,
      sealedSecret: null,
      status: 'archived',
      writtenBy: by,
      updatedAt,
    });
  }
  return ok(null);
}
