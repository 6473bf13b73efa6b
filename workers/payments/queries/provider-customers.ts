import { and, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { providerCustomers as table } from '#shared/db/payments.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { ProviderCustomer, ProviderCustomers } from '../usecases/saved-methods/ports.ts';

/** The table `provider_customers` of `PAYMENTS_DB`, one provider's rows. */
export function d1ProviderCustomers(database: D1Database, provider: string): ProviderCustomers {
  const db = drizzle(database);
  const of = (customerId: string) => and(eq(table.provider, provider), eq(table.customerId, customerId));
  async function find(customerId: string): Promise<ProviderCustomer | null> {
    const [row] = await db.select().from(table).where(of(customerId)).limit(1);
    if (row === undefined) return null;
    return { account: row.account, generation: row.generation, askedAt: Date.parse(row.askedAt) };
  }
  return {
    find,
    async ask(customerId, now) {
      const row = await database
        .prepare(
          `INSERT INTO provider_customers (provider, customer_id, asked_at) VALUES (?1, ?2, ?3)
           ON CONFLICT (provider, customer_id) DO UPDATE SET customer_id = customer_id
           RETURNING account, generation, asked_at`,
        )
        .bind(provider, customerId, rfc3339(now))
        .first<{ account: string | null; generation: number; asked_at: string }>();
      if (row === null) throw new Error(`nothing was written down of ${customerId}`);
      return { account: row.account, generation: row.generation, askedAt: Date.parse(row.asked_at) };
    },
    async keep(customerId, generation, account) {
      const row = await database
        .prepare(
          `UPDATE provider_customers SET account = COALESCE(account, ?4)
           WHERE provider = ?1 AND customer_id = ?2 AND generation = ?3 RETURNING account`,
        )
        .bind(provider, customerId, generation, account)
        .first<{ account: string }>();
      return row?.account ?? account;
    },
    async forget(customerId, account, now) {
      const gone = [provider, customerId, account, rfc3339(now)] as const;
      await database.batch([
        database
          .prepare(
            `INSERT INTO former_accounts (account, customer_id, forgotten_at)
             SELECT account, customer_id, ?4 FROM provider_customers
             WHERE provider = ?1 AND customer_id = ?2 AND account = ?3 ON CONFLICT DO NOTHING`,
          )
          .bind(...gone),
        database
          .prepare(
            `UPDATE provider_customers SET account = NULL, generation = generation + 1, asked_at = ?4
             WHERE provider = ?1 AND customer_id = ?2 AND account = ?3`,
          )
          .bind(...gone),
      ]);
    },
  };
}
