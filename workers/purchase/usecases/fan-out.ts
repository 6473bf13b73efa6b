import { orderEventMessageSchema } from '#shared/contracts/order-events.ts';
import { consumeEach } from '#shared/queues/consume.ts';
import type { Ports } from '../ports.ts';

/**
 * Hands each public event of a batch to every endpoint that wants it. One look at the directory a batch; an endpoint
 * takes an event once, so a message that comes again after a failure in the middle reaches only those it missed.
 */
export async function fanOut(
  ports: Pick<Ports, 'endpoint' | 'endpoints'>,
  batch: MessageBatch,
): Promise<void> {
  let subscribers: ReturnType<Ports['endpoints']['subscribers']> | undefined;
  await consumeEach('purchase', batch, orderEventMessageSchema, async ({ requestId, event }) => {
    const known = await (subscribers ??= ports.endpoints.subscribers());
    const wanting = known.filter(({ eventTypes }) =>
      eventTypes.some((type) => type === '*' || type === event.type),
    );
    await Promise.all(
      wanting.map(({ id }) => ports.endpoint(id, (endpoint) => endpoint.deliver({ requestId }, event))),
    );
  });
}
