import type { Stripe } from 'stripe';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { api } from '../lib/api.ts';
import type { World } from '../scenarios/world.ts';
import type { Purchase } from './buyer.ts';

/** An order that was accepted, as it is in the end. */
export interface Ended {
  purchase: Purchase;
  order: Order;
}
export interface LimitedPromotion {
  id: string;
  limit: number;
}
export interface StockedProduct {
  sku: string;
  onHand: number;
}

const ENDS: ReadonlySet<Order['state']> = new Set<Order['state']>(['completed', 'cancelled', 'refunded']);

/** Every broken rule in words, from what the shop, the payment service and the partner say once all is quiet. */
export async function violationsOf(
  world: World,
  ended: readonly Ended[],
  shop: { stocked: readonly StockedProduct[]; promotion: LimitedPromotion },
): Promise<string[]> {
  const intents = await intentsByOrder(world.stripe);
  const found: string[] = [];
  for (const { purchase, order } of ended) {
    const complain = (rule: string): void => void found.push(`${order.id} (${purchase.kind}): ${rule}`);
    if (!ENDS.has(order.state)) complain(`never ended, it is ${order.state}: ${order.reason?.text ?? ''}`);
    for (const rule of moneyRules(order, intents.get(order.id) ?? [])) complain(rule);
    for (const rule of await deliveryRules(world, purchase, order)) complain(rule);
  }
  const known = new Set(ended.map(({ order }) => order.id));
  for (const [orderId, made] of intents) {
    const charged = made.some((intent) => intent.amount_received > 0 || intent.status === 'requires_capture');
    if (!known.has(orderId) && charged) found.push(`${orderId}: money for an order nobody was told of`);
  }
  for (const product of shop.stocked) found.push(...(await stockRules(world, ended, product)));
  found.push(...(await promotionRules(world, ended, shop.promotion)));
  return found;
}

async function intentsByOrder(stripe: Stripe): Promise<Map<string, Stripe.PaymentIntent[]>> {
  const found = new Map<string, Stripe.PaymentIntent[]>();
  for await (const intent of stripe.paymentIntents.list({ limit: 100, expand: ['data.latest_charge'] })) {
    const orderId = intent.metadata['order_id'] ?? '';
    found.set(orderId, [...(found.get(orderId) ?? []), intent]);
  }
  return found;
}

const refundedOf = ({ latest_charge: charge }: Stripe.PaymentIntent): number =>
  charge === null || typeof charge === 'string' ? 0 : charge.amount_refunded;

/** What the customer's money has to fulfil, as the payment service has it. */
export function moneyRules(order: Order, intents: readonly Stripe.PaymentIntent[]): string[] {
  const charged = intents.filter((intent) => intent.amount_received > 0);
  const kept = charged.reduce((sum, intent) => sum + intent.amount_received - refundedOf(intent), 0);
  const due = order.state === 'completed' ? order.total.amount : 0;
  const rules: string[] = [];
  if (kept !== due) rules.push(`${kept} kept of the customer's money, ${due} is due`);
  if (order.state === 'completed' && charged.length !== 1) rules.push(`charged ${charged.length} times`);
  if (intents.length > 1) rules.push(`${intents.length} payments were opened`);
  if (intents.some((intent) => intent.status === 'requires_capture')) rules.push('money is still held');
  return rules;
}

/** One active instance a line when it is complete, none otherwise; at the partner too. */
async function deliveryRules(world: World, { customer }: Purchase, order: Order): Promise<string[]> {
  const path = `GET /v1/instances?orderId=${order.id}&limit=100`;
  const { items } = await customer.ask<{ items: Omit<Instance, 'delivery'>[] }>(path);
  const held = await world.heldByPartner(order);
  const isComplete = order.state === 'completed';
  const rules: string[] = [];
  for (const line of order.lines) {
    const active = items.filter(({ lineId, state }) => lineId === line.id && state === 'active').length;
    if (active !== (isComplete ? 1 : 0)) rules.push(`${active} active instances of one line`);
  }
  if (items.length > order.lines.length)
    rules.push(`${items.length} instances of ${order.lines.length} lines`);
  const services = isComplete ? order.lines.filter(({ kind }) => kind === 'service').length : 0;
  if (held.length !== services) rules.push(`${held.length} services at the partner, not ${services}`);
  return rules;
}

/** A use for each order that was completed with it, and no more than there are. */
async function promotionRules(
  world: World,
  ended: readonly Ended[],
  { id, limit }: LimitedPromotion,
): Promise<string[]> {
  const { accessToken: token } = await world.operator();
  const { used } = await api<{ used: number }>(world.origin, `GET /v1/promotions/${id}/uses`, { token });
  const bought = ended.filter(
    ({ purchase, order }) => purchase.kind === 'coupon' && order.state === 'completed',
  ).length;
  const rules: string[] = [];
  if (used !== bought)
    rules.push(`${used} uses of the promotion are taken, ${bought} orders completed with it`);
  if (bought > limit) rules.push(`${bought} orders completed with a promotion of ${limit} uses`);
  return rules;
}

async function stockRules(
  world: World,
  ended: readonly Ended[],
  { sku, onHand }: StockedProduct,
): Promise<string[]> {
  const { accessToken: token } = await world.operator();
  const level = await api<{ onHand: number; held: number }>(world.origin, `GET /v1/stock/${sku}`, { token });
  const sold = ended
    .filter(({ order }) => order.state === 'completed')
    .flatMap(({ order }) => order.lines)
    .filter((line) => line.sku === sku)
    .reduce((sum, line) => sum + line.quantity, 0);
  const rules: string[] = [];
  if (level.held !== 0) rules.push(`${sku}: ${level.held} units are still held`);
  if (level.onHand + sold !== onHand)
    rules.push(`${sku}: ${onHand} units, ${sold} sold, ${level.onHand} left`);
  return rules;
}
