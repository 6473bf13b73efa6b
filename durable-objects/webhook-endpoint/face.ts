import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import {
  changeWebhookEndpointSchema,
  createWebhookEndpointSchema,
  deliveryStateSchema,
  rotateWebhookKeySchema,
  type WebhookDelivery,
  type WebhookDeliveryDetail,
  type WebhookEndpointView,
  type WebhookEndpointWithSecret,
} from '#shared/contracts/http/webhook-endpoints.ts';
import type { CloudEvent } from '#shared/contracts/order-events.ts';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';

export const createInputSchema = createWebhookEndpointSchema.extend({
  endpointId: idSchema('webhookEndpoint'),
});
export type CreateInput = z.infer<typeof createInputSchema>;
export const changeInputSchema = z.strictObject({
  /** The version the caller has read; null: whichever it is. */
  readVersion: z.int().nullable(),
  changes: changeWebhookEndpointSchema,
});
export type ChangeInput = z.infer<typeof changeInputSchema>;
export const rotateInputSchema = rotateWebhookKeySchema;
export type RotateInput = z.infer<typeof rotateInputSchema>;
export const listInputSchema = z.strictObject({
  state: deliveryStateSchema.nullable(),
  /** Exclusive: the last id of the page before. Newest first. */
  before: idSchema('webhookDelivery').nullable(),
  limit: z.int().min(1).max(101),
});
export type ListInput = z.infer<typeof listInputSchema>;

export const forgetWordsInputSchema = z.array(idSchema('order')).max(100);

export type EndpointError =
  | { code: 'not_found' }
  | { code: 'stale' }
  | { code: 'disabled' }
  /** No other key may sign beside them before the first has ended (RFC 3339). */
  | { code: 'too_many_keys'; until: string }
  | { code: 'delivery_not_found' }
  /** The target may not be called; `detail` says why, to follow the word "url". */
  | { code: 'bad_target'; detail: string };

/** RPC face of a `WebhookEndpoint` object, named by the endpoint's id. Every method is safe to repeat. */
export interface WebhookEndpointFace {
  /** A repeat answers with the endpoint as it is, and without the secret. */
  create(call: CallContext, input: CreateInput): Promise<Result<WebhookEndpointWithSecret, EndpointError>>;
  /** Null when there is no such endpoint; asking creates nothing. */
  read(call: CallContext): Promise<WebhookEndpointView | null>;
  change(call: CallContext, input: ChangeInput): Promise<Result<WebhookEndpointView, EndpointError>>;
  remove(call: CallContext): Promise<Result<null, EndpointError>>;
  /** A new key from now on; the old ones sign along until the overlap ends. */
  rotate(call: CallContext, input: RotateInput): Promise<Result<WebhookEndpointWithSecret, EndpointError>>;
  /** Sends one event of no meaning, once, and waits for the answer; also while disabled. */
  ping(call: CallContext): Promise<Result<WebhookDelivery, EndpointError>>;
  /** Takes an event over, once an id. False when the endpoint does not want it. */
  deliver(call: CallContext, event: CloudEvent): Promise<boolean>;
  /** Takes everybody's words out of what was or will be sent about these orders. Answers how many events that were. */
  forgetWords(call: CallContext, orderIds: readonly string[]): Promise<number>;
  deliveries(call: CallContext, input: ListInput): Promise<WebhookDelivery[] | null>;
  delivery(call: CallContext, id: string): Promise<WebhookDeliveryDetail | null>;
  /** Gives a delivery another round of attempts, whether it failed or got through. */
  redeliver(call: CallContext, id: string): Promise<Result<WebhookDelivery, EndpointError>>;
  /** The same for all that failed and were created since (epoch milliseconds). Answers how many. */
  redeliverFailed(call: CallContext, since: number): Promise<Result<number, EndpointError>>;
}
