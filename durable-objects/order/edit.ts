import { actorIn, askerSchema } from './after-sale.ts';
import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import { LINES_MAX, type Order } from '#shared/contracts/http/orders.ts';
import { addressSchema } from '#shared/domain/address.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { log } from '#shared/observability/log.ts';
import { onceSchema } from '../lib/commands.ts';
import { callObject } from '../lib/namespace.ts';
import { type OrderPorts, priceOrder } from './effects.ts';
import { OUTCOME_UNKNOWN } from './payment-effects.ts';
import { addressOf, useOf } from './edit-undo.ts';
import {
  addedUnits,
  editedPromotions,
  editPlan,
  grownLine,
  reducedSkus,
  removedUnits,
} from './machine/after-sale/edit.ts';
import type { AfterSaleError, EditEvent } from './machine/after-sale/events.ts';
import { allowanceInput, allowanceReached, editedAllowance, useOfAllowance } from './machine/allowance.ts';
import { piecesFrom, positionsOf } from './machine/bundles.ts';
import { customerLimitText } from '#shared/domain/purchase-limits.ts';
import { claimsOf } from './machine/claims.ts';
import type { Allowance, LineIds, OrderDocument, PromotionClaim, StockClaim } from './machine/document.ts';
import { heldUntil } from './machine/holds.ts';
import type { EffectStep } from './machine/intents.ts';

export const editInputSchema = z.strictObject({
  by: askerSchema,
  /** The version the change was decided on; null: whatever it is. */
  version: z.int().min(1).nullable(),
  change: z.strictObject({
    lines: z.array(z.strictObject({ lineId: idSchema('line'), quantity: z.int().min(0) })),
    shippingAddress: addressSchema.nullable(),
  }),
  why: z.string().max(300),
  /** Makes the change once; null: without a key. */
  once: onceSchema.nullable(),
});
export type EditInput = z.infer<typeof editInputSchema>;
export type EditError =
  | AfterSaleError
  /** Another version than the change was decided on. */
  | { code: 'changed' }
  /** The same key stands for another change. */
  | { code: 'key_reused' }
  /** The payment service does not answer; nothing was changed. */
  | { code: 'unavailable' }
  | { code: 'out_of_stock'; lineIndex: number; available: number };
/** The order after the change; `replayed`: this very request had made it before. */
export type EditReply = Result<{ order: Order; replayed: boolean }, EditError>;

interface Editing {
  ports: OrderPorts;
  document: OrderDocument;
  call: CallContext;
  /** Names what is taken for this edit. */
  editId: string;
  newIds: () => LineIds;
  /** Writes down what is about to be taken, before it is. */
  begin(taking: Omit<Taking, 'step' | 'editId'>): void;
  /** False: it was given up meanwhile, and what it took goes back. */
  isOn(): boolean;
}
type Taking = Extract<EffectStep, { step: 'edit.undo' }>;

/**
 * Everything of a change that must be certain before it is written down: the price by the rules of now, units for what is
 * new, uses of promotions, and a payment that asks for more. Nothing of the order is given back for it: that follows once
 * the change is written. What was taken for a change that comes to nothing goes back by the step `edit.undo`.
 */
export async function preparedEdit(
  editing: Editing,
  { change, by, why }: EditInput,
): Promise<Result<EditEvent & { at: number }, EditError>> {
  const { ports, document, call, editId } = editing;
  const plan = editPlan(document, change, editing.newIds);
  if (plan === null) return fail(notAllowed(`An order has at most ${LINES_MAX} lines.`));
  const draft = { ...document, ...plan, quote: null };
  const priced = await priceOrder(ports, draft, call);
  if (priced.type === 'order.refused') return fail({ code: 'refused', refusals: priced.refusals });
  if (priced.type !== 'order.priced') throw new Error('a price is an answer or a refusal');
  const { lines, pricing, bundles = [] } = priced;
  const grown = grownLine(document, lines);
  if (grown !== undefined)
    return fail(notAllowed(`“${grown.title}” is sold otherwise by now: it can be taken out, not changed.`));
  if (pricing.total === 0)
    return fail(notAllowed('This would leave nothing to pay: place a new order instead.'));
  const fresh = claimsOf(document, lines);
  const added = addedUnits(document, fresh);
  const uses = editedPromotions(document, pricing, editId).filter(({ use }) => use === editId);
  const raised = pricing.total > document.total;
  const allowance = editedAllowance(document, { lines, bundles }, editId);
  const isClaiming = allowance?.use === editId;
  if (added.length > 0 || uses.length > 0 || raised || isClaiming) {
    editing.begin({
      added: added.map(({ sku, object = sku, lines: units }) => ({ sku, object, lineIds: idsOf(units) })),
      promotionIds: uses.map(({ promotionId }) => promotionId),
      raised,
      ...(isClaiming ? { allowance: true } : {}),
    });
  }
  const short = await holdAdded(editing, added);
  if (short !== null) return fail(shortage(document, change, short));
  const refused = await claimPromotions(editing, uses);
  if (refused !== null) return fail(refused);
  const limited =
    allowance !== undefined && isClaiming
      ? await claim(editing, { ...draft, lines, bundles, allowance }, change)
      : null;
  if (limited !== null) return fail(limited);
  if (raised) {
    if (!editing.isOn()) return fail({ code: 'changed' });
    const changed = await askForMore(editing, pricing.total);
    if (!changed.ok) return changed;
  }
  return ok({
    type: 'order.edited',
    editId,
    ...plan,
    lineIds: priced.lineIds ?? plan.lineIds,
    lines,
    bundles,
    pricing,
    removed: removedUnits(document, fresh),
    reduced: reducedSkus(document, fresh),
    ...(document.allowance === undefined || allowance === document.allowance
      ? {}
      : { formerAllowance: useOfAllowance(document.allowance) }),
    by: actorIn(by),
    why,
    at: ports.clock.now(),
  });
}

