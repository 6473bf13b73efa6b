import type { GiftCardState } from '#shared/contracts/gift-cards.ts';
import type { Currency } from '#shared/money/money.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { ToldCard } from './engine.ts';

/** A card as lists show it. Times are epoch milliseconds, amounts minor units. */
export interface ListedCard {
  id: string;
  ending: string;
  orderId: string | null;
  byId: string | null;
  reason: string;
  currency: Currency;
  value: number;
  createdAt: number;
  state: GiftCardState;
  balance: number;
  held: number;
  expiresAt: number | null;
}
export type NewCard = Pick<
  ListedCard,
  'id' | 'ending' | 'orderId' | 'byId' | 'reason' | 'currency' | 'value' | 'createdAt'
> & { issueKey: string; codeHash: string; codeKey: string; customerId: string | null };

/** What is asked for under a key. */
export interface Issue {
  quantity: number;
  fingerprint: string;
  withdrawnAt: number | null;
}

/** Instead of the digest of what an erased person asked for. */
const ERASED_WISH = 'erased';

const LISTED = `SELECT id, ending, order_id AS orderId, by_id AS byId, reason, currency, value, created_at AS createdAt,
  state, balance, held, expires_at AS expiresAt FROM gift_cards`;

/** Tables of `PAYMENTS_DB`, which find cards and list them. */
export const giftCardDirectory = (database: D1Database) => ({
  /** Writes down what is asked for, unless something was under this key before: that stands. */
  async begin(
    key: string,
    { quantity, fingerprint, now }: { quantity: number; fingerprint: string; now: number },
  ): Promise<Issue> {
    await database
      .prepare('INSERT INTO gift_card_issues VALUES (?, ?, ?, NULL, ?) ON CONFLICT DO NOTHING')
      .bind(key, quantity, fingerprint, now)
      .run();
    const issue = await this.issue(key);
    if (issue === null) throw new Error('an issue of gift cards was not kept');
    return issue;
  },

  async issue(key: string): Promise<Issue | null> {
    return database
      .prepare(
        'SELECT quantity, fingerprint, withdrawn_at AS withdrawnAt FROM gift_card_issues WHERE issue_key = ?',
      )
      .bind(key)
      .first<Issue>();
  },

  /** From now on none is made under this key. Answers with how many may have been. */
  async withdraw(key: string, now: number): Promise<number> {
    const row = await database
      .prepare(
        `INSERT INTO gift_card_issues VALUES (?1, 0, '', ?2, ?2)
         ON CONFLICT (issue_key) DO UPDATE SET withdrawn_at = coalesce(withdrawn_at, ?2) RETURNING quantity`,
      )
      .bind(key, now)
      .first<{ quantity: number }>();
    return row?.quantity ?? 0;
  },

  /** Cards are found by their codes from now on. Answers with the key each code was made with: the first stays. */
  async register(cards: readonly NewCard[]): Promise<Map<string, string>> {
    const insert = database.prepare(
      `INSERT INTO gift_cards (id, issue_key, code_hash, code_key, ending, order_id, customer_id, by_id, reason, currency,
         value, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    );
    const kept = database.prepare(
      'SELECT id, code_key AS codeKey FROM gift_cards WHERE id IN (SELECT value FROM json_each(?))',
    );
    const results = await database.batch<{ id: string; codeKey: string }>([
      ...cards.map((card) =>
        insert.bind(
          card.id,
          card.issueKey,
          card.codeHash,
          card.codeKey,
          card.ending,
          card.orderId,
          card.customerId,
          card.byId,
          card.reason,
          card.currency,
          card.value,
          card.createdAt,
        ),
      ),
      kept.bind(JSON.stringify(cards.map(({ id }) => id))),
    ]);
    return new Map((results.at(-1)?.results ?? []).map(({ id, codeKey }) => [id, codeKey]));
  },

  /** The cards of these hashes, by hash. */
  async find(hashes: readonly string[]): Promise<Map<string, string>> {
    const { results } = await database
      .prepare(
        'SELECT code_hash AS hash, id FROM gift_cards WHERE code_hash IN (SELECT value FROM json_each(?))',
      )
      .bind(JSON.stringify(hashes))
      .all<{ hash: string; id: string }>();
    return new Map(results.map(({ hash, id }) => [hash, id]));
  },

  /** Cards a person bought, by id, after one. */
  async boughtBy(customerId: string, after: string, limit: number): Promise<ListedCard[]> {
    const { results } = await database
      .prepare(`${LISTED} WHERE customer_id = ? AND id > ? ORDER BY id LIMIT ?`)
      .bind(customerId, after, limit)
      .all<ListedCard>();
    return results;
  },

  /** A digest of what was asked for could be guessed at: it goes, and asked for again it is another wish. Counts them. */
  async forgetWishes(ids: readonly string[]): Promise<number> {
    const { meta } = await database
      .prepare(
        `UPDATE gift_card_issues SET fingerprint = ?2 WHERE fingerprint NOT IN ('', ?2) AND issue_key IN
           (SELECT issue_key FROM gift_cards WHERE id IN (SELECT value FROM json_each(?1)))`,
      )
      .bind(JSON.stringify(ids), ERASED_WISH)
      .run();
    return meta.changes;
  },

  async get(id: string): Promise<ListedCard | null> {
    return database.prepare(`${LISTED} WHERE id = ?`).bind(id).first<ListedCard>();
  },

  /** Newest first, after a place. */
  async list(filter: {
    state: GiftCardState | null;
    orderId: string | null;
    ending: string | null;
    after: { createdAt: number; id: string } | null;
    limit: number;
  }): Promise<ListedCard[]> {
    const { state, orderId, ending, after, limit } = filter;
    const { results } = await database
      .prepare(
        `${LISTED} WHERE version > 0 AND (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR order_id = ?2) AND (?3 IS NULL OR ending = ?3)
           AND (?4 IS NULL OR (created_at, id) < (?4, ?5)) ORDER BY created_at DESC, id DESC LIMIT ?6`,
      )
      .bind(state, orderId, ending, after?.createdAt ?? null, after?.id ?? null, limit)
      .all<ListedCard>();
    return results;
  },

  /** The cards that were sold in an order, with what named them when they were made. */
  async soldIn(orderId: string): Promise<{ id: string; issueKey: string; balance: number }[]> {
    const { results } = await database
      .prepare('SELECT id, issue_key AS issueKey, balance FROM gift_cards WHERE order_id = ? ORDER BY id')
      .bind(orderId)
      .all<{ id: string; issueKey: string; balance: number }>();
    return results;
  },

  /** What happened to a card, oldest first. */
  async entries(id: string): Promise<ToldCard['entries']> {
    const { results } = await database
      .prepare(
        `SELECT sequence, kind, amount, order_id AS orderId, by_id AS byId, reason, at FROM gift_card_entries
         WHERE card_id = ? ORDER BY sequence LIMIT 1000`,
      )
      .bind(id)
      .all<ToldCard['entries'][number]>();
    return results;
  },

  /** Takes what a card's object tells, and promises to book it in the same write; older news changes nothing. */
  async told({ view, entries, paymentIds }: ToldCard, now: number): Promise<void> {
    const { cardId, state, balance, held, expiresAt, version } = view;
    await database.batch([
      database
        .prepare(
          `UPDATE gift_cards SET state = ?2, balance = ?3, held = ?4, expires_at = ?5, version = ?6
           WHERE id = ?1 AND version < ?6`,
        )
        .bind(cardId, state, balance.amount, held, expiresAt, version),
      ...entries.map((entry) =>
        database
          .prepare('INSERT INTO gift_card_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
          .bind(
            cardId,
            entry.sequence,
            entry.kind,
            entry.amount,
            balance.currency,
            entry.orderId,
            entry.byId,
            entry.reason,
            entry.at,
          ),
      ),
      database
        .prepare(
          `INSERT INTO ledger_due (payment_id, asked_at, due_at) SELECT value, ?2, ?2 FROM json_each(?1) WHERE true
           ON CONFLICT (payment_id) DO UPDATE SET asked_at = excluded.asked_at, due_at = excluded.due_at, attempts = 0`,
        )
        .bind(JSON.stringify([cardId, ...paymentIds]), rfc3339(now)),
    ]);
  },
});
export type GiftCardDirectory = ReturnType<typeof giftCardDirectory>;
