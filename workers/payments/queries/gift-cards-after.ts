/** Ids of gift cards after one, in their order. */
export async function giftCardsAfter(database: D1Database, after: string, limit: number): Promise<string[]> {
  const { results } = await database
    .prepare('SELECT id FROM gift_cards WHERE id > ? ORDER BY id LIMIT ?')
    .bind(after, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
