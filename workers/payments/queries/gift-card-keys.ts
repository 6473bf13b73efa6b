import type { RowsByKey } from '#shared/crypto/keys-in-use.ts';

/** Cards that still need the key their code was made with: whoever has the code finds them by it alone. */
export interface GiftCardsByKey {
  /** Something can be spent or is held; or it is being made, and its object told nothing yet. */
  withBalance: RowsByKey[];
  /**
   * Nothing is on it, and money that left it comes back when an order is refunded, or its own refund fails. One whose
   * entries are not all told yet, so that they do not add up to nothing, is taken for such a card.
   */
  spent: RowsByKey[];
}

/**
 * Counts in one transaction, so that no card is between the two. A card is in the table before anybody has its code, and
 * news that are late are of a card that is counted: none is missed. Reads whole tables: for an administrator.
 */
export async function giftCardsByKey(database: D1Database): Promise<GiftCardsByKey> {
  const [withBalance, spent] = await database.batch<RowsByKey>([
    database.prepare(
      `SELECT code_key AS keyId, count(*) AS rows FROM gift_cards
       WHERE balance > 0 OR held > 0 OR (version = 0 AND issue_key NOT IN
         (SELECT issue_key FROM gift_card_issues WHERE withdrawn_at IS NOT NULL)) GROUP BY 1 ORDER BY 1`,
    ),
    database.prepare(
      `SELECT code_key AS keyId, count(*) AS rows FROM gift_cards
       WHERE version > 0 AND balance = 0 AND held = 0 AND id IN
         (SELECT card_id FROM gift_card_entries GROUP BY card_id HAVING sum(amount) <> 0 OR
          sum(iif(kind IN ('debited', 'credited', 'reclaimed', 'restored'), amount, 0)) < 0) GROUP BY 1 ORDER BY 1`,
    ),
  ]);
  return { withBalance: withBalance?.results ?? [], spent: spent?.results ?? [] };
}
