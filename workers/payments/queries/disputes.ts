import type { PaymentFacts } from '../ledger/facts.ts';
import type { DisputeList, ListedDispute } from '../usecases/ledger/ports.ts';
import { rfc3339 } from '#shared/time/time.ts';

/** Stands in `due_by` where no evidence is awaited: after every time. */
export const NO_DEADLINE = 'none';

/** Writes the disputes of a payment down, in the batch of a booking; `condition` is its guard over `?1` and `?2`. */
export const disputeStatement = (
  database: D1Database,
  { provider, orderId, disputes }: PaymentFacts,
  ours: readonly [paymentId: string, mark: string],
  condition: string,
): D1PreparedStatement =>
  database
    .prepare(
      `INSERT INTO payment_disputes (dispute_id, provider, payment_id, order_id, currency, amount, state, reason, opened_at, due_by)
       SELECT value ->> 'disputeId', ?4, ?1, ?5, value ->> 'currency', value ->> 'amount', value ->> 'state', value ->> 'reason',
         value ->> 'openedAt', value ->> 'dueBy' FROM json_each(?3) WHERE ${condition}
       ON CONFLICT (dispute_id) DO UPDATE SET amount = excluded.amount, state = excluded.state, reason = excluded.reason,
         due_by = excluded.due_by`,
    )
    .bind(
      ...ours,
      JSON.stringify(
        disputes.map(({ disputeId, currency, amount, state, reason, at, dueBy }) => ({
          disputeId,
          currency,
          amount,
          state,
          reason,
          openedAt: rfc3339(at),
          dueBy: dueBy === null ? NO_DEADLINE : rfc3339(dueBy),
        })),
      ),
      provider,
      orderId,
    );

/** Disputes in `PAYMENTS_DB`. */
export const d1Disputes = (database: D1Database): DisputeList => ({
  async list({ state, after, limit }) {
    // Each filter reads along the index that leads with it.
    const filter = state === null ? '' : 'state = ?1 AND';
    const { results } = await database
      .prepare(
        `SELECT dispute_id AS disputeId, payment_id AS paymentId, order_id AS orderId, currency, amount, state, reason,
           opened_at AS openedAt, due_by AS dueBy FROM payment_disputes
         WHERE ${filter} (?1 IS NULL OR true) AND (due_by, dispute_id) > (?2, ?3) ORDER BY due_by, dispute_id LIMIT ?4`,
      )
      .bind(state, after === null ? '' : (after.dueBy ?? NO_DEADLINE), after?.disputeId ?? '', limit)
      .all<Omit<ListedDispute, 'dueBy'> & { dueBy: string }>();
    return results.map((row) => ({ ...row, dueBy: row.dueBy === NO_DEADLINE ? null : row.dueBy }));
  },
});
