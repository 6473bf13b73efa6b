import type { z } from 'zod';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { callbackVerifier } from '../adapters/webhooks.ts';
import { openSecret } from '../connectors/http-remote.ts';
import { messagePlace, newsOfReply } from '../connectors/queue/remote.ts';
import {
  type PartnerMessage,
  partnerMessageSchema,
  QUEUE_RESOURCE,
  type queuedReplySchema,
} from '../connectors/queue/request.ts';
import type { Ports } from '../ports.ts';
import { removeLate, takeNews } from './partner-news.ts';

/** Handled and acknowledged by then, or delivered again. */
const LEASE_MS = 2 * MINUTE_MS;

export interface Signed {
  handle: string;
  body: string;
  headers: Record<string, string>;
}
type QueueError = 'unknown_connection' | 'forged_news';

/** Whether the partner behind a connection sent this. */
async function isGenuine(ports: Ports, { handle, body, headers }: Signed): Promise<Result<null, QueueError>> {
  const found = await ports.registry.connections.get(handle);
  if (found?.kind !== 'http') return fail('unknown_connection');
  const secret = await openSecret(ports, handle, found.sealedSecret);
  return callbackVerifier(secret).isGenuine(body, headers) ? ok(null) : fail('forged_news');
}

/** The next messages for a partner. Each comes again until it is acknowledged. */
export async function fetchMessages(
  ports: Ports,
  signed: Signed,
  limit: number,
): Promise<Result<PartnerMessage[], QueueError>> {
  const genuine = await isGenuine(ports, signed);
  if (!genuine.ok) return genuine;
  const now = ports.clock.now();
  const found = await ports.registry.partnerMessages.lease(signed.handle, {
    limit,
    now,
    until: now + LEASE_MS,
  });
  const opened = found.map(async ({ id, sealedBody }) =>
    partnerMessageSchema.parse(await ports.sealer.open(sealedBody, messagePlace(id))),
  );
  return ok(await Promise.all(opened));
}

/** They were handled. Safe to repeat. */
export async function acknowledgeMessages(
  ports: Ports,
  signed: Signed,
  ids: readonly string[],
): Promise<Result<null, QueueError>> {
  const genuine = await isGenuine(ports, signed);
  if (!genuine.ok) return genuine;
  await ports.registry.partnerMessages.acknowledge(signed.handle, ids, ports.clock.now());
  return ok(null);
}

/** A reply of a consumer of ours. The first to a message counts; one to none we know is dropped. */
export async function takeReply(ports: Ports, reply: z.infer<typeof queuedReplySchema>): Promise<void> {
  const { requestId, inReplyTo } = reply;
  const operation = await ports.stores.ofOperation(inReplyTo).operations.get(inReplyTo);
  const news = operation?.resource === QUEUE_RESOURCE ? newsOfReply(operation, reply) : null;
  if (operation === null || news === null) {
    log.warn('a reply to no message of ours', { requestId, inReplyTo });
    return;
  }
  const taken = await takeNews(ports, operation, news, requestId);
  if (taken.ok && taken.value.late !== null) await removeLate(ports, taken.value.late, requestId);
}
