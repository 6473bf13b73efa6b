import { buyerIn } from './machine/buyer.ts';
import type { AuthService } from '#shared/contracts/auth.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type { ProvisioningMessage } from '#shared/contracts/messages.ts';
import type { OrderEventMessage } from '#shared/contracts/order-events.ts';
import type { GiftCardPayments } from '#shared/contracts/gift-cards.ts';
import type { PaymentsService } from '#shared/contracts/payments.ts';
import type { PricedOrder } from '#shared/domain/pricing/priced.ts';
import { assertNever, fail, ok } from '#shared/domain/result.ts';
import { type Language, languageOf } from '#shared/domain/locale.ts';
import type { Mailer } from '#shared/mail/mail.ts';
import { log } from '#shared/observability/log.ts';
import type { Clock } from '#shared/time/time.ts';
import type { Chance } from '../lib/host.ts';
import type { FraudAssessor } from '../fraud/face.ts';
import type { BuyerFace } from '../buyer/face.ts';
import { allowanceInput } from './machine/allowance.ts';
import { callObject, type ObjectNamespace } from '../lib/namespace.ts';
import { directoryOf, type OrderDirectoryFace } from '../order-directory/face.ts';
import type { PriceAnswer, PriceRequest, PricingService } from '../pricing/face.ts';
import { refusedVariants } from '../pricing/refused-variants.ts';
import type { PromotionFace } from '../promotion/face.ts';
import type { StockFace } from '../stock/face.ts';
import type { OrderFace } from './face.ts';
import type { LineIds, OrderDocument } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import type { MailKind } from '#shared/contracts/http/mail-templates.ts';
import type { EffectStep, MailStep, NoticeStep } from './machine/intents.ts';
import { orderMail, type Wording } from './mails.ts';
import { staffNotice } from './mails/notice.ts';
import { deliveryOf } from './machine/lines.ts';
import { inBatches, lineMessage, type LineStep, orderEventMessage } from './messages.ts';
import { paymentEffect } from './payment-effects.ts';
import { cardEffect } from './card-effects.ts';
import { amountRefusals, cardRefusals, orderLines } from './pricing.ts';
import { assess, remind } from './fraud-effects.ts';
import { undoEdit } from './edit-undo.ts';
import { endExchange, placeExchange } from './exchange-effects.ts';
import { projectOrder } from './projection.ts';
import { stockEffect } from './stock-effects.ts';

/** The outside world of an order. */
export interface OrderPorts {
  clock: Clock;
  chance: Chance;
  pricing: PricingService;
  fraud: FraudAssessor;
  /** Empty: operators get no mail. */
  operatorMailTo: string;
  promotions: ObjectNamespace<PromotionFace>;
  buyers: ObjectNamespace<BuyerFace>;
  payments: PaymentsService & GiftCardPayments;
  auth: AuthService;
  stock: ObjectNamespace<StockFace>;
  orders: ObjectNamespace<OrderFace>;
  provisioning: Queue<ProvisioningMessage>;
  events: Queue<OrderEventMessage>;
  directory: ObjectNamespace<OrderDirectoryFace>;
  database: D1Database;
  mailer: Mailer;
  /** The merchant's own words for a mail; null: ours. */
  wording(kind: MailKind, language: Language): Promise<Partial<Wording> | null>;
  publicOrigin: string;
  /** Mints the names of a line of the customer's. */
  newLine(customerId: string): LineIds;
  /** Writes a fact down before the request it announces leaves. */
  record(event: OrderEvent): void;
}
export interface Effect<Step extends EffectStep = EffectStep> {
  key: string;
  step: Step;
  call: CallContext;
}

/**
 * Acts on the outside world and tells what came of it, as events for the machine. Throws when it is worth repeating.
 * Repeats are safe: every call carries a key derived from order and step, or is idempotent by itself.
 */
