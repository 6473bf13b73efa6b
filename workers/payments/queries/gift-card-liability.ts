/** What is owed for gift cards in one currency, minor units. */
export interface GiftCardLiability {
  currency: string;
  /** Cards with something on them. */
  cards: number;
  /** What can be spent of them. */
  balance: number;
  /** What is set aside for orders that are not charged yet. */
  held: number;
  /** What the ledger says is owed. */
  booked: number;
}

/** Cards that can be spent, or could if they were not disabled, by currency; and what is booked of them. */
export async function giftCardLiability(database: D1Database): Promise<GiftCardLiability[]> {
  const [owed, booked] = await database.batch<Record<string, unknown>>([
    database.prepare(
      `SELECT currency, count(*) AS cards, sum(balance) AS balance, sum(held) AS held FROM gift_cards
       WHERE state <> 'pending' AND (balance > 0 OR held > 0) GROUP BY currency ORDER BY currency`,
    ),
    database.prepare(
      `SELECT currency, -sum(amount) AS booked FROM ledger_entries WHERE account = 'gift_cards'
       GROUP BY currency ORDER BY currency`,
    ),
  ]);
  const ofCards = new Map(
    ((owed?.results ?? []) as unknown as Omit<GiftCardLiability, 'booked'>[]).map((row) => [
      row.currency,
      row,
    ]),
  );
  const ofLedger = new Map(
    ((booked?.results ?? []) as unknown as Pick<GiftCardLiability, 'currency' | 'booked'>[]).map((row) => [
      row.currency,
      row.booked,
    ]),
  );
  return [...new Set([...ofCards.keys(), ...ofLedger.keys()])].toSorted().map((currency) => ({
    ...(ofCards.get(currency) ?? { currency, cards: 0, balance: 0, held: 0 }),
    booked: ofLedger.get(currency) ?? 0,
  }));
}
