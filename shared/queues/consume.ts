import type { z } from 'zod';
import { log } from '#shared/observability/log.ts';

/**
 * Processes each message of a batch on its own: parsed, handled, then acknowledged. One that throws is retried with the
 * queue's own delay and ends in its dead-letter queue; one that does not parse goes the same way, since a later version
 * of the consumer may understand it.
 */
export async function consumeEach<Schema extends z.ZodType>(
  batch: MessageBatch,
  schema: Schema,
  handle: (message: z.infer<Schema>) => Promise<void>,
): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      try {
        await handle(schema.parse(message.body));
        message.ack();
      } catch (error) {
        log.error('message failed', {
          queue: batch.queue,
          messageId: message.id,
          attempts: message.attempts,
          error,
        });
        message.retry();
      }
    }),
  );
}