export async function deliverEffect(
  ports: OrderPorts,
  document: OrderDocument,
  { key, step, call }: Effect,
): Promise<OrderEvent[]> {
  const at = (): number => ports.clock.now();
  switch (step.step) {
    case 'price':
      return [await priceOrder(ports, document, call)];
    case 'fraud.assess':
      return [await assess(ports, document, step, call)];
    case 'review.remind':
      await remind(ports, document);
      return [];
    case 'stock.hold':
    case 'stock.commit':
    case 'stock.return':
    case 'stock.restock':
      return [await stockEffect(ports, document, step, call)];
    case 'promotion.claim':
      return [await claimPromotion(ports, document, step.promotionId, call)];
    case 'promotion.return': {
      const { step: _, ...use } = step;
      await onPromotion(ports, use.promotionId, (promotion) =>
        promotion.giveBack(call, { ...use, orderId: document.id }),
      );
      return [{ type: 'promotion.returned', ...use, at: at() }];
    }
    case 'allowance.claim':
      return [await claimAllowance(ports, document, call)];
    case 'allowance.return': {
      const { use } = step;
      await callObject(
        ports.buyers,
        document.customerId,
        (buyer) => buyer.returnAllowance(call, { orderId: document.id, use }),
        ports.chance,
      );
      return [{ type: 'allowance.returned', use, at: at() }];
    }
    case 'edit.undo':
      return undoEdit(ports, document, { key, step, call });
    case 'exchange.place':
      return placeExchange(ports, document, step.returnId, call);
    case 'cards.take':
    case 'cards.give_back':
      return cardEffect(ports, document, step, call);
    case 'exchange.end':
      await endExchange(ports, document, call);
      return [];
    case 'payment.create':
    case 'payment.hold':
    case 'payment.change':
    case 'payment.fetch':
    case 'payment.close':
    case 'payment.capture':
    case 'payment.void':
    case 'payment.refund':
      return paymentEffect(ports, document, { key, step, call });
    case 'lines.provision':
    case 'lines.activate':
    case 'lines.deprovision':
    case 'lines.access':
      await sendLines(ports, document, step.step, step.lineIds, key, call);
      return [];
    case 'mail':
      return sendMail(ports, document, step, call);
    case 'notice':
      await sendNotice(ports, document, step, call);
      return [];
    case 'mails.gather':
      return [{ type: 'mails.gathered', at: at() }];
    case 'publish':
      await ports.events.send(orderEventMessage(document, step.event, ports.publicOrigin, call));
      return [];
    case 'register':
      await callObject(
        ports.directory,
        directoryOf(document.id),
        (directory) => directory.register(call, { id: document.id }),
        ports.chance,
      );
      return [];
    case 'project':
      await projectOrder(ports.database, document);
      return [];
    default:
      return assertNever(step);
  }
}

export async function priceOrder(
  ports: OrderPorts,
  document: OrderDocument,
  call: CallContext,
): Promise<OrderEvent> {
  const { request, changeOf = null } = document;
  if (changeOf !== null && promised(document) === null)
    return { type: 'order.refused', refusals: [QUOTE_ENDED], at: ports.clock.now() };
  const [answer, contact] = await Promise.all([
    presentPrice(ports, document, call),
    // Without an address the order goes on; mails ask for it again.
    contactOf(ports, document, call).catch(() => null),
  ]);
  const at = ports.clock.now();
  const priced = orderLines(request, document.lineIds, answer, {
    isReplacement: document.exchangeOf !== null,
    changes: changeOf?.kind ?? null,
    newIds: () => ports.newLine(document.customerId),
  });
  if (!priced.ok) return { type: 'order.refused', refusals: priced.error, at };
  const unpayable = [...amountRefusals(priced.value.pricing), ...cardRefusals(document, priced.value.lines)];
  if (unpayable.length > 0) return { type: 'order.refused', refusals: unpayable, at };
  const delivery = deliveryOf(request.delivery, priced.value.lines);
  const { email = null, createdAt: accountCreatedAt = null } = contact ?? {};
  return { type: 'order.priced', ...priced.value, delivery, email, accountCreatedAt, at };
}

/** What changes an instance has a price of its own, which nobody can reckon anew here. */
const QUOTE_ENDED = { pointer: '/quoteId', detail: 'has expired: ask for another quote' };

/** What was promised stands for as long as it was promised, as long as it can be bought at all. */
async function presentPrice(
  { pricing }: OrderPorts,
  document: OrderDocument,
  call: CallContext,
): Promise<PriceAnswer> {
  const request = priceRequestOf(document);
  const frozen = promised(document);
  if (frozen === null) return pricing.price(call, request);
  const resolved = await pricing.resolve(call, request);
  const refused = refusedVariants(resolved, request);
  return { resolved, priced: refused.length > 0 ? fail(refused) : ok(frozen) };
}

