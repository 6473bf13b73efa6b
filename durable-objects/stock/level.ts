import type { StockLevel, StockLocation } from '#shared/contracts/http/stock.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { beyond } from './lease.ts';
import type { ShardRow } from './lease-storage.ts';
import { availableOf, heldOf, onHandOf, type Place, type Shelf, sumOf } from './machine.ts';
import type { LevelRow } from './storage.ts';

/**
 * The units at a shard as far as the root knows: what it reported, and what was lent since. Pure.
 */
export function shelfOfShard({ granted, report }: Pick<ShardRow, 'granted' | 'report'>): Shelf {
  const places = new Map<string, Place>(
    report.places.map((place) => [place.code, { ...place, priority: 0 }]),
  );
  for (const [code, count] of Object.entries(beyond(report.granted, granted))) {
    const place = places.get(code) ?? { code, priority: 0, onHand: 0, held: 0 };
    places.set(code, { ...place, onHand: place.onHand + count });
  }
  return [...places.values()];
}

/** The level of a SKU over its root and all shards, as the API shows it. Pure. */
export function publicLevel(
  level: LevelRow,
  shelf: Shelf,
  backordered: number,
  shards: readonly ShardRow[],
): StockLevel {
  const { settings } = level;
  const lent = shards.map((row) => ({ row, shelf: shelfOfShard(row) }));
  const shelves = [shelf, ...lent.map((shard) => shard.shelf)];
  const total = (of: (shelf: Shelf) => number): number => shelves.reduce((sum, each) => sum + of(each), 0);
  const available = total(availableOf);
  return {
    sku: level.sku,
    onHand: total(onHandOf),
    held: total(heldOf),
    available,
    availability: availabilityOf(
      available,
      settings.lowStockThreshold,
      settings.backorderLimit - backordered,
    ),
    lowStockThreshold: settings.lowStockThreshold,
    backorder: {
      limit: settings.backorderLimit,
      open: backordered,
      expectedAt: settings.backorderExpectedAt === null ? null : rfc3339(settings.backorderExpectedAt),
    },
    locations: shelf.map((place) =>
      locationOf(
        place,
        lent.flatMap((shard) => shard.shelf),
      ),
    ),
    shards: lent
      .filter(({ row, shelf: lentShelf }) => row.shard < settings.shards || onHandOf(lentShelf) > 0)
      .map(({ row, shelf: lentShelf }) => ({
        index: row.shard,
        onHand: onHandOf(lentShelf),
        held: heldOf(lentShelf),
        reportedAt: row.report.at === 0 ? null : rfc3339(row.report.at),
      })),
    version: level.version,
    sequence: level.sequence,
  };
}

function availabilityOf(available: number, threshold: number, room: number): StockLevel['availability'] {
  if (available === 0) return room > 0 ? 'backorder' : 'out_of_stock';
  return available <= threshold ? 'low_stock' : 'in_stock';
}

function locationOf({ code, priority, onHand, held }: Place, lent: readonly Place[]): StockLocation {
  const there = lent.filter((place) => place.code === code);
  const all = {
    onHand: onHand + sumOf(Object.fromEntries(there.map((place, index) => [index, place.onHand]))),
    held: held + sumOf(Object.fromEntries(there.map((place, index) => [index, place.held]))),
  };
  return { code, priority, ...all, available: Math.max(0, all.onHand - all.held) };
}
