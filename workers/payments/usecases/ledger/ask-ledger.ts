import { wakeLedger } from '#shared/queues/payment-facts.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import type { LedgerPorts } from './ports.ts';

/** Messages in one send: the platform's limit of a batch. */
const BATCH_MAX = 100;
/** Younger promises have a message under way. */
const GRACE_MS = MINUTE_MS;
const BATCHES_MAX = 10;

/** Promises to book payments, and has it done. */
export async function askLedger(
  ports: Pick<LedgerPorts, 'ledger' | 'factsQueue' | 'clock'>,
  paymentIds: readonly string[],
  requestId: string,
): Promise<void> {
  await ports.ledger.ask(paymentIds, ports.clock.now());
  await wakeLedger(ports, paymentIds, requestId);
}

/** Sends again what was promised and not kept: its message was lost, or the provider could not be asked. Safe to repeat. */
export async function sweepLedger(
  ports: Pick<LedgerPorts, 'ledger' | 'factsQueue' | 'clock'>,
  requestId: string,
): Promise<number> {
  let swept = 0;
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const due = await ports.ledger.takeDue(ports.clock.now() - GRACE_MS, BATCH_MAX);
    if (due.length > 0) await wakeLedger(ports, due, requestId);
    swept += due.length;
    if (due.length < BATCH_MAX) break;
  }
  return swept;
}
