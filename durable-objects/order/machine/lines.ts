import type { Delivery } from '#shared/contracts/http/orders.ts';
import type { Line, OrderDocument, StockClaim } from './document.ts';
import { isKept } from './money.ts';

/** The stricter of what the customer wants and what each product demands. */
export const deliveryOf = (wanted: Delivery, lines: readonly Pick<Line, 'delivery'>[]): Delivery =>
  wanted === 'as_ready' && lines.every((line) => line.delivery !== 'together') ? 'as_ready' : 'together';

/** How much of the order the customer has. */
export function fulfilmentOf({ lines }: Pick<OrderDocument, 'lines'>): 'none' | 'partial' | 'complete' {
  const delivered = lines.filter((line) => line.state === 'delivered').length;
  if (delivered === 0) return 'none';
  return delivered === lines.length ? 'complete' : 'partial';
}

/** Made, and nothing else was asked of it yet. */
export const isMadeUnasked = ({ state, released }: Line): boolean => state === 'provisioned' && !released;

/** It is on its way back from the customer, or from where it was made, and nobody has told that it is gone. */
export const isTakenBack = ({ state, revoked }: Line): boolean =>
  state === 'undoing' || (state === 'delivered' && revoked === 'asked');

/** Does something of the order stay with the customer? */
export const isAnyKept = (document: OrderDocument): boolean =>
  document.lines.some((line) => isKept(document, line));

/** Lines of a claim whose units the customer does not get. */
export const unkeptLines = (document: OrderDocument, claim: StockClaim): string[] =>
  claim.lines
    .map(({ lineId }) => lineId)
    .filter((lineId) => document.lines.every((line) => line.id !== lineId || !isKept(document, line)));

/** Nothing is held or taken for a line the customer does not get. */
export const isStockReturned = (document: OrderDocument): boolean =>
  document.stock.every(
    (claim) =>
      claim.state === 'returned' ||
      (unkeptLines(document, claim).length < claim.lines.length &&
        unkeptLines(document, claim).every((lineId) => claim.returnedLines.includes(lineId))),
  );
