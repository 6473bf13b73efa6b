import { z } from 'zod';
import { addressSchema } from '#shared/domain/address.ts';
import { productKindSchema } from '#shared/domain/product.ts';
import { idSchema } from '#shared/ids/ids.ts';

/** What the customer received, by kind. Present once the instance is active. */
export const deliverySchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('licence-key'),
      keys: z.array(z.string()),
      activationsMax: z.int(),
      expiresAt: z.iso.datetime().nullable(),
    }),
    z.strictObject({
      type: z.literal('download'),
      fileName: z.string(),
      downloadsLeft: z.int(),
    }),
    z.strictObject({
      type: z.literal('partner-service'),
      accessUrl: z.string(),
      username: z.string(),
      password: z.string(),
      expiresAt: z.iso.datetime().nullable(),
    }),
    z.strictObject({
      type: z.literal('parcel'),
      carrier: z.string(),
      trackingCode: z.string(),
      address: addressSchema,
    }),
  ])
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof deliverySchema>;

export const instanceStateSchema = z
  .enum(['provisioning', 'ready', 'active', 'failed', 'undoing', 'undone'])
  .meta({ id: 'InstanceState', description: '`ready`: made, waiting for capture; `active`: the customer’s' });

export const instanceSchema = z
  .strictObject({
    id: idSchema('instance'),
    orderId: idSchema('order'),
    lineId: idSchema('line'),
    customerId: idSchema('user'),
    productId: idSchema('product'),
    variantId: idSchema('variant'),
    sku: z.string(),
    title: z.string(),
    variantTitle: z.string(),
    kind: productKindSchema,
    quantity: z.int(),
    customisation: z.record(z.string(), z.unknown()),
    state: instanceStateSchema,
    detail: z.string(),
    delivery: z.union([deliverySchema, z.null()]),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Instance' });
export type Instance = z.infer<typeof instanceSchema>;

/** List rows leave credentials out; read the instance for them. */
export const instanceSummarySchema = instanceSchema.omit({ delivery: true }).meta({ id: 'InstanceSummary' });
export const instancePageSchema = z
  .strictObject({ items: z.array(instanceSummarySchema), next: z.string().nullable() })
  .meta({ id: 'InstancePage' });

export const downloadLinkSchema = z
  .strictObject({ url: z.url(), expiresAt: z.iso.datetime() })
  .meta({ id: 'DownloadLink' });
