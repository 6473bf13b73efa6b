import type { z } from 'zod';
import { log } from '#shared/observability/log.ts';
import { logWork } from '#shared/observability/work.ts';

/**
 * Processes each message of a batch on its own: parsed, handled, then acknowledged. One that throws is retried with the
 * queue's own delay and ends in its dead-letter queue; one that does not parse goes the same way, since a later version
 * of the consumer may understand it. `system` names the worker in the log.
 */
export async function consumeEach<Schema extends z.ZodType<{ requestId: string }>>(
  system: string,
  batch: MessageBatch,
  schema: Schema,
  handle: (message: z.infer<Schema>) => Promise<void>,
): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      try {
        const body = schema.parse(message.body);
        const { requestId } = body;
        await logWork({ system, work: `queue ${batch.queue}`, requestId }, () => handle(body));
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
