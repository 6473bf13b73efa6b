import type { BuyerFace } from '#objects/buyer/face.ts';
import type { CartFace } from '#objects/cart/face.ts';
import { callObject, type ObjectNamespace } from '#objects/lib/namespace.ts';
import type { OrderFace } from '#objects/order/face.ts';
import { type OrderDirectoryFace, shardName } from '#objects/order-directory/face.ts';
import type { ListenWish } from '#objects/order/listeners.ts';
import type { PricingService } from '#objects/pricing/face.ts';
import { pricingOf } from '#objects/pricing/of-env.ts';
import type { PromotionFace } from '#objects/promotion/face.ts';
import type { StockFace } from '#objects/stock/face.ts';
import type { WebhookEndpointFace } from '#objects/webhook-endpoint/face.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type {
  FulfilmentState,
  PaymentStatus,
  OrderState,
  OrderSummary,
} from '#shared/contracts/http/orders.ts';
import type { GiftCardFinder, GiftCardPayments } from '#shared/contracts/gift-cards.ts';
import type { ProvisionerService } from '#shared/contracts/instance-changes.ts';
import type { orderTaxLines } from '#shared/db/orders.ts';
import { type Mailer, mailerOf } from '#shared/mail/mail.ts';
import type { Currency } from '#shared/money/money.ts';
import { type Clock, systemClock } from '#shared/time/time.ts';
import type { Env } from './env.ts';
import { type MailTemplates, mailTemplates } from './queries/mail-templates.ts';
import { type EndpointDirectory, endpointDirectory } from './queries/webhook-endpoints.ts';
import type { FraudRules } from '#objects/fraud/rules.ts';
import { ruleBook } from '#objects/fraud/of-env.ts';
import { type FraudSettingsStore, fraudSettingsStore } from './queries/fraud.ts';
import { type BatchStore, batchStore } from './queries/command-batches.ts';
import { type QuoteStore, quoteStore } from './queries/instance-quotes.ts';
import { type RenewalStore, renewalStore } from './queries/instance-renewals.ts';
import { listOrders } from './queries/order-list.ts';
import { taxLinePages } from './queries/tax-lines.ts';
import { ordersNotListed, ordersToSweep } from './queries/sweep.ts';

/** A place in the lists: orders go by it from newest to oldest. */
export interface OrderPosition {
  createdAt: string;
  id: string;
}
/** Null and empty: not filtered by. */
export interface OrderFilter {
  customerId: string | null;
  /** The person, whether for themselves or for an organisation. */
  placedBy: string | null;
  /** Any of these. */
  states: readonly OrderState[];
  paymentStatus: PaymentStatus | null;
  fulfilment: FulfilmentState | null;
  number: string | null;
  sku: string | null;
  productId: string | null;
  /** Code of a cause, or `any`. */
  attention: string | null;
  /** RFC 3339 with milliseconds; from is inclusive, before exclusive. */
  createdFrom: string | null;
  createdBefore: string | null;
  /** Minor units, both inclusive. */
  total: { currency: Currency; min: number; max: number } | null;
  /** Exclusive: where the page before ended. */
  before: OrderPosition | null;
  limit: number;
}

export interface OrderListPage {
  rows: OrderSummary[];
  /** Where the next page begins; null: these are the last. */
  next: OrderPosition | null;
}

/** A row of the tax report. */
export type TaxReportRow = typeof orderTaxLines.$inferSelect & { orderNumber: string };

