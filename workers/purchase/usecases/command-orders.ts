import type { CallContext } from '#shared/contracts/call.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { OrderFilter, OrderPosition, Ports } from '../ports.ts';
import type { PurchaseError } from '../problem.ts';
import type { Batch } from '../queries/command-batches.ts';
import { resolveOrder, retryOrder } from './command-order.ts';
import { fingerprintOf } from './fingerprint.ts';
import { inParallel } from '#shared/domain/in-parallel.ts';

/** As long as an order keeps what came of a command. */
const KEPT_MS = DAY_MS;
/** Orders asked at once, so that a batch leaves room for buyers. */
const PARALLEL = 8;

/** What is wanted of each of them: what a person can want of one order that waits for him. */
export type Wish =
  | { do: 'retry' }
  | { do: 'resolve'; as: 'completed' | 'cancelled' | 'refunded'; text: string };
/** The orders by name, or those that wait for a person for this cause. */
export type Selection =
  | { orderIds: string[] }
  | (Pick<OrderFilter, 'createdFrom' | 'createdBefore' | 'before' | 'limit'> & { attention: string });

export interface BatchCommand {
  actorId: string;
  /** The client's Idempotency-Key. */
  key: string;
  selection: Selection;
  wish: Wish;
}
/** Null: its object could not be asked. */
export type Outcome = Result<{ order: Order; replayed: boolean }, PurchaseError> | null;
export interface Commanded {
  outcomes: { orderId: string; outcome: Outcome }[];
  next: OrderPosition | null;
  /** The key was sent before. */
  replayed: boolean;
}

/**
 * One command for many orders. Which ones is written down under the key before the first is asked, and each order takes
 * the command once for that key: a batch that died half-way is finished by repeating it, and nothing is done twice. What
 * one order refuses, an end that does not fit its money for instance, is told of that order and stops no other.
 */
export async function commandOrders(
  ports: Pick<Ports, 'order' | 'listOrders' | 'batches'>,
  call: CallContext,
  { actorId, key, selection, wish }: BatchCommand,
  now: number,
): Promise<Result<Commanded, PurchaseError>> {
  const fingerprint = fingerprintOf({ selection, wish });
  const kept = `${actorId}:${key}`;
  const known = await ports.batches.find(kept, now);
  const batch = known ?? (await ports.batches.keep(kept, await chosen(), { now, expiresAt: now + KEPT_MS }));
  if (batch.fingerprint !== fingerprint) return fail({ code: 'key_reused' });
  const outcomes = new Map<string, Outcome>();
  await inParallel(PARALLEL, batch.orderIds, async (orderId) => {
    outcomes.set(orderId, await commanded(orderId));
  });
  return ok({
    outcomes: batch.orderIds.map((orderId) => ({ orderId, outcome: outcomes.get(orderId) ?? null })),
    next: batch.next,
    replayed: known !== null,
  });

  async function chosen(): Promise<Batch> {
    if ('orderIds' in selection) return { fingerprint, orderIds: selection.orderIds, next: null };
    const { rows, next } = await ports.listOrders({
      ...UNFILTERED,
      ...selection,
      states: ['needs_operator'],
    });
    return { fingerprint, orderIds: rows.map(({ id }) => id), next };
  }

  async function commanded(orderId: string): Promise<Outcome> {
    const command = { orderId, actorId, customerId: null, key };
    try {
      if (wish.do === 'retry') return await retryOrder(ports, call, { ...command, input: { effect: null } });
      const input = { as: wish.as, text: wish.text, confirm: null };
      return await resolveOrder(ports, call, { ...command, input });
    } catch (error) {
      log.error('command to an order failed', { requestId: call.requestId, orderId, error });
      return null;
    }
  }
}

const UNFILTERED: Omit<OrderFilter, 'attention' | 'states' | 'before' | 'limit'> = {
  customerId: null,
  placedBy: null,
  paymentStatus: null,
  fulfilment: null,
  number: null,
  sku: null,
  productId: null,
  createdFrom: null,
  createdBefore: null,
  total: null,
};
