import { brokerCredentialsSchema } from '#shared/contracts/http/service-brokers.ts';
import type { BrokerPlace } from '../../adapters/broker-api.ts';
import type { Ports } from '../../ports.ts';
import { secretPlace } from '../http-remote.ts';

/** Where a broker is and how it knows us. Also of an archived connection: what was ordered there can be removed. */
export async function brokerPlace(ports: Ports, connection: string): Promise<BrokerPlace> {
  const found = await ports.registry.connections.get(connection);
  if (found?.kind !== 'broker') throw new Error(`there is no broker ${connection}`);
  const credentials = brokerCredentialsSchema.parse(
    await ports.sealer.open(found.sealedSecret, secretPlace(connection)),
  );
  return { connection, baseUrl: found.baseUrl, credentials };
}
