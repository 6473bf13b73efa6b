import { DIRECTORY_SHARDS } from '#objects/order-directory/face.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import { log } from '#shared/observability/log.ts';
import type { Ports } from '../ports.ts';
import { inParallel } from '#shared/domain/in-parallel.ts';

/** A place in the directory: shard after shard, each from its oldest order. */
export interface DirectoryPosition {
  shard: number;
  /** Exclusive. */
  after: string | null;
}
export interface Rebuilt {
  /** Orders whose row is now what their object says. */
  projected: number;
  /** Orders that could not be asked; run it again for these. */
  failed: string[];
  /** Null: every order has been seen. */
  next: DirectoryPosition | null;
}

/** Orders asked at once, so that a rebuild leaves room for buyers. */
const PARALLEL = 8;

/**
 * Writes the rows of some orders anew, from their objects. Safe at any time and twice at once: a row is replaced by the
 * same or a newer version alone, so an order that changes meanwhile keeps its newest.
 */
export async function rebuildProjection(
  ports: Pick<Ports, 'order' | 'directory'>,
  call: CallContext,
  { from, limit }: { from: DirectoryPosition; limit: number },
): Promise<Rebuilt> {
  const { shard, after } = from;
  const ids = await ports.directory(shard, (directory) => directory.page(call, { after, limit }));
  const failed: string[] = [];
  let projected = 0;
  await inParallel(PARALLEL, ids, async (id) => {
    try {
      if (await ports.order(id, (order) => order.project(call))) projected += 1;
    } catch (error) {
      log.error('order not projected', { ...call, orderId: id, error });
      failed.push(id);
    }
  });
  return { projected, failed, next: nextOf(from, ids, limit) };
}

function nextOf(
  { shard }: DirectoryPosition,
  ids: readonly string[],
  limit: number,
): DirectoryPosition | null {
  const last = ids.at(-1);
  if (last !== undefined && ids.length === limit) return { shard, after: last };
  return shard + 1 < DIRECTORY_SHARDS ? { shard: shard + 1, after: null } : null;
}
