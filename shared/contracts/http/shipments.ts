import { z } from 'zod';

export const shipmentStateSchema = z.enum(['packed', 'shipped', 'delivered', 'lost', 'returned']);
export type ShipmentState = z.infer<typeof shipmentStateSchema>;

export const shipmentItemSchema = z.strictObject({
  sku: z.string(),
  quantity: z.int(),
  /** Of these, how many came back. */
  returned: z.int(),
});
export type ShipmentItem = z.infer<typeof shipmentItemSchema>;

export const shipmentSchema = z
  .strictObject({
    /** The partner's own name for it. */
    id: z.string(),
    state: shipmentStateSchema,
    carrier: z.string().nullable(),
    trackingCode: z.string().nullable(),
    /** Where the carrier shows its way. */
    trackingUrl: z.string().nullable(),
    items: z.array(shipmentItemSchema),
    shippedAt: z.iso.datetime().nullable(),
    deliveredAt: z.iso.datetime().nullable(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Shipment', description: 'A parcel; an order line may be sent in several' });
export type Shipment = z.infer<typeof shipmentSchema>;
