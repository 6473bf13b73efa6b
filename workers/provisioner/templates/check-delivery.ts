import { z } from 'zod';
import type { DeliveredKind } from '#shared/domain/product.ts';
import { mappingFaults, type JsonSchema, type TemplateFault } from './check-mapping.ts';
import { storedDeliverySchema } from './delivery.ts';
import type { TemplateDocument } from './template.ts';

/** What products of a kind may deliver beside a `custom` delivery: the order treats a parcel as one. */
const TYPE_OF_KIND = {
  licence: 'licence-key',
  download: 'download',
  service: 'partner-service',
  physical: 'parcel',
  gift_card: 'gift-card',
} as const satisfies Record<DeliveredKind, string>;

/** What is wrong with what the customer is to receive. Pure. */
export function deliveryFaults(document: TemplateDocument): TemplateFault[] {
  const { type, fields, labels } = document.delivery;
  if (type !== 'custom' && type !== TYPE_OF_KIND[document.kind])
    return [{ pointer: '/delivery/type', detail: `is not what a product of kind ${document.kind} delivers` }];
  const own = TYPE_OF_KIND[document.kind];
  if (type === 'custom' && (own === 'parcel' || own === 'gift-card'))
    return [{ pointer: '/delivery/type', detail: `must be ${own} for a product of kind ${document.kind}` }];
  const wrong = Object.entries(fields).flatMap(([name, mapping]) =>
    mappingFaults(document, null, mapping, true).map((detail) => ({
      pointer: `/delivery/fields/${name}`,
      detail,
    })),
  );
  return [...wrong, ...(type === 'custom' ? labelFaults(fields, labels) : fieldFaults(type, fields))];
}

function labelFaults(fields: object, labels: object): TemplateFault[] {
  const faults = Object.keys(fields)
    .filter((name) => !Object.hasOwn(labels, name))
    .map((name) => ({ pointer: `/delivery/labels/${name}`, detail: 'is required: people read it' }));
  return Object.keys(fields).length === 0
    ? [{ pointer: '/delivery/fields', detail: 'must deliver something' }]
    : faults;
}

function fieldFaults(type: string, fields: object): TemplateFault[] {
  const option = storedDeliverySchema.options.find(({ shape }) => shape.type.value === type);
  const { properties = {}, required = [] } = z.toJSONSchema(option ?? z.never(), {
    io: 'input',
    unrepresentable: 'any',
  }) as JsonSchema;
  return [
    ...required
      .filter((name) => name !== 'type' && !Object.hasOwn(fields, name))
      .map((name) => ({ pointer: `/delivery/fields/${name}`, detail: 'is part of what is delivered' })),
    ...Object.keys(fields)
      .filter((name) => name === 'type' || !Object.hasOwn(properties, name))
      .map((name) => ({ pointer: `/delivery/fields/${name}`, detail: `is no part of a ${type}` })),
  ];
}
