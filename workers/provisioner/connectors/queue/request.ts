import { z } from 'zod';
import { nameSchema } from '../../templates/template.ts';

/**
 * `push`: to a connection of kind `http`; `pull`: it fetches its messages; `own`: a consumer of one's own, from the
 * Cloudflare Queue that is bound as `PARTNER_MESSAGES`.
 */
export const publishSchema = z.strictObject({
  via: z.enum(['push', 'pull', 'own']),
  /** Null where it is a consumer of ours. */
  connection: nameSchema.nullable().default(null),
  /** For the consumer: what is asked for. */
  topic: z.string().min(1).max(100),
  data: z.record(z.string(), z.unknown()).default({}),
  /** Whether the step ends with the consumer's reply; otherwise it ends once the message is taken. */
  awaits: z.enum(['nothing', 'reply']).default('nothing'),
});
/** Written down, sealed, before the first call. */
export const messageRequestSchema = publishSchema.extend({ callbackUrl: z.string(), instanceId: z.string() });
export type MessageRequest = z.infer<typeof messageRequestSchema>;

export const QUEUE_RESOURCE = 'queue-message';

/**
 * As every consumer gets it, at least once: what has the same id is the same message. A `cancellation` undoes the message
 * `cancels`, and keeps it from having an effect where it comes later.
 */
export const partnerMessageSchema = z
  .strictObject({
    id: z.string(),
    type: z.enum(['message', 'cancellation']),
    cancels: z.string().nullable(),
    topic: z.string(),
    instanceId: z.string(),
    /** Where a partner replies; consumers of ours reply by the queue `partner-replies`. Null: nothing waits for it. */
    replyTo: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({
    id: 'PartnerMessage',
    description: 'The same id is the same message: it comes until it is acknowledged',
  });
export type PartnerMessage = z.infer<typeof partnerMessageSchema>;

/** What a consumer replies. The first reply to a message counts. */
export const replySchema = z.object({
  state: z.enum(['succeeded', 'failed']),
  result: z.record(z.string(), z.unknown()).default({}),
  reason: z.string().max(2_000).default(''),
});
/** The same by the queue. */
export const queuedReplySchema = replySchema.extend({
  requestId: z.string().min(1).max(200),
  inReplyTo: z.string().min(1).max(200),
});
