import { isSuccess, readable } from '../../adapters/partner-api.ts';
import { PartnerFault } from '../../adapters/partner-fault.ts';
import type { HttpAnswer } from '../../adapters/signed-http.ts';
import type { Ports } from '../../ports.ts';
import type { OperationRow } from '../../queries/operations.ts';
import { callConnection, GONE, passing, RETRIABLE } from '../http-remote.ts';
import { OPERATIONS } from '../operations.ts';
import { openRequest, type Placed, type Remote, UNSURE } from '../remote.ts';
import {
  type FulfilmentDocument,
  fulfilmentDocumentSchema,
  isFollowedToEnd,
  newsOfDocument,
  toldShipments,
} from './document.ts';
import { shipRequestSchema } from './request.ts';

const ORDERS = '/fulfilment-orders';

/** Whoever keeps and sends goods for us, spoken to as docs/fulfilment.md says. */
export const fulfilmentRemote: Remote = {
  async place(ports, operation, stated): Promise<Placed> {
    const { connection, sku, title, quantity, ...request } = shipRequestSchema.parse(stated);
    const body = { ...request, items: [{ sku, title, quantity }] };
    const key = operation.idempotencyKey;
    const answer = await callConnection(ports, { connection, method: 'POST', path: ORDERS, key, body });
    if (RETRIABLE.has(answer.status)) throw passing(connection, answer);
    if (!isSuccess(answer.status)) return { kind: 'refused', failure: refused(answer) };
    const document = await documentOf(ports, operation, connection, answer.body);
    const news = newsOfDocument(document, quantity);
    return news.state === 'in_progress'
      ? { kind: 'accepted', operationId: document.id, resourceId: document.id }
      : { kind: 'ended', news };
  },

  resultOf(_ports, _operation, news) {
    const result = OPERATIONS['fulfilment.ship'].output.safeParse(news.result);
    return Promise.resolve(result.success ? result.data : null);
  },

  async ask(ports, operation) {
    const { connection, quantity } = shipRequestSchema.parse(await openRequest(ports, operation));
    const document = await look(ports, operation, connection);
    return document === null ? null : newsOfDocument(document, quantity);
  },

  async remove(ports, operation) {
    if (operation.resourceId === null) return UNSURE;
    const { connection } = shipRequestSchema.parse(await openRequest(ports, operation));
    const path = pathOf(operation);
    const key = `${operation.idempotencyKey}/remove`;
    const answer = await callConnection(ports, { connection, method: 'DELETE', path, key, body: null });
    if (isSuccess(answer.status) || GONE.has(answer.status)) return null;
    if (answer.status === 409)
      return { code: 'already_sent', text: 'It is on its way already and cannot be stopped.' };
    if (RETRIABLE.has(answer.status)) throw new PartnerFault(`${connection} answered ${answer.status}`);
    return { code: 'partner_kept', text: 'Our partner could not take it back.' };
  },

  calledBack: {
    connectionOf: (request) => shipRequestSchema.parse(request).connection,
    async read(ports, operation, request, body) {
      const document = fulfilmentDocumentSchema.safeParse(body);
      if (!document.success) return null;
      await keep(ports, operation, document.data);
      return newsOfDocument(document.data, shipRequestSchema.parse(request).quantity);
    },
  },

  /** On its way: until nothing more will be heard of it. */
  async follow(ports, operation) {
    const { connection } = shipRequestSchema.parse(await openRequest(ports, operation));
    const document = await look(ports, operation, connection);
    return document === null || isFollowedToEnd(document);
  },
};

const pathOf = ({ id, resourceId }: OperationRow): string => {
  if (resourceId === null) throw new Error(`operation ${id} names no fulfilment order`);
  return `${ORDERS}/${encodeURIComponent(resourceId)}`;
};

async function look(
  ports: Ports,
  operation: OperationRow,
  connection: string,
): Promise<FulfilmentDocument | null> {
  const path = pathOf(operation);
  const key = `${operation.idempotencyKey}/poll`;
  const answer = await callConnection(ports, { connection, method: 'GET', path, key, body: null });
  if (GONE.has(answer.status)) return null;
  if (!isSuccess(answer.status)) throw new PartnerFault(`${connection} answered ${answer.status}`);
  return documentOf(ports, operation, connection, answer.body);
}

/** What the partner says is kept as soon as it is heard. */
async function documentOf(
  ports: Ports,
  operation: OperationRow,
  connection: string,
  body: unknown,
): Promise<FulfilmentDocument> {
  const document = fulfilmentDocumentSchema.safeParse(body);
  if (!document.success) throw new PartnerFault(`${connection}: the answer cannot be read`);
  await keep(ports, operation, document.data);
  return document.data;
}

const keep = (ports: Ports, operation: OperationRow, document: FulfilmentDocument): Promise<void> =>
  ports.stores
    .ofInstance(operation.instanceId)
    .shipments.keep(toldShipments(document, operation), ports.clock.now());

function refused({ status, body }: HttpAnswer) {
  const document = fulfilmentDocumentSchema.partial().safeParse(body);
  const reason = document.success ? document.data.reason : null;
  const isOurs = status === 401 || status === 403 || typeof reason !== 'string';
  const text = isOurs
    ? 'Our partner did not accept the order.'
    : `Our partner did not accept the order: ${readable(reason)}`;
  return { code: 'partner_refused', text };
}
