import { callObject } from '../lib/namespace.ts';
import type { Effect, OrderPorts } from './effects.ts';
import type { OrderDocument, PromotionClaim } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import type { EffectStep } from './machine/intents.ts';
import { paymentEffect } from './payment-effects.ts';

/**
 * Gives back what was taken for a change that was not made: units, uses of promotions, and a payment that asks for more.
 * What the order has after all it keeps. Nothing can be taken under these names afterwards, so that a request that comes
 * late takes nothing.
 */
export async function undoEdit(
  ports: OrderPorts,
  document: OrderDocument,
  { key, step, call }: Effect<Extract<EffectStep, { step: 'edit.undo' }>>,
): Promise<OrderEvent[]> {
  const { id: orderId, stock: claims, promotions, state, payment } = document;
  for (const { sku, object, lineIds: taken } of step.added) {
    const own = new Set(claims.find((claim) => claim.sku === sku)?.lines.map(({ lineId }) => lineId));
    const lineIds = taken.filter((lineId) => !own.has(lineId));
    if (lineIds.length === 0) continue;
    const back = { ...addressOf(sku, object), orderId, lineIds };
    await callObject(ports.stock, object, (stock) => stock.giveBack(call, back), ports.chance);
  }
  const use = step.editId;
  for (const promotionId of step.promotionIds) {
    if (promotions.some((claim) => claim.promotionId === promotionId && claim.use === use)) continue;
    const back = { promotionId, orderId, use };
    await callObject(ports.promotions, promotionId, (each) => each.giveBack(call, back), ports.chance);
  }
  if (step.allowance === true && (document.allowance === undefined || document.allowance.use !== use)) {
    const { customerId } = document;
    await callObject(
      ports.buyers,
      customerId,
      (buyer) => buyer.returnAllowance(call, { orderId, use }),
      ports.chance,
    );
  }
  // Afterwards nothing more is collected than the order is worth, whatever was asked for.
  if (!step.raised || state !== 'awaiting_payment' || payment.status !== 'open') return [];
  const change = { step: 'payment.change', attempt: payment.attempt } as const;
  return paymentEffect(ports, document, { key, step: change, call });
}

/** A shard is told its name: it knows by it which units are its own. */
export const addressOf = (sku: string, object: string): { sku: string; object?: string } =>
  object === sku ? { sku } : { sku, object };

export const useOf = ({ use }: Pick<PromotionClaim, 'use'>): { use?: string } =>
  use === undefined ? {} : { use };
