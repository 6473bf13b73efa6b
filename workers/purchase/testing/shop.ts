import { createMessageBatch, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import type { PurchasableVariant } from '#shared/contracts/catalogue.ts';
import {
  type Order,
  orderSchema,
  type PlaceOrderBody,
  timelineSchema,
} from '#shared/contracts/http/orders.ts';
import type { PaymentEventMessage, ProvisioningResultMessage } from '#shared/contracts/messages.ts';
import type { GiftCardState, SoldGiftCard } from '#shared/contracts/gift-cards.ts';
import type { PaymentSnapshot } from '#shared/contracts/payments.ts';
import { newId } from '#shared/ids/ids.ts';
import type { Currency } from '#shared/money/money.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { migrateDatabases, self, signedIn } from '#shared/testing/runtime.ts';
import { consume } from '../consumers.ts';
import type { Env } from '../env.ts';

interface FakeCatalogue {
  register(variant: PurchasableVariant & { unpublished?: boolean }): Promise<void>;
  failNext(variantId: string, times: number): Promise<void>;
}
type Method = 'hold' | 'create' | 'get' | 'change' | 'capture' | 'cancel' | 'refund';
interface FakePayments {
  plan(amount: number, faults: Partial<Record<Method, string[]>>): Promise<void>;
  callsOf(orderId: string): Promise<Method[]>;
  paymentOf(orderId: string): Promise<PaymentSnapshot | null>;
  countOf(orderId: string): Promise<number>;
  wasChallenged(orderId: string): Promise<boolean>;
  change(paymentId: string, values: Partial<PaymentSnapshot>): Promise<void>;
  /** `shown`: what looking its code up says of it. */
  addCard(code: string, card: FakeCard): Promise<void>;
  balanceOf(code: string): Promise<number>;
  /** How often it was looked up. */
  triesOf(code: string): Promise<number>;
  /** From now on it is looked up no more: 429. */
  refuseTries(code: string): Promise<void>;
  /** `left`: what is really left on it, where it is less than lists know. */
  brought(orderId: string, cards: (SoldGiftCard & { left?: number })[]): Promise<void>;
  soldGiftCards(call: unknown, input: { orderId: string }): Promise<SoldGiftCard[]>;
}
export interface FakeCard {
  cardId: string;
  balance: number;
  shown?: number;
  state?: GiftCardState;
  currency?: Currency;
  expiresAt?: number;
}

/** The worker's real bindings; the platform's own namespaces for what only tests do to objects. */
export const bindings = env as unknown as Env;
export const namespaces = env as unknown as Record<
  'ORDER' | 'STOCK' | 'BUYER' | 'CART',
  DurableObjectNamespace
>;
export const catalogue = bindings.CATALOGUE as unknown as FakeCatalogue;
export const payments = bindings.PAYMENTS as unknown as FakePayments;
export const auth = bindings.AUTH as unknown as { revoke(subject: string): Promise<void> };
const call = { requestId: 'request-of-the-test' };
export const OPERATOR: [string, Role] = [newId('user'), 'operator'];
export const EUR = (amount: number) => ({ amount, currency: 'EUR' as const });
export const address = {
  name: 'Ann',
  line1: 'Way 1',
  line2: '',
  postalCode: '10115',
  city: 'Berlin',
  country: 'DE',
};

export interface SentMail {
  to: string;
  subject: string;
  text: string;
  html: string;
  idempotencyKey: string;
}
/** Mails as the provider got them; nothing else may leave the runtime. */
export const mails: SentMail[] = [];
/** Orders whose mails the provider does not take for now. */
export const mailOutage = new Set<string>();
export function catchMails(): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const content = await request.json<Omit<SentMail, 'idempotencyKey'>>();
    const idempotencyKey = request.headers.get('idempotency-key') ?? '';
    if (mailOutage.has(idempotencyKey.split(':')[0] ?? '')) return new Response(null, { status: 503 });
    mails.push({ ...content, idempotencyKey });
    return Response.json({ id: 'mail' });
  });
}
/** What most tests begin with. */
export async function openShop(): Promise<void> {
  catchMails();
  await migrateDatabases();
}
export const mailsOf = (orderId: string): SentMail[] =>
  mails.filter((mail) => mail.idempotencyKey.startsWith(`${orderId}:`));

