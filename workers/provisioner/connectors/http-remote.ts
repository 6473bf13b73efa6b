import { z } from 'zod';
import { isSuccess, isTurnedAway, readable } from '../adapters/partner-api.ts';
import { PartnerFault } from '../adapters/partner-fault.ts';
import type { HttpAnswer, SignedRequest } from '../adapters/signed-http.ts';
import type { PartnerNews } from '../partner-news-schema.ts';
import type { Ports } from '../ports.ts';
import type { OperationRow } from '../queries/operations.ts';
import { valueAt } from '../templates/mapping.ts';
import { type HttpCall, httpRequestSchema } from './http-request.ts';
import { openRequest, type Placed, type Remote, UNSURE } from './remote.ts';

export const HTTP_RESOURCE = 'http';

/** Client errors that a repeat can mend. */
export const RETRIABLE = new Set([408, 409, 423, 425, 429]);
export const GONE = new Set([404, 410]);
const ID_LENGTH_MAX = 200;

/** An answer 422 may ask for what only a person can give. */
const actionSchema = z.object({
  action: z.object({
    of: z.enum(['customer', 'operator']),
    code: z.string().min(1).max(100).default('action_required'),
    text: z.string().min(1).max(1_000),
    fields: z.record(z.string(), z.unknown()),
  }),
});

/** Whoever is behind a connection, spoken to as the template's step says. */
export const httpRemote: Remote = {
  async place(ports, operation, request): Promise<Placed> {
    const { body, callbackUrl, answer: answered, ...call } = httpRequestSchema.parse(request);
    const { connection, path } = call;
    const answer = await callConnection(ports, {
      connection,
      method: 'POST',
      path,
      key: operation.idempotencyKey,
      body: {
        ...body,
        ...(answered === null ? {} : { answer: answered }),
        ...(call.completion === 'callback' ? { callbackUrl } : {}),
      },
    });
    const asked = actionSchema.safeParse(answer.status === 422 ? answer.body : null);
    if (asked.success) {
      const { of: askedOf, ...question } = asked.data.action;
      return {
        kind: 'action-required',
        question: { ...question, askedOf, text: readable(question.text) },
      };
    }
    if (RETRIABLE.has(answer.status)) throw passing(connection, answer);
    if (!isSuccess(answer.status)) return { kind: 'refused', failure: refused(call, answer) };
    const news = newsOf(call, answer.body, operation);
    if (news === null) throw new PartnerFault(`${call.connection}: the answer cannot be read`);
    if (call.completion === 'answer') {
      const state = news.state === 'in_progress' ? 'succeeded' : news.state;
      return { kind: 'ended', news: { ...news, state } };
    }
    return news.state === 'in_progress'
      ? { kind: 'accepted', operationId: news.operationId, resourceId: news.resourceId }
      : { kind: 'ended', news };
  },

  async resultOf(ports, operation, news) {
    const { read } = httpRequestSchema.parse(await openRequest(ports, operation));
    const entries = Object.entries(read.result).map(
      ([name, pointer]) => [name, valueAt(news.result ?? {}, pointer)] as const,
    );
    return entries.every(([, value]) => value !== undefined) ? Object.fromEntries(entries) : null;
  },

  async ask(ports, operation) {
    const call = httpRequestSchema.parse(await openRequest(ports, operation));
    if (call.poll === undefined) return null;
    const path = filled(call.poll.path, operation);
    const { connection } = call;
    const key = `${operation.idempotencyKey}/poll`;
    const answer = await callConnection(ports, { connection, method: 'GET', path, key, body: null });
    if (GONE.has(answer.status)) return null;
    if (!isSuccess(answer.status)) throw new PartnerFault(`${call.connection} answered ${answer.status}`);
    const news = newsOf(call, answer.body, operation);
    if (news === null) throw new PartnerFault(`${call.connection}: the answer cannot be read`);
    return news;
  },

  async remove(ports, operation) {
    const { remove, ...call } = httpRequestSchema.parse(await openRequest(ports, operation));
    if (remove === undefined) return null;
    if (!isKnown(remove.path, operation)) return UNSURE;
    const path = filled(remove.path, operation);
    const key = `${operation.idempotencyKey}/remove`;
    const { connection } = call;
    const answer = await callConnection(ports, { connection, method: remove.method, path, key, body: {} });
    if (isSuccess(answer.status) || GONE.has(answer.status)) return null;
    if (answer.status !== 409 && answer.status !== 423 && RETRIABLE.has(answer.status))
      throw new PartnerFault(`${call.connection} answered ${answer.status}`);
    return { code: 'partner_kept', text: 'Our partner could not take it back.' };
  },

  calledBack: {
    connectionOf: (request) => httpRequestSchema.parse(request).connection,
    read: (_ports, operation, request, body) =>
      Promise.resolve(newsOf(httpRequestSchema.parse(request), body, operation)),
  },
};

