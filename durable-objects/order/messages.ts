import type { ProvisioningMessage } from '#shared/contracts/messages.ts';
import type { Line, OrderDocument } from './machine/document.ts';

export type LineStep = 'lines.provision' | 'lines.activate' | 'lines.deprovision';

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
      };
    case 'lines.activate':
      return { ...base, type: 'line.activate' };
    case 'lines.deprovision':
      return {
        ...base,
        type: 'line.deprovision',
        workflowId: line.workflowId,
        reason: (document.reason?.text ?? 'The order is being undone.').slice(0, 500),
      };
  }
}
