import { PARTNER_POLICY, UNDO_POLICY, type Template } from './template.ts';

/** A parcel handed to the fulfilment partner, weighed for all units of the line. */
export const parcelTemplate: Template = {
  name: 'parcel',
  version: 1,
  steps: [
    {
      name: 'order-shipment',
      action: 'partner.order-shipment',
      inputs: {
        reference: 'line.lineId',
        address: 'line.shippingAddress',
        weightGrams: { path: 'fulfilment.weightGrams', times: 'line.quantity' },
        sku: 'line.sku',
        title: 'line.title',
        quantity: 'line.quantity',
      },
      ...PARTNER_POLICY,
      settle: { attempts: 3, waitSeconds: [5, 30, 120, 600, 1_800, 7_200, 21_600] },
      undo: UNDO_POLICY,
      exhausted: {
        code: 'partner_unavailable',
        text: 'Our delivery partner could not be reached, so nothing was sent.',
      },
    },
  ],
  delivery: {
    type: { literal: 'parcel' },
    carrier: 'result.order-shipment.carrier',
    trackingCode: 'result.order-shipment.trackingCode',
    address: 'line.shippingAddress',
  },
};
