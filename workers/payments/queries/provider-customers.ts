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
  /** The row is there: it was written before. */
  async function present(customerId: string): Promise<ProviderCustomer> {
    const row = await find(customerId);
    if (row === null) throw new Error(`no account was ever asked for ${customerId}`);
    return row;
  }
  return {
    find,
    async ask(customerId, now) {
      await database
        .prepare(
          'INSERT INTO provider_customers (provider, customer_id, asked_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING',
        )
        .bind(provider, customerId, rfc3339(now))
        .run();
      return present(customerId);
    },
    async keep(customerId, generation, account) {
      await database
        .prepare(
          `UPDATE provider_customers SET account = ?4
           WHERE provider = ?1 AND customer_id = ?2 AND generation = ?3 AND account IS NULL`,
        )
        .bind(provider, customerId, generation, account)
        .run();
      return (await present(customerId)).account ?? account;
    },
    async forget(customerId, account, now) {
      await database
        .prepare(
          `UPDATE provider_customers SET account = NULL, generation = generation + 1, asked_at = ?4
           WHERE provider = ?1 AND customer_id = ?2 AND account = ?3`,
        )
        .bind(provider, customerId, account, rfc3339(now))
        .run();
    },
  };
}