let unique = 1_000 + Math.floor(Math.random() * 1_000_000);
/** An amount no other test uses: faults of the payment service are planned by amount. */
export const uniqueAmount = (): number => (unique += 1);

export async function variant(values: Partial<PurchasableVariant> & { unpublished?: boolean } = {}) {
  const unitPrice = values.unitPrice ?? { amount: uniqueAmount(), currency: 'EUR' as const };
  const made: PurchasableVariant & { unpublished?: boolean } = {
    productId: newId('product'),
    productVersion: 3,
    variantId: newId('variant'),
    sku: `SKU-${crypto.randomUUID()}`,
    kind: 'licence',
    title: 'Editor',
    variantTitle: 'Team',
    unitPrice,
    listPrice: unitPrice,
    compareAt: null,
    priceSource: { list: 'base', reason: 'Standard price' },
    taxClass: 'standard',
    collections: [],
    stockTracked: false,
    quantityMax: 100,
    customisationSchema: null,
    fulfilment: { template: 'licence-key', activationsMax: 3, validDays: null },
    ...values,
  };
  await catalogue.register(made);
  return made;
}
/** A variant with stock. */
export async function stocked(onHand: number, values: Partial<PurchasableVariant> = {}) {
  const made = await variant({ stockTracked: true, ...values });
  await bindings.STOCK.getByName(made.sku).declare(call, { sku: made.sku, onHand, sequence: 1 });
  return made;
}
export const stockOf = async (sku: string) => bindings.STOCK.getByName(sku).level(call);

export async function request(
  method: string,
  path: string,
  options: { as?: [string, ...Role[]]; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Response> {
  const auth = options.as === undefined ? {} : await signedIn(...options.as);
  const body = typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
  return self.fetch(`https://shop.test${path}`, {
    method,
    headers: {
      ...auth,
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body }),
  });
}

export type Body = Omit<Partial<PlaceOrderBody>, 'lines'> & {
  lines: { variantId: string; quantity: number; customisation?: Record<string, unknown> }[];
};
export const postOrder = (
  customerId: string,
  body: Body,
  key: string = crypto.randomUUID(),
): Promise<Response> =>
  request('POST', '/v1/orders', {
    as: [customerId, 'customer'],
    body: { currency: 'EUR', ...body },
    headers: { 'idempotency-key': key },
  });

/** Places an order that must be accepted. */
export async function place(customerId: string, body: Body): Promise<Order> {
  return orderOf(await postOrder(customerId, body), 201);
}
/** The order in an answer that must have this status. */
export async function orderOf(response: Response, status = 200): Promise<Order> {
  if (response.status !== status) throw new Error(`${response.status}: ${await response.text()}`);
  return orderSchema.parse(await response.json());
}
/** What is asked of an order after it was placed, by staff unless it is said by whom. */
export const ask = (
  order: { id: string },
  path: string,
  body: unknown,
  as: [string, Role] = OPERATOR,
  key: string = crypto.randomUUID(),
): Promise<Response> =>
  request('POST', `/v1/orders/${order.id}${path}`, { as, body, headers: { 'idempotency-key': key } });
/** The same where it must be granted. */
export const granted = async (...asked: Parameters<typeof ask>): Promise<Order> =>
  orderOf(await ask(...asked));

export async function read(order: { id: string; customerId: string }): Promise<Order> {
  const response = await request('GET', `/v1/orders/${order.id}`, { as: [order.customerId, 'customer'] });
  return orderSchema.parse(await response.json());
}
export async function timelineOf(order: { id: string; customerId: string }) {
  const path = `/v1/orders/${order.id}/timeline`;
  const response = await request('GET', path, { as: [order.customerId, 'customer'] });
  return timelineSchema.parse(await response.json()).items;
}

/** Waits for a state; the order's own alarms and outbox do the work. */
export const until = (order: { id: string; customerId: string }, state: Order['state']): Promise<Order> =>
  vi.waitFor(
    async () => {
      const present = await read(order);
      if (present.state !== state)
        throw new Error(`${present.state}, not ${state}: ${JSON.stringify(present.reason)}`);
      return present;
    },
    { timeout: 10_000, interval: 20 },
  );

/** What the customer does at the payment service, and the webhook that tells of it. */
export async function pay(order: Order, values: Partial<PaymentSnapshot> = {}): Promise<void> {
  const paymentId = order.payment?.paymentId ?? '';
  const amount = order.payment?.amount.amount ?? 0;
  await payments.change(paymentId, { state: 'authorised', authorised: amount, ...values });
  await announce(order, paymentId);
}
/** `messageId`: another one than the event's is the event told again on purpose. */
export function announce(
  order: { id: string },
  paymentId: string,
  eventId: string = crypto.randomUUID(),
  messageId: string = eventId,
) {
  const message: PaymentEventMessage = {
    type: 'payment.changed',
    requestId: call.requestId,
    messageId,
    eventId,
    eventType: 'payment_intent.amount_capturable_updated',
    orderId: order.id,
    paymentId,
  };
  return deliver('payment-events', message);
}

/** The provisioner's answer for one line, or for all. */
export async function answer(
  order: Order,
  type: ProvisioningResultMessage['type'],
  values: Partial<ProvisioningResultMessage> = {},
): Promise<void> {
  const present = await read(order);
  for (const line of present.lines) {
    if (values.lineId !== undefined && values.lineId !== line.id) continue;
    await deliver('provisioning-results', {
      type,
      requestId: call.requestId,
      messageId: `${type}:${line.id}`,
      orderId: order.id,
      lineId: line.id,
      instanceId: line.instanceId ?? '',
      code: null,
      detail: '',
      ...values,
    });
  }
}

/** Everything that was paid for is made, collected and handed over. */
export async function fulfil(order: Order): Promise<Order> {
  await until(order, 'provisioning');
  await answer(order, 'line.provisioned');
  await until(order, 'capturing');
  await answer(order, 'line.activated');
  return until(order, 'completed');
}

/** Hands messages to the consumer as the queue does. Returns which were acknowledged. */
export async function deliver(queue: string, ...bodies: unknown[]): Promise<void> {
  const batch = createMessageBatch(
    queue,
    bodies.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body })),
  );
  await consume(batch, bindings);
}

