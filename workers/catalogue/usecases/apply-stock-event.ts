import type { StockEventMessage } from '#shared/contracts/messages.ts';
import { locationLevel } from '../domain/availability.ts';
import type { Ports } from '../ports.ts';

/** Shows what the stock says of a SKU. Late, repeated and unknown ones do no harm. */
export async function applyStockEvent(
  ports: Pick<Ports, 'catalogue' | 'clock'>,
  event: StockEventMessage,
): Promise<void> {
  const { sku, available, availability = null, expectedAt, shards, sequence } = event;
  const locations = event.locations.map((place) => locationLevel(place, event.lowStockThreshold));
  await ports.catalogue.applyStockLevel(
    { sku, available, availability, expectedAt, shards, locations, sequence },
    { requestId: event.requestId, nowMs: ports.clock.now() },
  );
}
