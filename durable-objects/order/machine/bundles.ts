import type { Bundle, Line, OrderDocument, PositionIds } from './document.ts';

/*
 * A bundle is one position of the order for whoever buys, changes or cancels it; for stock, provisioning and money it is the
 * lines it is made of. Pure.
 */

/** Why a part is not changed or cancelled by itself. */
export const PART_OF_BUNDLE = 'is a part of a bundle: name the bundle, which stays whole';

type Sold = Pick<OrderDocument, 'lines' | 'bundles'>;

/** What was sold as one, and the names of all lines. */
export function keepPositions(
  draft: OrderDocument,
  { bundles = [], lineIds = draft.lineIds }: { bundles?: Bundle[]; lineIds?: PositionIds[] },
): void {
  if (bundles.length > 0) draft.bundles = bundles;
  else delete draft.bundles;
  draft.lineIds = lineIds;
}

/** What was asked for as one: a line, or a bundle with its lines. */
export type Position =
  | { id: string; bundle: null; lines: [Line] }
  | { id: string; bundle: Bundle; lines: Line[] };

/** In the order of the lines; the lines of a bundle stand together. */
export function positionsOf({ lines, bundles = [] }: Sold): Position[] {
  const positions: Position[] = [];
  for (const line of lines) {
    const bundle = bundles.find(({ id }) => id === line.bundleId);
    const last = positions.at(-1);
    if (bundle === undefined) positions.push({ id: line.id, bundle: null, lines: [line] });
    else if (last?.id === bundle.id && last.bundle !== null) last.lines.push(line);
    else positions.push({ id: bundle.id, bundle, lines: [line] });
  }
  return positions;
}

/** The lines a name stands for: a line, or all of a bundle. */
export const linesNamed = ({ lines }: Sold, id: string): Line[] =>
  lines.filter((line) => line.id === id || line.bundleId === id);

/** What the customer said of a bundle when it was asked for. */
export const customisationOf = (
  { request, lineIds }: Pick<OrderDocument, 'request' | 'lineIds'>,
  { id }: Bundle,
): Record<string, unknown> => request.lines[positionIndexOf({ lineIds }, id)]?.customisation ?? {};

/** Units of lines, a bundle's as those of its parts: `index` is where they were named. */
export function unitsNamed(
  { lines, bundles = [] }: Sold,
  wanted: readonly { lineId: string; quantity: number }[],
): { lineId: string; quantity: number; index: number }[] {
  return wanted.flatMap(({ lineId, quantity }, index) => {
    const bundle = bundles.find(({ id }) => id === lineId);
    if (bundle === undefined) return [{ lineId, quantity, index }];
    return lines
      .filter(({ bundleId }) => bundleId === lineId)
      .map((part) => ({ lineId: part.id, quantity: (quantity * part.quantity) / bundle.quantity, index }));
  });
}

/** Which of the positions asked for a line or bundle belongs to; the first where nobody knows. */
export const positionIndexOf = ({ lineIds }: { lineIds: readonly PositionIds[] }, id: string): number =>
  Math.max(
    0,
    lineIds.findIndex(({ lineId, parts = [] }) => lineId === id || parts.some((part) => part.lineId === id)),
  );

/** How many of a line's position so many of its units make: of a bundle whole ones. */
export function piecesFrom({ bundles = [] }: Pick<Sold, 'bundles'>, line: Line, units: number): number {
  const bundle = bundles.find(({ id }) => id === line.bundleId);
  return bundle === undefined ? units : Math.floor((units * bundle.quantity) / line.quantity);
}
