import type { Delivery } from '#shared/contracts/http/orders.ts';
import type { Line, OrderDocument } from './document.ts';

/** The stricter of what the customer wants and what each product demands. */
export const deliveryOf = (wanted: Delivery, lines: readonly Pick<Line, 'delivery'>[]): Delivery =>
  wanted === 'as_ready' && lines.every((line) => line.delivery !== 'together') ? 'as_ready' : 'together';

/** How much of the order the customer has. */
export function fulfilmentOf({ lines }: Pick<OrderDocument, 'lines'>): 'none' | 'partial' | 'complete' {
  const delivered = lines.filter((line) => line.state === 'delivered').length;
  if (delivered === 0) return 'none';
  return delivered === lines.length ? 'complete' : 'partial';
}
