import type { Line, OrderDocument } from '../document.ts';
import type { RestockStep } from '../intents.ts';
import type { Units } from './events.ts';

/** Units of a line that are on the shelf again, or on their way there: they go back once. */
export const restockedOf = ({ returns }: Pick<OrderDocument, 'returns'>, line: Line): number =>
  line.restocked ??
  returns
    .flatMap(({ restocked }) => restocked)
    .filter(({ lineId }) => lineId === line.id)
    .reduce((sum, { quantity }) => sum + quantity, 0);

export const restockableOf = (document: Pick<OrderDocument, 'returns'>, line: Line): number =>
  line.stockTracked ? Math.max(0, line.quantity - restockedOf(document, line)) : 0;

export const restockSteps = (
  { lines }: Pick<OrderDocument, 'lines'>,
  reference: string,
  units: readonly Units[],
): RestockStep[] =>
  units.flatMap(({ lineId, quantity, location }) => {
    const line = lines.find(({ id }) => id === lineId);
    if (line === undefined || quantity === 0) return [];
    const at = location === undefined ? {} : { location };
    return [
      { step: 'stock.restock', sku: line.sku, lineId, quantity, reference: `${reference}:${lineId}`, ...at },
    ];
  });
