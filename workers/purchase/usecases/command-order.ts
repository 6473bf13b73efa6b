import type { CommandReply, OrderFace } from '#objects/order/face.ts';
import type { Once } from '#objects/lib/commands.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Order, OrderEffects } from '#shared/contracts/http/orders.ts';
import type { OrderRisk } from '#shared/contracts/http/fraud.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import { type Asker, readOrder } from './read-order.ts';

/** Who wants what, and under which Idempotency-Key; null: without one. */
export interface Command<Input> {
  orderId: string;
  actorId: string;
  /** Whose orders they pay like any customer; null: the answer is not for them to read. */
  customerId: string | null;
  key: string | null;
  input: Input;
}
export type Commanded = Promise<Result<{ order: Order; replayed: boolean }, PurchaseError>>;

/** Cancels while the machine allows it. Cancelling what is cancelled already is no error. */
export async function cancelOrder(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  asker: Asker,
  command: Command<{ text: string | null; keep?: 'nothing' | 'delivered' | undefined }>,
): Commanded {
  const visible = await readOrder(ports, call, asker, command.orderId);
  if (!visible.ok) return visible;
  const { text, keep } = command.input;
  // A customer keeps what he has; only staff takes it back.
  const choice = asker.seesAll && keep !== undefined ? { keep } : {};
  const by = asker.seesAll ? ('operator' as const) : ('customer' as const);
  return commanded(ports, 'cancelOrder', command, (order, common) =>
    order.cancel(call, { by, text, ...choice, ...common }),
  );
}

/** An operator's retry of what the order gave up on: of one effect, or of everything outstanding. */
export const retryOrder = (
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  command: Command<{ effect: string | null }>,
): Commanded =>
  commanded(ports, 'retryOrder', command, (order, common) =>
    order.retry(call, { ...command.input, ...common }),
  );

/** Ends by hand what cannot go on by itself; a difference between money, deliveries and stock must be confirmed. */
export const resolveOrder = (
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  command: Command<{ as: 'completed' | 'cancelled' | 'refunded'; text: string; confirm: string | null }>,
): Commanded =>
  commanded(ports, 'resolveOrder', command, (order, common) =>
    order.resolve(call, { ...command.input, ...common }),
  );

/** Approves or refuses an order that waits for it. */
export const reviewOrder = (
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  command: Command<{ decision: 'approve' | 'refuse'; text: string }>,
): Commanded =>
  commanded(ports, 'reviewOrder', command, (order, common) =>
    order.review(call, { ...command.input, ...common }),
  );

export async function readRisk(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  orderId: string,
): Promise<Result<OrderRisk, PurchaseError>> {
  const risk = await ports.order(orderId, (order) => order.risk(call));
  return risk === null ? fail({ code: 'not_found' }) : ok(risk);
}

export async function readEffects(
  ports: Pick<Ports, 'order'>,
  call: CallContext,
  orderId: string,
): Promise<Result<OrderEffects, PurchaseError>> {
  const effects = await ports.order(orderId, (order) => order.effects(call));
  return effects === null ? fail({ code: 'not_found' }) : ok(effects);
}

/** What one person's key stands for; null: none was sent. */
export const onceOf = (actorId: string, key: string | null, asked: object): Once | null =>
  key === null ? null : { key: `${actorId}:${key}`, fingerprint: fingerprintOf(asked) };

/** Sends a command to the order: with a key, it has its effect once per person and key. */
async function commanded<Input>(
  ports: Pick<Ports, 'order'>,
  operation: string,
  { orderId, actorId, customerId, key, input }: Command<Input>,
  send: (
    order: OrderFace,
    common: Pick<Command<Input>, 'actorId' | 'customerId'> & { once: Once | null },
  ) => Promise<CommandReply>,
): Commanded {
  const once = onceOf(actorId, key, { operation, input });
  return ports.order(orderId, (order) => send(order, { actorId, customerId, once }));
}
