import type { OperationRow } from '../queries/operations.ts';
import { brokerRemote } from './broker/remote.ts';
import { BROKER_RESOURCES } from './broker/requests.ts';
import { fulfilmentRemote } from './fulfilment/remote.ts';
import { FULFILMENT_RESOURCE } from './fulfilment/request.ts';
import { HTTP_RESOURCE, httpRemote } from './http-remote.ts';
import { MAIL_RESOURCE, mailRemote } from './mail.ts';
import { partnerRemote } from './partner-remote.ts';
import { queueRemote } from './queue/remote.ts';
import { QUEUE_RESOURCE } from './queue/request.ts';
import type { Remote } from './remote.ts';

const REMOTES: Readonly<Record<string, Remote>> = {
  [HTTP_RESOURCE]: httpRemote,
  [BROKER_RESOURCES.instance]: brokerRemote,
  [BROKER_RESOURCES.binding]: brokerRemote,
  [FULFILMENT_RESOURCE]: fulfilmentRemote,
  [QUEUE_RESOURCE]: queueRemote,
  [MAIL_RESOURCE]: mailRemote,
  services: partnerRemote,
  shipments: partnerRemote,
};

/** Where an operation was ordered, by its `resource`. */
export function remoteOf({ resource }: Pick<OperationRow, 'resource'>): Remote {
  const remote = REMOTES[resource];
  if (remote === undefined) throw new Error(`nobody provides ${resource}`);
  return remote;
}
