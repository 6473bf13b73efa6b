import type { CatalogueEventMessage } from '#shared/contracts/messages.ts';
import { type CloudEvent, orderEventMessageSchema } from '#shared/contracts/order-events.ts';
import { consumeEach } from '#shared/queues/consume.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';

type FanOutPorts = Pick<Ports, 'endpoint' | 'endpoints'>;

/** Hands each public event of a batch to every endpoint that wants it. */
export async function fanOut(ports: FanOutPorts, batch: MessageBatch): Promise<void> {
  const publish = publisher(ports);
  await consumeEach('purchase', batch, orderEventMessageSchema, ({ requestId, event }) =>
    publish(requestId, event),
  );
}

/**
 * For the events of one batch: one look at the directory for all of them. An endpoint takes an event once, so a message
 * that comes again after a failure in the middle reaches only those it missed.
 */
export function publisher(ports: FanOutPorts): (requestId: string, event: CloudEvent) => Promise<void> {
  let subscribers: ReturnType<Ports['endpoints']['subscribers']> | undefined;
  return async (requestId, event) => {
    const known = await (subscribers ??= ports.endpoints.subscribers());
    const wanting = known.filter(({ eventTypes }) =>
      eventTypes.some((type) => type === '*' || type === event.type),
    );
    await Promise.all(
      wanting.map(({ id }) => ports.endpoint(id, (endpoint) => endpoint.deliver({ requestId }, event))),
    );
  };
}

type CatalogueChange = Exclude<CatalogueEventMessage, { type: 'stock.declared' }>;

/** A change of the catalogue as it leaves the shop; the same event however often its message comes. */
export function catalogueEvent(change: CatalogueChange, publicOrigin: string): CloudEvent {
  const { type, version, status, at, sequence } = change;
  const [subject, path, data] =
    change.type === 'price_list.updated'
      ? [change.priceListId, 'price-lists', { priceList: { id: change.priceListId, version, status } }]
      : [change.productId, 'products', { product: { id: change.productId, version, status } }];
  return {
    specversion: '1.0',
    id: `${subject}:${sequence}`,
    source: `${publicOrigin}/v1/${path}`,
    type,
    subject,
    time: rfc3339(at),
    sequence,
    datacontenttype: 'application/json',
    data,
  };
}
