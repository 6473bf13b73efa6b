import type { AfterSaleWish } from '#objects/order/after-sale.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import { askAfterSale, lookAfterSale } from './after-sale.ts';
import type { Asker } from './read-order.ts';

/** Units of a line that go on the shelf; `pointer` names them in the request. */
export interface PutBack {
  lineId: string;
  location?: string | undefined;
  pointer: string;
}

/**
 * Grants a wish that puts units back on the shelf. A location that their SKU does not have is refused before anything is
 * granted; one that is closed afterwards does not keep them off the shelf.
 */
export async function askToPutBack(
  ports: Pick<Ports, 'order' | 'stock'>,
  call: CallContext,
  asker: Asker,
  {
    units,
    wish,
    fingerprinted = wish,
    ...of
  }: {
    orderId: string;
    key: string;
    wish: AfterSaleWish;
    units: readonly PutBack[];
    /** What the key stands for, where the wish holds more than was asked. */
    fingerprinted?: unknown;
  },
): Promise<Result<{ order: Order; replayed: boolean }, PurchaseError>> {
  const asked = { ...of, wish, fingerprinted };
  if (units.some(({ location }) => location !== undefined)) {
    const known = await lookAfterSale(ports, call, asker, asked);
    if (!known.ok || known.value.replayed) return known;
    const refusals = await misplaced(ports, call, known.value.order, units);
    if (refusals.length > 0) return fail({ code: 'refused', refusals, replayed: false });
  }
  return askAfterSale(ports, call, asker, asked);
}

async function misplaced(
  ports: Pick<Ports, 'stock'>,
  call: CallContext,
  { lines }: Order,
  units: readonly PutBack[],
): Promise<{ pointer: string; detail: string }[]> {
  const named = units.flatMap(({ lineId, location, pointer }) =>
    location === undefined
      ? []
      : lines
          .filter(({ id, bundleId }) => id === lineId || bundleId === lineId)
          .map(({ sku }) => ({ sku, location, pointer })),
  );
  const skus = [...new Set(named.map(({ sku }) => sku))];
  const levels = await Promise.all(skus.map((sku) => ports.stock(sku, (stock) => stock.level(call))));
  return named.flatMap(({ sku, location, pointer }) => {
    const level = levels[skus.indexOf(sku)] ?? null;
    // Whether it has stock at all is the order's question.
    if (level === null || level.locations.some(({ code }) => code === location)) return [];
    return [{ pointer: `${pointer}/location`, detail: 'is not a location of this SKU' }];
  });
}
