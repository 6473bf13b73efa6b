import { HOME } from '#shared/db/store-databases.ts';

/**
 * One isolate's copy of where shards lie. It may be old, at first it is empty: then a fence refuses (`fence.ts`), and the
 * copy is read anew.
 */
export class Directory {
  #places = new Map<number, string>();

  placeOf(shard: number): string {
    return this.#places.get(shard) ?? HOME;
  }

  async readAnew(home: D1Database): Promise<void> {
    const { results } = await home
      .prepare('SELECT shard, database FROM shard_places')
      .all<{ shard: number; database: string }>();
    this.#places = new Map(results.map(({ shard, database }) => [shard, database]));
  }
}