type Short = { code: 'out_of_stock'; sku: string; available: number };

async function holdAdded(
  { ports, document, call }: Editing,
  added: readonly StockClaim[],
): Promise<Short | null> {
  const expiresAt = heldUntil(document);
  for (const { sku, object = sku, lines } of added) {
    const wanted = { ...addressOf(sku, object), orderId: document.id, lines, expiresAt };
    const held = await callObject(ports.stock, object, (stock) => stock.hold(call, wanted), ports.chance);
    if (!held.ok) return { code: 'out_of_stock', sku, available: held.error.available };
  }
  return null;
}

/** A use that an earlier change is giving back goes back first: it would count against the customer. */
async function claimPromotions(
  { ports, document, call }: Editing,
  uses: readonly PromotionClaim[],
): Promise<EditError | null> {
  const { id: orderId, customerId } = document;
  for (const { promotionId, title, limitTotal, limitPerCustomer, use } of uses) {
    const former = document.promotions.find((claim) => claim.promotionId === promotionId);
    const claimed = await callObject(
      ports.promotions,
      promotionId,
      async (promotion) => {
        if (former !== undefined && former.state !== 'returned')
          await promotion.giveBack(call, { promotionId, orderId, ...useOf(former) });
        const wanted = { promotionId, orderId, customerId, limitTotal, limitPerCustomer, use };
        return promotion.claim(call, wanted);
      },
      ports.chance,
    );
    if (!claimed.ok) return notAllowed(`“${title}” has been used up meanwhile.`);
  }
  return null;
}

/** `wanted` is the order as it is to be. */
async function claim(
  { ports, document: { id, customerId, lines, bundles = [] }, call }: Editing,
  wanted: OrderDocument & { allowance: Allowance },
  change: EditInput['change'],
): Promise<EditError | null> {
  const input = allowanceInput(id, wanted.allowance);
  const claimed = await callObject(
    ports.buyers,
    customerId,
    (buyer) => buyer.claimAllowance(call, input),
    ports.chance,
  );
  if (claimed.ok) return null;
  const reached = allowanceReached({
    ...wanted,
    allowance: { ...wanted.allowance, reached: claimed.error },
  });
  // It was given up meanwhile: what it claims is refused as given back.
  if (reached === null) return { code: 'changed' };
  const asked = wanted.request.lines[reached.lineIndex]?.variantId;
  const sold = [...wanted.lines, ...(wanted.bundles ?? [])];
  const { productId, variantId } = sold.find((line) => line.variantId === asked) ?? {};
  const ids = new Set(
    [...lines, ...bundles]
      .filter(
        (line) =>
          claimed.error.scope === (line.variantId === variantId ? variantId : '') ||
          line.productId === productId,
      )
      .map((line) => line.id),
  );
  const index = change.lines.findIndex(({ lineId, quantity }) => quantity > 0 && ids.has(lineId));
  const detail = customerLimitText({ quantity: reached.limit, days: reached.days });
  return { code: 'refused', refusals: [{ pointer: `/lines/${Math.max(0, index)}/quantity`, detail }] };
}

async function askForMore(
  { ports, document, call, editId }: Editing,
  amount: number,
): Promise<Result<null, EditError>> {
  const { paymentId } = document.payment;
  if (paymentId === null) return fail(notAllowed('The payment is not open yet.'));
  const changed = await ports.payments
    .changePayment(call, {
      paymentId,
      orderId: document.id,
      amount,
      idempotencyKey: `${document.id}:change:${editId}`,
    })
    .catch((error: unknown) => {
      log.warn('payment not raised', { ...call, paymentId, error });
      return null;
    });
  if (changed === null) return fail({ code: 'unavailable' });
  if (changed.ok) return ok(null);
  if (changed.error.code === 'invalid_state')
    return fail(notAllowed('The payment is under way: it cannot be raised any more.'));
  if (OUTCOME_UNKNOWN.has(changed.error.code)) return fail({ code: 'unavailable' });
  throw new Error(`the payment does not take another amount: ${changed.error.code}`);
}

const notAllowed = (detail: string): EditError => ({ code: 'not_allowed', detail });
const idsOf = (units: readonly { lineId: string }[]): string[] => units.map(({ lineId }) => lineId);

/** What the changed line could have: what it has, and what is free. */
function shortage(
  document: OrderDocument,
  change: EditInput['change'],
  { sku, available }: Short,
): EditError {
  const lineIndex = lineIndexOf(document, change, sku);
  const changed = positionsOf(document).find(({ id }) => id === change.lines[lineIndex]?.lineId);
  const line = changed?.lines.find((part) => part.sku === sku);
  if (line === undefined) return { code: 'out_of_stock', lineIndex, available };
  const had = changed?.bundle?.quantity ?? line.quantity;
  return { code: 'out_of_stock', lineIndex, available: had + piecesFrom(document, line, available) };
}

function lineIndexOf({ lines }: OrderDocument, change: EditInput['change'], sku: string): number {
  const short = lines.filter((line) => line.sku === sku);
  const ids = new Set(short.map(({ id, bundleId = id }) => bundleId));
  return Math.max(
    0,
    change.lines.findIndex(({ lineId }) => ids.has(lineId)),
  );
}
