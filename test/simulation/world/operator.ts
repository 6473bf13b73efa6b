import type { CommandReply, OrderFace } from '#objects/order/face.ts';
import { SUSPICION } from '#objects/order/machine/fraud/record.ts';
import { NOTHING_TO_REFUND_FROM } from '#objects/order/machine/reasons.ts';
import type { Stream } from '../kernel/random.ts';

const CALL = { requestId: 'operator' };

/** What a person does with an order that waits for one; `resolves as …`: ends it by hand. */
type Act =
  | 'approves'
  | 'refuses'
  | 'retries'
  | 'undoes it'
  | 'resolves as completed'
  | 'resolves as cancelled'
  | 'resolves as refunded';

export const decided = (chance: Stream, cause: string): Act => {
  // Something is suspicious about its payment: that is decided about, and nothing else helps.
  if (cause === SUSPICION) return chance.chance(0.6) ? 'approves' : 'refuses';
  // What was settled by hand is settled by hand again.
  if (cause === NOTHING_TO_REFUND_FROM)
    return chance.chance(0.5) ? 'resolves as cancelled' : 'resolves as refunded';
  return chance.weighted<Act>([
    [16, 'retries'],
    [2, 'undoes it'],
    [1, 'resolves as completed'],
    [1, 'resolves as cancelled'],
    [1, 'resolves as refunded'],
  ]);
};

export async function operate(order: OrderFace, act: Act): Promise<CommandReply> {
  switch (act) {
    case 'approves':
      return order.review(CALL, { decision: 'approve', text: 'Known' });
    case 'refuses':
      return order.review(CALL, { decision: 'refuse', text: 'Unknown' });
    case 'retries':
      return order.retry(CALL);
    case 'undoes it':
      return order.cancel(CALL, { by: 'operator', text: null });
    case 'resolves as completed':
      return resolve(order, 'completed');
    case 'resolves as cancelled':
      return resolve(order, 'cancelled');
    case 'resolves as refunded':
      return resolve(order, 'refunded');
  }
}

/** Of an order that waits to be reviewed; null: nobody has time. */
export const judged = (chance: Stream): 'approve' | 'refuse' | null =>
  chance.weighted([
    [5, 'approve'],
    [3, 'refuse'],
    [3, null],
  ] as const);

/** Confirms whatever difference is shown. */
async function resolve(order: OrderFace, as: 'completed' | 'cancelled' | 'refunded'): Promise<CommandReply> {
  const wish = { as, text: 'Settled on the telephone' };
  const answer = await order.resolve(CALL, { ...wish, confirm: null });
  return !answer.ok && answer.error.code === 'unconfirmed'
    ? order.resolve(CALL, { ...wish, confirm: answer.error.difference.code })
    : answer;
}
