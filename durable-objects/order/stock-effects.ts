import type { CallContext } from '#shared/contracts/call.ts';
import { callObject } from '../lib/namespace.ts';
import type { StockFace, StockShortage, StockTaken } from '../stock/face.ts';
import type { OrderPorts } from './effects.ts';
import { restockedOf } from './machine/after-sale/restock.ts';
import { piecesFrom, positionIndexOf } from './machine/bundles.ts';
import type { OrderDocument, Shortage } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import type { EffectStep, RestockStep } from './machine/intents.ts';

type StockStep = Extract<EffectStep, { step: `stock.${string}` }>;

/** What the order asks of the objects of its SKUs. Each call is idempotent by the order and its lines. */
export async function stockEffect(
  ports: OrderPorts,
  document: OrderDocument,
  step: StockStep,
  call: CallContext,
): Promise<OrderEvent> {
  const { sku } = step;
  const at = (): number => ports.clock.now();
  switch (step.step) {
    case 'stock.hold': {
      const held = await onStock(ports, document, sku, (stock) =>
        stock.hold(call, { ...claimOf(document, sku), expiresAt: step.expiresAt }),
      );
      if (held.ok) return { type: 'stock.held', sku, ...stillToCome(held.value), at: at() };
      return { type: 'stock.refused', shortage: shortage(document, sku, held.error), at: at() };
    }
    case 'stock.commit': {
      const sold = await onStock(ports, document, sku, (stock) => stock.commit(call, claimOf(document, sku)));
      if (sold.ok) return { type: 'stock.committed', sku, ...stillToCome(sold.value), at: at() };
      return { type: 'stock.commit_refused', shortage: shortage(document, sku, sold.error), at: at() };
    }
    case 'stock.return':
      return returnStock(ports, document, step, call);
    case 'stock.restock':
      await restock(ports, document, step, call);
      return { type: 'stock.restocked', reference: step.reference, at: at() };
  }
}

/** The object this order asked first is the one it asks ever after. */
const onStock = <Value>(
  ports: OrderPorts,
  document: OrderDocument,
  sku: string,
  act: (stock: StockFace) => Promise<Value>,
): Promise<Value> => {
  const object = document.stock.find((claim) => claim.sku === sku)?.object ?? sku;
  return callObject(ports.stock, object, act, ports.chance);
};

const stillToCome = ({
  waiting,
  expectedAt,
}: StockTaken): { waiting: string[]; expectedAt: number | null } => ({
  waiting,
  expectedAt,
});

async function returnStock(
  ports: OrderPorts,
  document: OrderDocument,
  { sku, lineIds, object }: Extract<EffectStep, { step: 'stock.return' }>,
  call: CallContext,
): Promise<OrderEvent> {
  const some = lineIds === undefined ? {} : { lineIds };
  const address = object === undefined || object === sku ? addressOf(document, sku) : { sku, object };
  const name = object ?? document.stock.find((claim) => claim.sku === sku)?.object ?? sku;
  const restocked = document.lines.flatMap((line) => {
    const quantity = line.sku === sku ? restockedOf(document, line) : 0;
    return quantity === 0 ? [] : [{ lineId: line.id, quantity }];
  });
  const back = {
    ...address,
    orderId: document.id,
    ...some,
    ...(restocked.length === 0 ? {} : { restocked }),
  };
  await callObject(ports.stock, name, (stock) => stock.giveBack(call, back), ports.chance);
  return { type: 'stock.returned', sku, ...some, at: ports.clock.now() };
}

function claimOf(document: OrderDocument, sku: string) {
  const lines = document.stock.find((claim) => claim.sku === sku)?.lines ?? [];
  return { ...addressOf(document, sku), orderId: document.id, lines };
}

/** A shard is told its name: it knows by it which units are its own. */
function addressOf(document: OrderDocument, sku: string): { sku: string; object?: string } {
  const object = document.stock.find((claim) => claim.sku === sku)?.object;
  return object === undefined || object === sku ? { sku } : { sku, object };
}

function shortage(document: OrderDocument, sku: string, { lineId, available }: StockShortage): Shortage {
  const exact = document.lines.find((line) => line.id === lineId);
  const line = exact ?? document.lines.find((candidate) => candidate.sku === sku);
  const pieces = line === undefined ? available : piecesFrom(document, line, available);
  return { sku, lineIndex: positionIndexOf(document, line?.id ?? ''), available: pieces };
}

/**
 * At the SKU's own object, not at a shard: the units come back to the shop, to where they were taken from. One restock a
 * reference; a location that is no more does not keep them off the shelf.
 */
async function restock(
  ports: OrderPorts,
  { id, number, stock: claims }: OrderDocument,
  { sku, lineId, quantity, reference, location }: RestockStep,
  call: CallContext,
): Promise<void> {
  const taken = { orderId: id, lineId };
  const input = {
    sku,
    quantity,
    key: reference,
    by: id,
    reason: `Came back from order ${number}`,
    takenBy: taken,
  };
  const at = (place: { location?: string }) =>
    callObject(ports.stock, sku, (stock) => stock.restock(call, { ...input, ...place }), ports.chance);
  const { object = sku } = claims.find((claim) => claim.sku === sku) ?? {};
  // What a shard gave the root knows nothing of.
  const from =
    location === undefined && object !== sku
      ? await callObject(ports.stock, object, (shard) => shard.takenAt(call, taken), ports.chance)
      : null;
  const place = location ?? from;
  let done = await at(place === null ? {} : { location: place });
  if (!done.ok && done.error.code === 'location_unknown') done = await at({});
  if (!done.ok) throw new Error(`the stock of ${sku} takes nothing back: ${done.error.code}`);
}
