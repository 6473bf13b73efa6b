import { z } from '@hono/zod-openapi';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { EVENT_FLAGS, EVENT_STATES, type EventFilter, type StoredEvent } from '../usecases/ports.ts';

export const eventIdSchema = z.string().regex(/^evt_\w{1,250}$/);
const stateSchema = z.enum(EVENT_STATES);
const timeSchema = z.iso.datetime({ offset: true });

/** Which events are meant; nothing given: all. */
export const eventFilterShape = {
  state: stateSchema.optional(),
  type: z
    .string()
    .regex(/^[\w.]{1,200}$/)
    .optional(),
  orderId: idSchema('order').optional(),
  paymentId: z.string().min(1).max(255).optional(),
  from: timeSchema.optional().describe('Received at this time or later'),
  to: timeSchema.optional().describe('Received before this time'),
};

export const toFilter = (sent: {
  [Name in keyof typeof eventFilterShape]?: z.infer<(typeof eventFilterShape)[Name]> | undefined;
}): EventFilter => ({
  state: sent.state ?? null,
  type: sent.type ?? null,
  orderId: sent.orderId ?? null,
  paymentId: sent.paymentId ?? null,
  from: sent.from === undefined ? null : rfc3339(Date.parse(sent.from)),
  to: sent.to === undefined ? null : rfc3339(Date.parse(sent.to)),
});

export const paymentEventSchema = z
  .strictObject({
    id: z.string(),
    provider: z.string(),
    type: z.string(),
    state: stateSchema.describe(
      'received: not yet sent on; enqueued: the order was told; handled: the order took it in; failed: the order could not; ignored: nobody waits for it; unmatched: it concerns no payment we know',
    ),
    orderId: z.string().nullable(),
    paymentId: z.string().nullable(),
    chargeId: z.string().nullable(),
    requestId: z.string(),
    occurredAt: z.iso.datetime(),
    receivedAt: z.iso.datetime(),
    enqueuedAt: z.iso.datetime().nullable(),
    settledAt: z.iso.datetime().nullable(),
    attempts: z.int().describe('How often it was sent on'),
    flags: z
      .array(z.enum(EVENT_FLAGS))
      .describe(
        'other_mode: a test event at a live shop or the reverse; other_api_version: of another version',
      ),
    detail: z.string().nullable(),
  })
  .meta({ id: 'PaymentEvent', description: 'One verified event of the payment provider' });

export const eventBody = ({ eventId, ...event }: StoredEvent) => ({ id: eventId, ...event });