/** What the use cases need of the world. */
export interface Ports {
  order<Value>(orderId: string, call: (order: OrderFace) => Promise<Value>): Promise<Value>;
  stock<Value>(sku: string, call: (stock: StockFace) => Promise<Value>): Promise<Value>;
  /** Asks an order's object for a WebSocket: 101, or 204 (ended), 404 or 429. */
  listen(orderId: string, wish: ListenWish): Promise<Response>;
  promotion<Value>(promotionId: string, call: (promotion: PromotionFace) => Promise<Value>): Promise<Value>;
  pricing: PricingService;
  buyer<Value>(userId: string, call: (buyer: BuyerFace) => Promise<Value>): Promise<Value>;
  cart<Value>(cartId: string, call: (cart: CartFace) => Promise<Value>): Promise<Value>;
  endpoint<Value>(id: string, call: (endpoint: WebhookEndpointFace) => Promise<Value>): Promise<Value>;
  endpoints: EndpointDirectory;
  mailTemplates: MailTemplates;
  fraudRules(): Promise<FraudRules>;
  fraudSettings: FraudSettingsStore;
  listOrders(filter: OrderFilter): Promise<OrderListPage>;
  batches: BatchStore;
  provisioner: ProvisionerService;
  giftCards: GiftCardFinder & Pick<GiftCardPayments, 'soldGiftCards'>;
  clock: Clock;
  quotes: QuoteStore;
  renewals: RenewalStore;
  mailer: Mailer;
  /** Null: there is no such account any more. */
  contactOf(call: CallContext, input: { userId: string }): Promise<{ email: string } | null>;
  publicOrigin: string;
  /** Of a period in epoch milliseconds, half-open; oldest first, page by page. */
  taxLines(period: { from: number; to: number }): AsyncIterable<TaxReportRow[]>;
  /** The account behind an address; the look is audited as this person's. */
  customerByEmail(call: CallContext, input: { email: string; actorId: string }): Promise<string | null>;
  directory<Value>(shard: number, call: (directory: OrderDirectoryFace) => Promise<Value>): Promise<Value>;
  /** Which of these the projection has lost. */
  ordersNotListed(ids: readonly string[]): Promise<string[]>;
  /** Ids of orders due for a look; each is handed out once until its next turn. */
  ordersToSweep(now: number, limit: number): Promise<string[]>;
}

export function ports(env: Env): Ports {
  const on =
    <Face>(namespace: ObjectNamespace<Face>) =>
    <Value>(name: string, call: (stub: Face) => Promise<Value>): Promise<Value> =>
      callObject(namespace, name, call);
  return {
    order: on(env.ORDER),
    stock: on(env.STOCK),
    listen: (orderId, wish) =>
      env.ORDER.getByName(orderId).fetch(
        new Request(`https://order.invalid/?wish=${encodeURIComponent(JSON.stringify(wish))}`, {
          headers: { upgrade: 'websocket' },
        }),
      ),
    promotion: on(env.PROMOTION),
    pricing: pricingOf(env),
    buyer: on(env.BUYER),
    cart: on(env.CART),
    endpoint: on(env.WEBHOOK_ENDPOINT),
    endpoints: endpointDirectory(env.COMMERCE_DB),
    mailTemplates: mailTemplates(env.COMMERCE_DB),
    fraudRules: () => ruleBook.read(env.COMMERCE_DB),
    fraudSettings: fraudSettingsStore(env.COMMERCE_DB),
    listOrders: (filter) => listOrders(env.ORDERS_DB, filter),
    batches: batchStore(env.ORDERS_DB),
    provisioner: env.PROVISIONER,
    giftCards: env.PAYMENTS,
    clock: systemClock,
    quotes: quoteStore(env.ORDERS_DB),
    renewals: renewalStore(env.ORDERS_DB),
    mailer: mailerOf(env),
    contactOf: (call, input) => env.AUTH.getContact(call, input),
    publicOrigin: env.PUBLIC_ORIGIN,
    taxLines: (period) => taxLinePages(env.ORDERS_DB, period),
    customerByEmail: async (call, input) => (await env.AUTH.findAccount(call, input))?.userId ?? null,
    directory: (shard, call) => on(env.ORDER_DIRECTORY)(shardName(shard), call),
    ordersNotListed: (ids) => ordersNotListed(env.ORDERS_DB, ids),
    ordersToSweep: (now, limit) => ordersToSweep(env.ORDERS_DB, { now, limit }),
  };
}
