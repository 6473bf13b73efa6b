import type { Ports } from '../ports.ts';
import type { Connector, Finding } from './connector.ts';
import { ownDoor } from './connector.ts';
import { HTTP_RESOURCE, httpRemote } from './http-remote.ts';
import { order, undoAt, undoTasks } from './remote-operations.ts';

/** Any partner that can be spoken to by one signed request and, if need be, a call-back or asking again. */
export const httpCall: Connector<'http.call'> = {
  execute: (call) =>
    order(httpRemote, HTTP_RESOURCE, call, (id) => ({
      ...call.input,
      answer: call.answer,
      callbackUrl: `${call.ports.publicOrigin}/v1/connector-callbacks/${id}`,
    })),
  check: (ports, { connection, path }) => checkConnection(ports, connection, path),
  explain: ({ connection, path, completion }) => `Sends POST ${path} to ${connection}${ENDS[completion]}`,
  undoTasks,
  undo: undoAt(httpRemote),
  // What runs at such a partner is its own business: our door is what can be shut.
  ...ownDoor,
};

/** Whether a step could call there now, without calling. */
export async function checkConnection(ports: Ports, connection: string, path: string): Promise<Finding[]> {
  const found = await ports.registry.connections.get(connection);
  if (found?.kind !== 'http' || found.status === 'archived')
    return [{ isObstacle: true, text: `There is no connection ${connection}.` }];
  const refused = await ports.http.refusal(found.baseUrl.replace(/\/$/, '') + path);
  return [
    ...(refused === null ? [] : [{ isObstacle: true, text: `The address of ${connection} ${refused}.` }]),
    ...(await ports.gates.findings(`http:${connection}`)),
  ];
}

const ENDS = {
  answer: '; its answer is the end.',
  callback: ' and waits for its call-back.',
  poll: ' and asks until it has ended.',
};
