/** No SKU holds a control character: the name of a shard is never another SKU. */
const SEPARATOR = '\t';

export const shardName = (sku: string, index: number): string => `${sku}${SEPARATOR}${index}`;
/** Which shard an object is; null: the SKU's root. */
export function shardOf(object: string): number | null {
  const index = object.split(SEPARATOR)[1];
  return index === undefined ? null : Number(index);
}

/**
 * The `Stock` object that serves an order: the root, or one of the shards, spread evenly by the order's id. An order keeps
 * the answer; it is right for ever, because a shard that is no longer one still answers for what it gave.
 */
export function stockObjectOf(sku: string, shards: number, orderId: string): string {
  return shards <= 1 ? sku : shardName(sku, fnv1a(orderId) % shards);
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
