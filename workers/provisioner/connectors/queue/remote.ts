import { isSuccess } from '../../adapters/partner-api.ts';
import { PartnerFault } from '../../adapters/partner-fault.ts';
import type { PartnerNews } from '../../partner-news-schema.ts';
import type { Ports } from '../../ports.ts';
import type { OperationRow } from '../../queries/operations.ts';
import type { StepFailure } from '../../templates/template.ts';
import { callConnection, RETRIABLE } from '../http-remote.ts';
import { openRequest, type Placed, type Remote } from '../remote.ts';
import { type MessageRequest, messageRequestSchema, type PartnerMessage, replySchema } from './request.ts';

/** Whoever consumes our messages, each known by the id of its operation. */
export const queueRemote: Remote = {
  async place(ports, operation, stated): Promise<Placed> {
    const request = messageRequestSchema.parse(stated);
    const refused = await deliver(ports, operation, request, messageOf(operation, request));
    if (refused !== null) return { kind: 'refused', failure: refused };
    const { id } = operation;
    return request.awaits === 'reply'
      ? { kind: 'accepted', operationId: id, resourceId: id }
      : { kind: 'ended', news: { operationId: id, resourceId: id, state: 'succeeded', result: {} } };
  },
  resultOf: (_ports, _operation, news) => Promise.resolve(news.result ?? {}),
  /** A queue tells nothing before it is told. */
  ask: () => Promise.resolve(null),
  async remove(ports, operation) {
    const request = messageRequestSchema.parse(await openRequest(ports, operation));
    const { id } = operation;
    if (request.via === 'pull' && (await ports.registry.partnerMessages.withdraw(id, ports.clock.now())))
      return null;
    await deliver(ports, operation, request, {
      ...messageOf(operation, request),
      id: `${id}/cancel`,
      type: 'cancellation',
      cancels: id,
      replyTo: null,
      data: {},
    });
    return null;
  },
  calledBack: {
    connectionOf: (request) => messageRequestSchema.parse(request).connection ?? '',
    read: (_ports, operation, _request, body) => Promise.resolve(newsOfReply(operation, body)),
  },
};

const messageOf = ({ id }: OperationRow, request: MessageRequest): PartnerMessage => ({
  id,
  type: 'message',
  cancels: null,
  topic: request.topic,
  instanceId: request.instanceId,
  replyTo: request.awaits === 'reply' ? request.callbackUrl : null,
  data: request.data,
});

/** Null: it is taken, and will be delivered at least once. */
async function deliver(
  ports: Ports,
  operation: OperationRow,
  { via, connection }: MessageRequest,
  message: PartnerMessage,
): Promise<StepFailure | null> {
  if (via === 'own') {
    if (ports.ownMessages === null) return NO_CONNECTION;
    await ports.ownMessages.send(message);
    return null;
  }
  if (connection === null) return NO_CONNECTION;
  if (via === 'pull') {
    const sealedBody = await ports.sealer.seal(message, messagePlace(message.id));
    const { id, topic, cancels } = message;
    const row = { id, connection, topic, cancels, sealedBody };
    await ports.registry.partnerMessages.put(row, ports.clock.now());
    return null;
  }
  const key = message.type === 'message' ? operation.idempotencyKey : `${operation.idempotencyKey}/cancel`;
  const call = { connection, method: 'POST', path: '/messages', key, body: message } as const;
  const { status, body } = await callConnection(ports, call);
  // An answer that is none may come from anybody on the way.
  if (isSuccess(status) && body !== null) return null;
  if (isSuccess(status) || RETRIABLE.has(status) || message.type === 'cancellation')
    throw new PartnerFault(`${connection} answered ${status}`);
  return { code: 'partner_refused', text: 'Our partner did not accept the order.' };
}

const NO_CONNECTION: StepFailure = {
  code: 'connection_missing',
  text: 'This product is set up wrongly and cannot be delivered.',
};

export const messagePlace = (id: string) => ({ table: 'partner_messages', row: id, field: 'sealed_body' });

/** Null: it is no reply. */
export function newsOfReply({ id }: Pick<OperationRow, 'id'>, body: unknown): PartnerNews | null {
  const reply = replySchema.safeParse(body);
  if (!reply.success) return null;
  const { state, result, reason } = reply.data;
  const common = { operationId: id, resourceId: id };
  return state === 'succeeded'
    ? { ...common, state, result }
    : { ...common, state, error: { code: 'partner_failed', message: reason, permanent: true } };
}
