import type { Address } from '#shared/domain/address.ts';
import type { Scope } from './mapping.ts';

/** What a template may know of the order line it serves. */
export interface LineFacts {
  orderId: string;
  orderNumber: string;
  customerId: string;
  lineId: string;
  instanceId: string;
  productId: string;
  productVersion: number;
  variantId: string;
  sku: string;
  title: string;
  variantTitle: string;
  quantity: number;
  customisation: Record<string, unknown>;
  fulfilment: Record<string, unknown>;
  shippingAddress: Address | null;
}

/** Outputs of the steps before, by step name. */
export type StepResults = Record<string, Record<string, unknown>>;

/** What pointers of a template lead into. `answers`: what people answered, by the step that asked. Pure. */
export function scopeOf(line: LineFacts, results: StepResults, answers: StepResults = {}): Scope {
  const { customisation, fulfilment, ...facts } = line;
  return {
    order: { id: line.orderId, number: line.orderNumber, customerId: line.customerId },
    product: { id: line.productId, version: line.productVersion, variantId: line.variantId },
    line: facts,
    fulfilment,
    customisation,
    results,
    answers,
  };
}

/** JSON types of what is known of every line; below `fulfilment`, `customisation`, `results` it depends. */
export const KNOWN_TYPES: Readonly<Record<string, string>> = {
  '/order/id': 'string',
  '/order/number': 'string',
  '/order/customerId': 'string',
  '/product/id': 'string',
  '/product/version': 'integer',
  '/product/variantId': 'string',
  '/line/orderId': 'string',
  '/line/orderNumber': 'string',
  '/line/customerId': 'string',
  '/line/lineId': 'string',
  '/line/instanceId': 'string',
  '/line/productId': 'string',
  '/line/productVersion': 'integer',
  '/line/variantId': 'string',
  '/line/sku': 'string',
  '/line/title': 'string',
  '/line/variantTitle': 'string',
  '/line/quantity': 'integer',
  '/line/shippingAddress': 'object',
  '/customisation': 'object',
  '/fulfilment': 'object',
};