/** The partner's words as our news of an operation; null: they cannot be read. */
function newsOf(
  { read }: Pick<HttpCall, 'read'>,
  body: unknown,
  operation: Pick<OperationRow, 'id' | 'partnerOperationId' | 'resourceId'>,
): PartnerNews | null {
  if (typeof body !== 'object' || body === null) return null;
  const idAt = (pointer: string | undefined): string | null => {
    const value = pointer === undefined ? undefined : valueAt(body, pointer);
    const isId = typeof value === 'string' || typeof value === 'number';
    return isId && String(value) !== '' ? String(value).slice(0, ID_LENGTH_MAX) : null;
  };
  const resourceId = idAt(read.resource) ?? operation.resourceId;
  const operationId = idAt(read.operation) ?? operation.partnerOperationId ?? resourceId ?? operation.id;
  const stated = read.state === undefined ? null : valueAt(body, read.state);
  const state = read.succeeded.includes(String(stated))
    ? 'succeeded'
    : read.failed.includes(String(stated))
      ? 'failed'
      : 'in_progress';
  const reason = read.reason === undefined ? undefined : valueAt(body, read.reason);
  return {
    operationId,
    resourceId,
    state,
    result: body as Record<string, unknown>,
    ...(state === 'failed'
      ? {
          error: {
            code: 'partner_failed',
            message: typeof reason === 'string' ? reason : '',
            permanent: true,
          },
        }
      : {}),
  };
}

/** What a repeat can mend. */
export const passing = (connection: string, { status }: HttpAnswer): PartnerFault =>
  new PartnerFault(`${connection} answered ${status}`, { madeNothing: isTurnedAway(status) });

const isKnown = (path: string, { resourceId, partnerOperationId }: OperationRow): boolean =>
  !(path.includes('{resource}') && resourceId === null) &&
  !(path.includes('{operation}') && partnerOperationId === null);

/** Removing needs what was made by its id: without one nothing can be found. */
function filled(path: string, { id, resourceId, partnerOperationId }: OperationRow): string {
  return path.replaceAll(/\{(resource|operation)\}/g, (_, name: string) => {
    const value = name === 'resource' ? resourceId : partnerOperationId;
    if (value === null) throw new Error(`operation ${id} has no ${name}`);
    return encodeURIComponent(value);
  });
}

/** One signed call to a connection. Also to an archived one: what was ordered there can be asked about and removed. */
export async function callConnection(
  ports: Ports,
  call: Omit<SignedRequest, 'baseUrl' | 'secret'>,
): Promise<HttpAnswer> {
  const { connection } = call;
  const found = await ports.registry.connections.get(connection);
  if (found?.kind !== 'http') throw new Error(`there is no connection ${connection}`);
  const secret = await openSecret(ports, connection, found.sealedSecret);
  return ports.http.send({ ...call, baseUrl: found.baseUrl, secret });
}

export const secretPlace = (handle: string) => ({
  table: 'connections',
  row: handle,
  field: 'sealed_secret',
});
export const openSecret = async (ports: Ports, handle: string, sealed: string): Promise<string> =>
  z.string().parse(await ports.sealer.open(sealed, secretPlace(handle)));

function refused({ read }: Pick<HttpCall, 'read'>, { status, body }: HttpAnswer) {
  const reason = read.reason === undefined ? undefined : valueAt(body, read.reason);
  const isOurs = status === 401 || status === 403 || typeof reason !== 'string';
  return {
    code: 'partner_refused',
    text: isOurs
      ? 'Our partner did not accept the order.'
      : `Our partner did not accept the order: ${readable(reason)}`,
  };
}
