import { type IdKind, newId } from './ids.ts';

/**
 * Everything a customer owns lies in one logical shard. Ids are random at their end, so the last two hex digits of the
 * customer's id spread customers evenly; what is made for a customer takes them over, so that its id alone tells where it
 * lies. Fixed for ever: rows are found by it.
 */
export const SHARD_COUNT = 256;

/** The shard an id names, 0 to 255. Of a customer it is the truth; of a row it is where it was made. */
export function shardOf(id: string): number {
  const shard = Number.parseInt(labelOf(id), 16);
  if (Number.isNaN(shard)) throw new RangeError('an id ends in hex digits');
  return shard;
}

/** The last two digits of an id, as SQL sees them: `substr(id, -2)`. */
export const labelOf = (id: string): string => id.slice(-2);
export const labelOfShard = (shard: number): string => shard.toString(16).padStart(2, '0');

/** The same id in the shard of another. */
export const idBeside = (id: string, other: string): string => id.slice(0, -2) + labelOf(other);

/** A new id that names the shard of another, e.g. of its customer or its instance. */
export const newIdBeside = (kind: IdKind, other: string): string => idBeside(newId(kind), other);
