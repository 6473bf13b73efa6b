import type { MoveView } from '#objects/shard-mover/face.ts';
import type { ShardMove, StoreOverview } from '#shared/contracts/http/store.ts';
import { HOME } from '#shared/db/store-databases.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { SHARD_COUNT } from '#shared/ids/shard.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';

export type StoreError =
  | 'unknown_database'
  | 'database_not_migrated'
  | 'database_not_empty'
  | 'shard_there_already'
  | 'shard_under_way'
  | 'unknown_move';

/** Which databases there are, and which shards lie in each. */
export async function readStore(ports: Ports): Promise<StoreOverview> {
  const { places, added } = await ports.registry.shards.overview();
  const placeOf = new Map(places.map(({ shard, database }) => [shard, database]));
  const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);
  return {
    databases: ports.placing.names.map((name) => ({
      name,
      isAdded: name === HOME || added.includes(name),
      shards: shards.filter((shard) => (placeOf.get(shard) ?? HOME) === name),
    })),
  };
}

/** Takes a database in as an empty one that shards may be moved to. Once more changes nothing. */
export async function addDatabase(
  ports: Ports,
  name: string,
  by: string,
): Promise<Result<StoreOverview, StoreError>> {
  const { added } = await ports.registry.shards.overview();
  if (name !== HOME && !added.includes(name)) {
    const fault = await ports.placing.unfitness(name);
    if (fault !== null) return fail(fault);
    await ports.registry.shards.add({ name, by, now: ports.clock.now() });
  }
  return ok(await readStore(ports));
}

export async function startMove(
  ports: Ports,
  { shard, to, by }: { shard: number; to: string; by: string },
): Promise<Result<ShardMove, StoreError>> {
  const { databases } = await readStore(ports);
  if (!databases.some(({ name, isAdded }) => name === to && isAdded)) return fail('unknown_database');
  const move = await ports.placing.mover.start({ id: newId('shardMove'), shard, to, by });
  if (move === 'there_already') return fail('shard_there_already');
  return move === 'under_way' ? fail('shard_under_way') : ok(moveView(move));
}

export async function readMove(ports: Ports, id: string): Promise<Result<ShardMove, StoreError>> {
  const move = await ports.placing.mover.get({ id });
  return move === null ? fail('unknown_move') : ok(moveView(move));
}

/** Newest first. */
export async function listMoves(ports: Ports, before: string | null, limit: number): Promise<ShardMove[]> {
  return (await ports.placing.mover.list({ before, limit })).map(moveView);
}

export async function cancelMove(ports: Ports, id: string): Promise<Result<ShardMove, StoreError>> {
  const move = await ports.placing.mover.cancel({ id });
  return move === null ? fail('unknown_move') : ok(moveView(move));
}

const moveView = ({ requestedAt, endedAt, ...move }: MoveView): ShardMove => ({
  ...move,
  requestedAt: rfc3339(requestedAt),
  endedAt: endedAt === null ? null : rfc3339(endedAt),
});
