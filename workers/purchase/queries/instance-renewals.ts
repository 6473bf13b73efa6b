import { and, eq, inArray, isNotNull, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { instanceRenewals } from '#shared/db/orders.ts';

export type RenewalRow = typeof instanceRenewals.$inferSelect;

export interface RenewalStore {
  /** Null: it does not renew by itself, or is not this customer's. */
  of(instanceId: string, customerId: string): Promise<RenewalRow | null>;
  /** What was agreed now takes the place of what was before; an order under way goes on. */
  agree(row: RenewalRow): Promise<void>;
  /** False: there was none of this customer's. */
  forget(instanceId: string, customerId: string): Promise<boolean>;
  /** Those whose time has come, each handed out once until `until`. */
  take(now: number, until: number, limit: number): Promise<RenewalRow[]>;
  /** Writes how far it is, unless something else was agreed meanwhile. */
  note(row: RenewalRow, values: Partial<RenewalRow>): Promise<void>;
}

export function renewalStore(database: D1Database): RenewalStore {
  const db = drizzle(database);
  const { instanceId, customerId, agreedAt, lookAt } = instanceRenewals;
  return {
    async of(id, customer) {
      const found = db
        .select()
        .from(instanceRenewals)
        .where(and(eq(instanceId, id), eq(customerId, customer)));
      return (await found.get()) ?? null;
    },
    async agree(row) {
      const { quoteId: _quote, orderId: _order, remindedOf: _reminded, ...agreed } = row;
      await db
        .insert(instanceRenewals)
        .values(row)
        .onConflictDoUpdate({ target: instanceId, set: agreed })
        .run();
    },
    async forget(id, customer) {
      const forgotten = await db
        .delete(instanceRenewals)
        .where(and(eq(instanceId, id), eq(customerId, customer)))
        .returning({ instanceId });
      return forgotten.length > 0;
    },
    async take(now, until, limit) {
      const due = db
        .select({ instanceId })
        .from(instanceRenewals)
        .where(and(isNotNull(lookAt), lte(lookAt, now)))
        .orderBy(lookAt)
        .limit(limit);
      return db
        .update(instanceRenewals)
        .set({ lookAt: until })
        .where(and(inArray(instanceId, due), lte(lookAt, now)))
        .returning();
    },
    async note(row, values) {
      await db
        .update(instanceRenewals)
        .set(values)
        .where(and(eq(instanceId, row.instanceId), eq(agreedAt, row.agreedAt)))
        .run();
    },
  };
}
