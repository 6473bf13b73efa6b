import { type Connector, ownDoor } from '../connector.ts';
import { checkConnection } from '../http.ts';
import { order, undoAt, undoTasks } from '../remote-operations.ts';
import { fulfilmentRemote } from './remote.ts';
import { FULFILMENT_RESOURCE } from './request.ts';

/** Goods that a partner keeps and sends: in several parcels if need be, made once the last unit has left. */
export const shipGoods: Connector<'fulfilment.ship'> = {
  execute: (call) =>
    order(fulfilmentRemote, FULFILMENT_RESOURCE, call, (id) => ({
      ...call.input,
      callbackUrl: `${call.ports.publicOrigin}/v1/connector-callbacks/${id}`,
    })),
  check: (ports, { connection }) => checkConnection(ports, connection, '/fulfilment-orders'),
  explain: ({ connection, quantity, sku }) => `Has ${connection} send ${quantity} × ${sku}.`,
  undoTasks,
  undo: undoAt(fulfilmentRemote),
  // What was sent is out of everybody's hands.
  ...ownDoor,
};
