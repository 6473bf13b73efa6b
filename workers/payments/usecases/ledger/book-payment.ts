import { log } from '#shared/observability/log.ts';
import { missingTransactions } from '../../ledger/book.ts';
import { checkPayment, type Check } from '../../ledger/check.ts';
import type { LedgerPorts } from './ports.ts';

/** Others may book the same payment at the same time; each round starts from what is booked by then. */
const ROUNDS_MAX = 5;

export type BookingOutcome = 'booked' | 'up_to_date' | 'unknown_payment';

/**
 * Brings the ledger of one payment up to what the provider says now. Safe to repeat and to run twice at once; does nothing
 * when nobody asked since it was last done. Throws when the provider cannot be asked: the promise then stands.
 */
export async function bookPayment(
  { ledger, source, clock }: Pick<LedgerPorts, 'ledger' | 'source' | 'clock'>,
  { paymentId, requestId }: { paymentId: string; requestId: string },
): Promise<BookingOutcome> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const before = await ledger.read(paymentId);
    if (before.askedAt === null) return 'up_to_date';
    const found = await source.facts(paymentId);
    if (!found.ok) {
      if (found.error.code !== 'not_found') throw new Error(`facts of ${paymentId}: ${found.error.message}`);
      log.error('payment unknown to its provider', { requestId, paymentId, reason: found.error.message });
      await ledger.giveUp(paymentId, before.askedAt, found.error.message, clock.now());
      return 'unknown_payment';
    }
    const facts = found.value;
    if (before.observedAt !== null && facts.observedAt < before.observedAt) continue;
    const missing = missingTransactions(facts, before.transactions);
    const check = checkPayment(facts, [...before.transactions, ...missing]);
    if (await ledger.write({ facts, missing, check, before, now: clock.now() })) {
      report(check, { requestId, paymentId, orderId: facts.orderId, booked: missing.length });
      return 'booked';
    }
  }
  throw new Error(`the ledger of ${paymentId} changed ${ROUNDS_MAX} times while it was booked`);
}

function report(
  check: Check,
  fields: { requestId: string; paymentId: string; orderId: string | null; booked: number },
): void {
  if (check.breaches.length > 0)
    log.error('the ledger does not add up', { ...fields, breaches: check.breaches });
  else log.info('payment booked', { ...fields, unsettled: check.unsettled });
}
