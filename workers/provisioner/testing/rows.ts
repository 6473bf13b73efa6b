import type { NewInstance } from '../queries/instances.ts';
import type { ProvisionMessage } from './harness.ts';

/** What an instance's row says at first; the plan is of nobody's interest. */
export const newInstance = (line: ProvisionMessage): NewInstance => ({
  id: line.instanceId,
  customerId: line.customerId,
  orderId: line.orderId,
  orderNumber: line.orderNumber,
  lineId: line.lineId,
  workflowId: line.workflowId,
  productId: line.productId,
  productVersion: line.productVersion,
  variantId: line.variantId,
  sku: line.sku,
  title: line.title,
  variantTitle: line.variantTitle,
  kind: 'licence',
  quantity: line.quantity,
  customisation: { seat: 'left' },
  fulfilment: line.fulfilment,
  sealedAddress: null,
  plan: {},
  detail: 'Being made.',
  requestId: line.requestId,
  createdAt: 1,
  nudgeAt: null,
});
