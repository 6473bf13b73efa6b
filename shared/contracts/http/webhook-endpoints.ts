import { z } from 'zod';
import { PUBLIC_EVENT_TYPES } from '#shared/contracts/order-events.ts';
import { idSchema } from '#shared/ids/ids.ts';

export const ENDPOINTS_MAX = 50;
export const PING_TYPE = 'webhook.ping';

const urlSchema = z.string().min(1).max(2_000).meta({
  description: 'https, on the public internet. No redirect is followed.',
  example: 'https://hooks.merchant.example/tradepost',
});
const eventTypesSchema = z
  .array(z.enum(['*', ...PUBLIC_EVENT_TYPES]))
  .min(1)
  .max(PUBLIC_EVENT_TYPES.length + 1)
  .meta({ description: 'Which events to send; `*` is all, those of the future too' });
const descriptionSchema = z.string().max(200);

export const signingSchema = z.enum(['hmac', 'ed25519']).meta({
  id: 'WebhookSigning',
  description: '`hmac`: one shared secret (`v1`). `ed25519`: we sign, the public key verifies (`v1a`).',
});
export type Signing = z.infer<typeof signingSchema>;

export const createWebhookEndpointSchema = z
  .strictObject({
    url: urlSchema,
    eventTypes: eventTypesSchema,
    description: descriptionSchema.default(''),
    signing: signingSchema.default('hmac'),
  })
  .meta({ id: 'CreateWebhookEndpoint' });
export type CreateWebhookEndpoint = z.infer<typeof createWebhookEndpointSchema>;

export const changeWebhookEndpointSchema = z
  .strictObject({
    url: urlSchema.optional(),
    eventTypes: eventTypesSchema.optional(),
    description: descriptionSchema.optional(),
    /** Events that happen while it is disabled are not sent later. */
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'ChangeWebhookEndpoint' });

/** How long the old key goes on signing beside the new one. */
export const OVERLAP_SECONDS = { default: 86_400, max: 604_800 } as const;
export const rotateWebhookKeySchema = z
  .strictObject({
    overlapSeconds: z.int().min(0).max(OVERLAP_SECONDS.max).default(OVERLAP_SECONDS.default),
    /** Changes the way of signing; the same as before when left out. */
    signing: signingSchema.optional(),
  })
  .meta({ id: 'RotateWebhookKey' });

export const webhookEndpointSchema = z
  .strictObject({
    id: idSchema('webhookEndpoint'),
    url: z.string(),
    eventTypes: z.array(z.string()),
    description: z.string(),
    enabled: z.boolean(),
    /** `gone`: the receiver answered 410. `failing`: nothing got through for three days. */
    disabledReason: z.enum(['by_operator', 'gone', 'failing']).nullable(),
    /** Since when nothing got through; null while the last attempt succeeded. */
    failingSince: z.iso.datetime().nullable(),
    /** Keys in use, newest first; each delivery is signed with all of them. */
    keys: z.array(
      z.strictObject({
        signing: signingSchema,
        /** `whpk_…`, of `ed25519` alone. */
        publicKey: z.string().nullable(),
        createdAt: z.iso.datetime(),
        /** Until when it signs; null: no end. */
        expiresAt: z.iso.datetime().nullable(),
      }),
    ),
    /** Increases with each change; also the strong ETag. */
    version: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'WebhookEndpoint' });
export type WebhookEndpointView = z.infer<typeof webhookEndpointSchema>;

export const webhookEndpointWithSecretSchema = z
  .strictObject({
    endpoint: webhookEndpointSchema,
    /** `whsec_…`, told here and never again; null with `ed25519`, and in a repeated answer. */
    secret: z.string().nullable(),
  })
  .meta({ id: 'WebhookEndpointWithSecret' });
export type WebhookEndpointWithSecret = z.infer<typeof webhookEndpointWithSecretSchema>;

export const webhookEndpointSummarySchema = webhookEndpointSchema
  .pick({
    id: true,
    url: true,
    eventTypes: true,
    description: true,
    enabled: true,
    disabledReason: true,
    version: true,
    createdAt: true,
    updatedAt: true,
  })
  .meta({ id: 'WebhookEndpointSummary' });
export type WebhookEndpointSummary = z.infer<typeof webhookEndpointSummarySchema>;
export const webhookEndpointPageSchema = z
  .strictObject({ items: z.array(webhookEndpointSummarySchema), next: z.string().nullable() })
  .meta({ id: 'WebhookEndpointPage' });

export const deliveryStateSchema = z.enum(['pending', 'delivered', 'failed']).meta({
  id: 'WebhookDeliveryState',
  description: '`failed`: no further attempt follows by itself',
});
export type DeliveryState = z.infer<typeof deliveryStateSchema>;

export const webhookDeliverySchema = z
  .strictObject({
    id: idSchema('webhookDelivery'),
    /** The `webhook-id` it is sent under, always the same. */
    eventId: z.string(),
    eventType: z.string(),
    state: deliveryStateSchema,
    /** Of the present round; a manual redelivery begins a new one. */
    attempts: z.int(),
    nextAttemptAt: z.iso.datetime().nullable(),
    lastStatus: z.int().nullable(),
    lastError: z.string().nullable(),
    lastDurationMs: z.int().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;
export const webhookDeliveryPageSchema = z
  .strictObject({ items: z.array(webhookDeliverySchema), next: z.string().nullable() })
  .meta({ id: 'WebhookDeliveryPage' });

export const webhookDeliveryDetailSchema = webhookDeliverySchema
  .extend({
    /** Beginning of what is sent. */
    requestBody: z.string(),
    /** Newest first, at most 50. */
    log: z.array(
      z.strictObject({
        at: z.iso.datetime(),
        url: z.string(),
        /** Null when no answer came. */
        status: z.int().nullable(),
        durationMs: z.int(),
        error: z.string().nullable(),
        /** Beginning of the answer. */
        responseBody: z.string(),
      }),
    ),
  })
  .meta({ id: 'WebhookDeliveryDetail' });
export type WebhookDeliveryDetail = z.infer<typeof webhookDeliveryDetailSchema>;

export const redeliverFailedSchema = z
  .strictObject({ since: z.iso.datetime({ offset: true }) })
  .meta({ id: 'RedeliverFailed' });
