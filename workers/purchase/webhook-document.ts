import type { z } from '@hono/zod-openapi';
import { cloudEventSchema, PUBLIC_EVENTS, type PublicEventType } from '#shared/contracts/order-events.ts';
import type { App } from '#shared/http/app.ts';
import type { Env } from './env.ts';

/** Describes what merchants are sent, event by event, in the `webhooks` section of the API document. */
export function describeWebhooks(app: App<Env>): void {
  const events = Object.entries(PUBLIC_EVENTS) as [PublicEventType, { when: string; data: z.ZodObject }][];
  for (const [type, { when, data }] of events) {
    app.openAPIRegistry.registerWebhook({
      method: 'post',
      path: type,
      operationId: `on${type.replace(/(^|[._])(\w)/g, (_, _dot: string, letter: string) => letter.toUpperCase())}`,
      tags: ['Webhooks'],
      summary: when,
      request: {
        body: {
          required: true,
          content: { 'application/json': { schema: cloudEventSchema.extend({ data }) } },
        },
      },
      responses: {
        '2XX': { description: 'Taken. Anything else, a redirect too, is tried again.' },
        410: { description: 'Not wanted any more: the endpoint is disabled.' },
      },
    });
  }
}