function priceRequestOf({
  id,
  customerId,
  request,
  promotions,
  state,
  passedOver = [],
}: OrderDocument): PriceRequest {
  const { currency, lines, codes, shippingMethodId = null, shippingAddress } = request;
  const place = shippingAddress ?? request.destination;
  return {
    currency,
    lines,
    codes,
    shippingMethodId,
    destination: place === undefined ? null : { country: place.country, region: place.region ?? null },
    customerId,
    orderId: id,
    claimed: promotions.filter((claim) => claim.state === 'claimed').map(({ promotionId }) => promotionId),
    passedOver: state === 'repricing' ? passedOver : [],
  };
}

/** Counted from when the order was placed: a slow catalogue takes no promise away. */
const promised = ({ quote, createdAt }: OrderDocument): PricedOrder | null =>
  quote !== null && createdAt < quote.expiresAt ? quote.priced : null;

const onPromotion = <Value>(
  ports: OrderPorts,
  promotionId: string,
  act: (promotion: PromotionFace) => Promise<Value>,
): Promise<Value> => callObject(ports.promotions, promotionId, act, ports.chance);

async function claimPromotion(
  ports: OrderPorts,
  document: OrderDocument,
  promotionId: string,
  call: CallContext,
): Promise<OrderEvent> {
  const claim = document.promotions.find((each) => each.promotionId === promotionId);
  if (claim === undefined) throw new Error(`the order claims no ${promotionId}`);
  const { limitTotal, limitPerCustomer } = claim;
  const { id: orderId, customerId } = document;
  const claimed = await onPromotion(ports, promotionId, (promotion) =>
    promotion.claim(call, { promotionId, orderId, customerId, limitTotal, limitPerCustomer }),
  );
  const at = ports.clock.now();
  if (claimed.ok) return { type: 'promotion.claimed', promotionId, at };
  return { type: 'promotion.refused', promotionId, reason: claimed.error.reason, at };
}

async function claimAllowance(
  ports: OrderPorts,
  { id, customerId, allowance }: OrderDocument,
  call: CallContext,
): Promise<OrderEvent> {
  if (allowance === undefined) throw new Error('the order claims no allowance');
  const input = allowanceInput(id, allowance);
  const claimed = await callObject(
    ports.buyers,
    customerId,
    (buyer) => buyer.claimAllowance(call, input),
    ports.chance,
  );
  const at = ports.clock.now();
  if (claimed.ok) return { type: 'allowance.claimed', use: input.use, at };
  return { type: 'allowance.refused', use: input.use, reached: claimed.error, at };
}

async function sendLines(
  ports: OrderPorts,
  document: OrderDocument,
  step: LineStep,
  lineIds: readonly string[],
  key: string,
  call: CallContext,
): Promise<void> {
  const messages = document.lines
    .filter((line) => lineIds.includes(line.id))
    .map((line) => lineMessage(document, line, step, key, call.requestId));
  for (const batch of inBatches(messages)) {
    await ports.provisioning.sendBatch(batch.map((body) => ({ body })));
  }
}

const contactOf = (ports: OrderPorts, document: OrderDocument, call: CallContext) => {
  const { personId: userId, organisationId } = buyerIn(document);
  return ports.auth.getContact(call, { userId, organisationId });
};

/** Whoever ordered for an organisation may have left it since: for whom its mails are, is asked each time. */
const keptAddress = (document: OrderDocument): string | null =>
  buyerIn(document).organisationId === null ? document.email : null;

async function sendMail(
  ports: OrderPorts,
  document: OrderDocument,
  step: MailStep,
  call: CallContext,
): Promise<OrderEvent[]> {
  const to = keptAddress(document) ?? (await contactOf(ports, document, call))?.email ?? null;
  if (to === null) return [];
  const wording = await ports.wording(step.mail, languageOf(document.request.locale));
  const { publicOrigin } = ports;
  const outcome = await ports.mailer.send(orderMail(step, document, { to, publicOrigin, wording }));
  if (outcome.state === 'taken') return [];
  return [{ type: 'mail.refused', reason: outcome.reason, at: ports.clock.now() }];
}

/** A staff address that refuses mail is an operator's own affair: nobody could be told of it but by the log. */
async function sendNotice(
  ports: OrderPorts,
  document: OrderDocument,
  step: NoticeStep,
  { requestId }: CallContext,
): Promise<void> {
  const { operatorMailTo: to, publicOrigin } = ports;
  if (to === '') return;
  const outcome = await ports.mailer.send(staffNotice(step, document, { to, publicOrigin }));
  if (outcome.state === 'refused') {
    log.error('the staff address refuses a notice', { requestId, orderId: document.id, about: step.about });
  }
}
