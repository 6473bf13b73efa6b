/** Where shards lie, and what databases they may be moved to. */
export const shardQueries = (database: D1Database) => ({
  async overview(): Promise<{ places: { shard: number; database: string }[]; added: string[] }> {
    const [places, added] = await database.batch([
      database.prepare('SELECT shard, database FROM shard_places ORDER BY shard'),
      database.prepare('SELECT binding FROM store_databases ORDER BY binding'),
    ]);
    return {
      places: (places?.results ?? []) as { shard: number; database: string }[],
      added: ((added?.results ?? []) as { binding: string }[]).map(({ binding }) => binding),
    };
  },

  async add({ name, by, now }: { name: string; by: string; now: number }): Promise<void> {
    await database
      .prepare(
        'INSERT INTO store_databases (binding, added_by, added_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .bind(name, by, now)
      .run();
  },
});
