/** Ids of promotions after one, in their order. */
export async function promotionsAfter(database: D1Database, after: string, limit: number): Promise<string[]> {
  const { results } = await database
    .prepare('SELECT id FROM promotions WHERE id > ? ORDER BY id LIMIT ?')
    .bind(after, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
