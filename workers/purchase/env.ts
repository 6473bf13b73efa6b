import type { BuyerFace } from '#objects/buyer/face.ts';
import type { CartFace } from '#objects/cart/face.ts';
import type { CopiedFace } from '#objects/lib/copies.ts';
import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { OrderFace, OrderListening } from '#objects/order/face.ts';
import type { PromotionFace } from '#objects/promotion/face.ts';
import type { OrderDirectoryFace } from '#objects/order-directory/face.ts';
import type { StockFace } from '#objects/stock/face.ts';
import type { VelocityFace } from '#objects/velocity/face.ts';
import type { WebhookEndpointFace } from '#objects/webhook-endpoint/face.ts';
import type { BackupEnv } from '#shared/backup/of-env.ts';
import type { AuthService } from '#shared/contracts/auth.ts';
import type { CatalogueService, ProductLists, StockDirectory } from '#shared/contracts/catalogue.ts';
import type { GiftCardFinder, GiftCardPayments } from '#shared/contracts/gift-cards.ts';
import type { ProvisionerService } from '#shared/contracts/instance-changes.ts';
import type {
  CatalogueEventMessage,
  PaymentEventMessage,
  ProvisioningMessage,
  ProvisioningResultMessage,
  StockEventMessage,
} from '#shared/contracts/messages.ts';
import type { OrderEventMessage } from '#shared/contracts/order-events.ts';
import type { PaymentEventsService, PaymentsService } from '#shared/contracts/payments.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';

/** What wrangler.toml binds, with its true types. */
interface Typed {
  AUTH: AuthService;
  CATALOGUE: CatalogueService & StockDirectory & ProductLists;
  PAYMENTS: PaymentsService & PaymentEventsService & GiftCardPayments & GiftCardFinder;
  PROVISIONER: ProvisionerService;
  ORDER: ObjectNamespace<OrderFace & OrderListening & CopiedFace>;
  ORDER_DIRECTORY: ObjectNamespace<OrderDirectoryFace>;
  STOCK: ObjectNamespace<StockFace & CopiedFace>;
  BUYER: ObjectNamespace<BuyerFace & CopiedFace>;
  CART: ObjectNamespace<CartFace & CopiedFace>;
  PROMOTION: ObjectNamespace<PromotionFace & CopiedFace>;
  VELOCITY: ObjectNamespace<VelocityFace>;
  WEBHOOK_ENDPOINT: ObjectNamespace<WebhookEndpointFace & CopiedFace>;
  PROVISIONING: Queue<ProvisioningMessage>;
  PROVISIONING_RESULTS: Queue<ProvisioningResultMessage>;
  PAYMENT_EVENTS: Queue<PaymentEventMessage>;
  CATALOGUE_EVENTS: Queue<CatalogueEventMessage>;
  STOCK_EVENTS: Queue<StockEventMessage>;
  ORDER_EVENTS: Queue<OrderEventMessage>;
}
/** Set only where an outside tax service is used. */
interface Optional {
  TAX_SERVICE_KEY?: string;
}
export type Env = Omit<GeneratedEnv, keyof Typed | keyof BackupEnv> & Typed & Optional & BackupEnv;

export const BINDINGS: Partial<Record<keyof Env, BindingKind>> = {
  AUTH: 'service',
  CATALOGUE: 'service',
  PAYMENTS: 'service',
  PROVISIONER: 'service',
  ORDER: 'object',
  ORDER_DIRECTORY: 'object',
  STOCK: 'object',
  BUYER: 'object',
  CART: 'object',
  PROMOTION: 'object',
  VELOCITY: 'object',
  WEBHOOK_ENDPOINT: 'object',
  ORDERS_DB: 'd1',
  COMMERCE_DB: 'd1',
  BACKUPS: 'r2',
  PROVISIONING: 'queue',
  PROVISIONING_RESULTS: 'queue',
  PAYMENT_EVENTS: 'queue',
  CATALOGUE_EVENTS: 'queue',
  STOCK_EVENTS: 'queue',
  ORDER_EVENTS: 'queue',
};
