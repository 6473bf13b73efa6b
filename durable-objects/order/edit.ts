import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { addressSchema } from '#shared/domain/address.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { callObject } from '../lib/namespace.ts';
import { type OrderPorts, priceOrder } from './effects.ts';
import { editPlan, type EditPlan, type LineIds } from './machine/after-sale/edit.ts';
import type { AfterSaleError, EditEvent, RemovedUnits } from './machine/after-sale/events.ts';
import { claimsOf, promotionClaims } from './machine/claims.ts';
import type { OrderDocument } from './machine/document.ts';
import { HOLD_GRACE_MS } from './machine/intents.ts';

export const editInputSchema = z.strictObject({
  by: z.strictObject({ kind: z.enum(['customer', 'operator']), id: idSchema('user') }),
  /** The version the change was decided on; null: whatever it is. */
  version: z.int().min(1).nullable(),
  change: z.strictObject({
    lines: z.array(z.strictObject({ lineId: idSchema('line'), quantity: z.int().min(0) })),
    shippingAddress: addressSchema.nullable(),
  }),
  why: z.string().max(300),
});
export type EditInput = z.infer<typeof editInputSchema>;
export type EditError =
  | AfterSaleError
  /** Another version than the change was decided on. */
  | { code: 'changed' }
  | { code: 'out_of_stock'; lineIndex: number; available: number };
export type EditReply = Result<Order, EditError>;

interface Editing {
  ports: OrderPorts;
  document: OrderDocument;
  call: CallContext;
}

/**
 * Everything of a change that must be certain before it is written down: the price by the rules of now, units for what is
 * new, uses of promotions, and a payment that asks for more. When the process dies in between, too much is held for a
 * while and the customer may be asked for more than is ever collected; never less.
 */
export async function preparedEdit(
  editing: Editing,
  { change, by, why }: EditInput,
  newIds: () => LineIds,
): Promise<Result<EditEvent & { at: number }, EditError>> {
  const { ports, document, call } = editing;
  const plan = editPlan(document, change, newIds);
  const draft = { ...document, request: plan.request, lineIds: plan.lineIds, quote: null };
  const priced = await priceOrder(ports, draft, call);
  if (priced.type === 'order.refused') return fail({ code: 'refused', refusals: priced.refusals });
  if (priced.type !== 'order.priced') throw new Error('a price is an answer or a refusal');
  const { lines, pricing } = priced;
  if (pricing.total === 0) {
    return fail({
      code: 'not_allowed',
      detail: 'This would leave nothing to pay: place a new order instead.',
    });
  }
  const claims = claimsOf(document, lines);
  const short = await holdAdded(editing, claims, plan);
  if (short !== null) return fail({ ...short, lineIndex: lineIndexOf(document, change, short.sku) });
  const refused = await claimPromotions(editing, pricing);
  if (refused !== null) return fail(refused);
  if (pricing.total > document.total) {
    const changed = await askForMore(editing, pricing.total);
    if (!changed.ok) return changed;
  }
  const { request, lineIds } = plan;
  const removed = removedUnits(document, plan.removed);
  return ok({
    type: 'order.edited',
    request,
    lineIds,
    lines,
    pricing,
    removed,
    by,
    why,
    at: ports.clock.now(),
  });
}

type Short = { code: 'out_of_stock'; sku: string; available: number };

async function holdAdded(
  { ports, document, call }: Editing,
  claims: ReturnType<typeof claimsOf>,
  plan: EditPlan,
): Promise<Short | null> {
  const expiresAt = document.holdsUntil ?? document.dueAt + HOLD_GRACE_MS;
  for (const { sku, object = sku, lines } of claims) {
    if (lines.every(({ lineId }) => !plan.added.includes(lineId))) continue;
    const before = document.stock.find((claim) => claim.sku === sku);
    const address = addressOf(sku, before?.object ?? object);
    const name = before?.object ?? object;
    const hold = () =>
      callObject(
        ports.stock,
        name,
        (stock) => stock.hold(call, { ...address, orderId: document.id, lines, expiresAt }),
        ports.chance,
      );
    let held = await hold();
    const removed = (before?.lines ?? []).filter(({ lineId }) => plan.removed.includes(lineId));
    const units = (of: readonly { quantity: number }[]): number =>
      of.reduce((sum, one) => sum + one.quantity, 0);
    // Fewer units than before: the shelf may be so empty that the old ones must go back first.
    if (!held.ok && removed.length > 0 && units(lines) <= units(before?.lines ?? [])) {
      const lineIds = removed.map(({ lineId }) => lineId);
      const back = { ...address, orderId: document.id, lineIds };
      await callObject(ports.stock, name, (stock) => stock.giveBack(call, back), ports.chance);
      held = await hold();
    }
    if (!held.ok) return { code: 'out_of_stock', sku, available: held.error.available };
  }
  return null;
}

async function claimPromotions(
  { ports, document, call }: Editing,
  pricing: Parameters<typeof promotionClaims>[0],
): Promise<EditError | null> {
  const { id: orderId, customerId } = document;
  for (const { promotionId, title, limitTotal, limitPerCustomer } of promotionClaims(pricing)) {
    if (document.promotions.some((claim) => claim.promotionId === promotionId)) continue;
    const wanted = { promotionId, orderId, customerId, limitTotal, limitPerCustomer };
    const claimed = await callObject(
      ports.promotions,
      promotionId,
      (promotion) => promotion.claim(call, wanted),
      ports.chance,
    );
    if (!claimed.ok) return { code: 'not_allowed', detail: `“${title}” has been used up meanwhile.` };
  }
  return null;
}

async function askForMore(
  { ports, document, call }: Editing,
  amount: number,
): Promise<Result<null, EditError>> {
  const { paymentId } = document.payment;
  if (paymentId === null) return fail({ code: 'not_allowed', detail: 'The payment is not open yet.' });
  const changed = await ports.payments.changePayment(call, {
    paymentId,
    orderId: document.id,
    amount,
    idempotencyKey: `${document.id}:change:${document.version}:${amount}`,
  });
  if (changed.ok) return ok(null);
  if (changed.error.code === 'invalid_state')
    return fail({ code: 'not_allowed', detail: 'The payment is under way: it cannot be raised any more.' });
  throw new Error(`the payment does not take another amount: ${changed.error.code}`);
}

const addressOf = (sku: string, object: string): { sku: string; object?: string } =>
  object === sku ? { sku } : { sku, object };

function removedUnits({ stock }: OrderDocument, removed: readonly string[]): RemovedUnits[] {
  return stock.flatMap(({ sku, object = sku, lines }) => {
    const lineIds = lines.map(({ lineId }) => lineId).filter((lineId) => removed.includes(lineId));
    return lineIds.length === 0 ? [] : [{ sku, object, lineIds }];
  });
}

function lineIndexOf({ lines }: OrderDocument, change: EditInput['change'], sku: string): number {
  const ids = new Set(lines.filter((line) => line.sku === sku).map(({ id }) => id));
  return Math.max(
    0,
    change.lines.findIndex(({ lineId }) => ids.has(lineId)),
  );
}
