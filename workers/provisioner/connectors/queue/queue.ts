import { type Connector, ownDoor } from '../connector.ts';
import { checkConnection } from '../http.ts';
import { order, undoAt, undoTasks } from '../remote-operations.ts';
import { queueRemote } from './remote.ts';
import { QUEUE_RESOURCE } from './request.ts';

/** A message to whoever consumes it, delivered at least once and cancelled when the line is undone. */
export const publishMessage: Connector<'queue.publish'> = {
  execute: (call) =>
    order(queueRemote, QUEUE_RESOURCE, call, (id) => ({
      ...call.input,
      instanceId: call.instance.id,
      callbackUrl: `${call.ports.publicOrigin}/v1/connector-callbacks/${id}`,
    })),
  async check(ports, { via, connection }) {
    if (via === 'own' && ports.ownMessages === null)
      return [{ isObstacle: true, text: 'No queue is bound as PARTNER_MESSAGES.' }];
    if (via === 'own') return [];
    if (connection === null) return [{ isObstacle: true, text: 'It names no connection.' }];
    return checkConnection(ports, connection, '/messages');
  },
  explain: ({ connection, topic }) =>
    connection === null ? `Queues ${topic} for a consumer of ours.` : `Queues ${topic} for ${connection}.`,
  undoTasks,
  undo: undoAt(queueRemote),
  ...ownDoor,
};
