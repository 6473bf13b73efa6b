import { customisationErrors } from '#objects/lib/customisation.ts';
import type { ProductInput } from '#shared/contracts/http/product-input.ts';
import type { FieldFault } from '../domain/prepare.ts';
import type { StoredProduct } from '../domain/stored-product.ts';
import type { KnownTemplates } from '../queries/templates.ts';

/** The provisioning template a product names, if any. */
export const templatesOf = ({ fulfilment }: Pick<ProductInput, 'fulfilment'>): string[] =>
  'templateId' in fulfilment && fulfilment.templateId !== undefined ? [fulfilment.templateId] : [];

/**
 * Why the template a product names cannot make it: orders would find out when they are paid. An archived template is one
 * only for products that name it already, which it goes on to deliver. Pure.
 */
export function templateFaults(
  product: ProductInput,
  { told, byId }: KnownTemplates,
  existing: StoredProduct | null,
): FieldFault[] {
  const [id] = templatesOf(product);
  if (id === undefined || !told) return [];
  const pointer = '/fulfilment/templateId';
  const template = byId.get(id);
  if (template === undefined) return [{ pointer, detail: 'is not a provisioning template we know' }];
  const { handle, kind, status, parameters } = template;
  const isNew = existing === null || !templatesOf(existing).includes(id);
  if (status === 'archived' && isNew)
    return [{ pointer, detail: `is the provisioning template ${handle}, which is archived` }];
  if (kind !== product.kind)
    return [
      { pointer, detail: `is the provisioning template ${handle}, which makes products of kind ${kind}` },
    ];
  return parameterFaults(product.fulfilment, handle, parameters);
}

function parameterFaults(
  fulfilment: ProductInput['fulfilment'],
  handle: string,
  schema: Record<string, unknown> | null,
): FieldFault[] {
  const stated = fulfilment.template === 'custom' ? fulfilment.parameters : {};
  const pointer = '/fulfilment/parameters';
  if (schema === null)
    return Object.keys(stated).length === 0
      ? []
      : [{ pointer, detail: `must be empty: the provisioning template ${handle} has none` }];
  const faults = customisationErrors(schema, stated);
  if (faults.length === 0 || fulfilment.template === 'custom')
    return faults.map((fault) => ({ pointer: pointer + fault.pointer, detail: fault.detail }));
  return [
    {
      pointer: '/fulfilment/templateId',
      detail: `is the provisioning template ${handle}, whose parameters only "template": "custom" can state`,
    },
  ];
}
