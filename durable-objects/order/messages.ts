import type { CallContext } from '#shared/contracts/call.ts';
import type { ChangeOrigin, InstanceChange } from '#shared/contracts/instance-changes.ts';
import type { ProvisioningMessage } from '#shared/contracts/messages.ts';
import type { OrderEventMessage, PublicEvent } from '#shared/contracts/order-events.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Line, OrderDocument } from './machine/document.ts';

/** Limits of one batch (https://developers.cloudflare.com/queues/platform/limits/); bytes with room for its envelope. */
const QUEUE_BATCH_MESSAGES_MAX = 100;
const QUEUE_BATCH_BYTES_MAX = 250_000;
/** What the queue adds to each message. */
const ENVELOPE_BYTES = 150;

/** The messages in order, in as few batches as fit. A single message is bounded by what an order may hold. */
export function inBatches<Body>(messages: readonly Body[]): Body[][] {
  const batches: Body[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = new TextEncoder().encode(JSON.stringify(message)).length + ENVELOPE_BYTES;
    const batch = batches.at(-1);
    if (batch === undefined || bytes > room || batch.length === QUEUE_BATCH_MESSAGES_MAX) {
      batches.push([message]);
      room = QUEUE_BATCH_BYTES_MAX - bytes;
    } else {
      batch.push(message);
      room -= bytes;
    }
  }
  return batches;
}

export type LineStep = 'lines.provision' | 'lines.activate' | 'lines.deprovision' | 'lines.access';

/** One message for a line. `key` of the effect makes a repeat by an operator a message of its own. */
export function lineMessage(
  document: OrderDocument,
  line: Line,
  step: LineStep,
  key: string,
  requestId: string,
): ProvisioningMessage {
  const base = {
    requestId,
    messageId: `${document.id}:${line.id}:${key}`.slice(0, 200),
    orderId: document.id,
    lineId: line.id,
    instanceId: line.instanceId,
  };
  const { changeOf = null } = document;
  const changed = changeOf === null ? {} : { changedInstanceId: changeOf.instanceId };
  switch (step) {
    case 'lines.provision':
      return {
        ...base,
        type: 'line.provision',
        orderNumber: document.number,
        workflowId: line.workflowId,
        customerId: document.customerId,
        productId: line.productId,
        productVersion: line.productVersion,
        variantId: line.variantId,
        sku: line.sku,
        title: line.title,
        variantTitle: line.variantTitle,
        quantity: line.quantity,
        customisation: line.customisation,
        fulfilment: line.fulfilment,
        shippingAddress:
          line.fulfilment.template === 'parcel' ? (document.request.shippingAddress ?? null) : null,
        ...(changeOf === null ? {} : { changes: changeAskedFor(changeOf) }),
      };
    case 'lines.activate':
      return { ...base, ...changed, type: 'line.activate' };
    case 'lines.access':
      return accessMessage(line, { ...base, ...changed });
    case 'lines.deprovision':
      return {
        ...base,
        ...changed,
        type: 'line.deprovision',
        workflowId: line.workflowId,
        reason: (document.reason?.text ?? 'The order is being undone.').slice(0, 500),
      };
  }
}

/** What was paid for is the order's own affair. */
const changeAskedFor = ({ instanceId, kind, expects, days }: ChangeOrigin): InstanceChange => ({
  instanceId,
  kind,
  expects,
  days,
});

/** The newest wish, whichever was the one that asked for the message. */
function accessMessage<Base>({ access }: Line, base: Base) {
  const { suspended = false, reason = 'by_operator', sequence = 1 } = access ?? {};
  return suspended
    ? { ...base, type: 'line.suspend' as const, reason, sequence }
    : { ...base, type: 'line.resume' as const, sequence };
}

/** The event as it leaves the shop; the same message however often it is made. */
export function orderEventMessage(
  document: OrderDocument,
  { type, sequence, at, data }: PublicEvent,
  publicOrigin: string,
  { requestId }: CallContext,
): OrderEventMessage {
  const id = `${document.id}:${sequence}`;
  return {
    requestId,
    messageId: id,
    orderId: document.id,
    event: {
      specversion: '1.0',
      id,
      source: `${publicOrigin}/v1/orders`,
      type,
      subject: document.id,
      time: rfc3339(at),
      sequence,
      datacontenttype: 'application/json',
      data: data as Record<string, unknown>,
    },
  };
}
