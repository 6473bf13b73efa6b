import { bringAftermath } from './aftermath.ts';
import { settle } from './paying/attempt.ts';
import { endDeposits } from './operations/verify.ts';
import { bookCaptured } from './balance.ts';
import { expire } from './operations/captures.ts';
import type { LaterAction, OperationContext } from './operations/context.ts';
import { endRefund } from './operations/refunds.ts';

/** What happens by itself after a time. Each leaves alone what has gone on meanwhile. */
export const LATER: Record<LaterAction, (context: OperationContext, id: string) => void> = {
  settle: (context, intentId) => settle(context, intentId),
  expire,
  refund: endRefund,
  book,
  aftermath: bringAftermath,
  unverified: endDeposits,
};

function book(context: OperationContext, chargeId: string): void {
  const charge = context.store.get('charge', chargeId);
  if (charge === null) return;
  const booked = bookCaptured(context, charge);
  if (booked.balance_transaction === charge.balance_transaction) return;
  context.emit('charge.updated', booked, { balance_transaction: charge.balance_transaction });
}
