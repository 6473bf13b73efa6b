export interface WriteContext {
  requestId: string;
  nowMs: number;
}

/** Who changes products, and why; kept with each version. */
export interface Author {
  /** Null: nobody in person, as for what was scheduled. */
  actorId: string | null;
  reason: 'request' | 'restore' | 'schedule' | 'import' | 'bulk_edit';
  jobId: string | null;
  restoredFrom: number | null;
}

export interface AuthoredContext extends WriteContext {
  author: Author;
}

/**
 * Statements that follow a change of stock levels: products whose availability has become another one get it, a higher
 * revision, and a wake-up call for their projections. `among` is a subquery of product ids over ?1.
 */
export function availabilityStatements(
  database: D1DatabaseSession,
  among: string,
  parameter: string,
  context: WriteContext,
): [D1PreparedStatement, D1PreparedStatement] {
  const now = '(SELECT availability FROM product_availability WHERE product_id = products.id)';
  const differs = `id IN ${among} AND availability IS NOT ${now}`;
  return [
    database
      .prepare(
        `INSERT INTO outbox (type, subject, request_id, due_at_ms)
         SELECT 'product.changed', id, ?2, ?3 FROM products WHERE ${differs} RETURNING subject`,
      )
      .bind(parameter, context.requestId, context.nowMs),
    database
      .prepare(`UPDATE products SET availability = ${now}, revision = revision + 1 WHERE ${differs}`)
      .bind(parameter),
  ];
}
