import type { BackupEnv } from '#shared/backup/of-env.ts';
import type { GiftCardFace } from '#objects/gift-card/face.ts';
import type { GiftCardTriesFace } from '#objects/gift-card-tries/face.ts';
import type { CopiedFace } from '#objects/lib/copies.ts';
import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { GovernorFace } from '#objects/provider-governor/face.ts';
import type { WebhookRefusalsFace } from '#objects/webhook-refusals/face.ts';
import type { AuthService } from '#shared/contracts/auth.ts';
import type { PaymentEventMessage, PaymentFactsMessage } from '#shared/contracts/messages.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';

export type Env = Omit<
  GeneratedEnv,
  | keyof BackupEnv
  | 'AUTH'
  | 'GIFT_CARD'
  | 'GIFT_CARD_TRIES'
  | 'GOVERNOR'
  | 'PAYMENT_EVENTS'
  | 'PAYMENT_FACTS'
  | 'WEBHOOK_REFUSALS'
> & {
  AUTH: AuthService;
  GIFT_CARD: ObjectNamespace<GiftCardFace & CopiedFace>;
  GIFT_CARD_TRIES: ObjectNamespace<GiftCardTriesFace>;
  GOVERNOR: ObjectNamespace<GovernorFace>;
  WEBHOOK_REFUSALS: ObjectNamespace<WebhookRefusalsFace>;
  PAYMENT_EVENTS: Queue<PaymentEventMessage>;
  PAYMENT_FACTS: Queue<PaymentFactsMessage>;
} & BackupEnv;

export const BINDINGS: Partial<Record<keyof Env, BindingKind>> = {
  AUTH: 'service',
  GIFT_CARD: 'object',
  GIFT_CARD_TRIES: 'object',
  GOVERNOR: 'object',
  WEBHOOK_REFUSALS: 'object',
  PAYMENTS_DB: 'd1',
  BACKUPS: 'r2',
  PAYMENT_EVENTS: 'queue',
  PAYMENT_FACTS: 'queue',
};