interface EffectRow {
  key: string;
  state: 'pending' | 'done' | 'parked';
  attempts: number;
}
export const effectsOf = (orderId: string): Promise<EffectRow[]> =>
  runInDurableObject(namespaces.ORDER.getByName(orderId), (_, state) =>
    state.storage.sql
      .exec('SELECT key, state, attempts FROM _outbox ORDER BY id')
      .toArray()
      .map((row) => row as unknown as EffectRow),
  );

/** Lets the deadline of the order's present state end now. */
export async function endDeadline(orderId: string): Promise<void> {
  const stub = namespaces.ORDER.getByName(orderId);
  await runInDurableObject(stub, async (_, state) => {
    state.storage.sql.exec(
      "UPDATE order_document SET document = json_set(document, '$.dueAt', 1, '$.stageSince', 1)",
    );
    state.storage.sql.exec("UPDATE _alarms SET at = 1 WHERE name = 'deadline'");
    await state.storage.setAlarm(Date.now() + 60_000);
  });
  await runDurableObjectAlarm(stub);
}
/** Everything the outbox postponed is due now. */
export async function hurry(orderId: string): Promise<void> {
  const stub = namespaces.ORDER.getByName(orderId);
  await runInDurableObject(stub, async (_, state) => {
    state.storage.sql.exec("UPDATE _outbox SET next_at = 1 WHERE state = 'pending'");
    state.storage.sql.exec(
      "INSERT INTO _alarms (name, at) VALUES ('outbox', 1) ON CONFLICT (name) DO UPDATE SET at = 1",
    );
    await state.storage.setAlarm(Date.now() + 60_000);
  });
  await runDurableObjectAlarm(stub);
}
/** The process of the order dies, with everything that was under way; its alarm brings it back. */
export async function crash(orderId: string): Promise<void> {
  const stub = namespaces.ORDER.getByName(orderId);
  await runInDurableObject(stub, (_, state) => state.abort('crash')).catch(() => {});
  await hurry(orderId);
}
