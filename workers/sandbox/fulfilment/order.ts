import { z } from 'zod';

export const goodsOrderSchema = z.strictObject({
  reference: z.string().min(1).max(200),
  address: z.record(z.string(), z.unknown()),
  weightGrams: z.int().min(0),
  items: z.tuple([
    z.strictObject({ sku: z.string(), title: z.string(), quantity: z.int().min(1).max(1_000_000) }),
  ]),
  callbackUrl: z.url({ protocol: /^https?$/ }).max(2_000),
});
export type GoodsOrder = z.infer<typeof goodsOrderSchema>;

interface Parcel {
  id: string;
  state: 'shipped' | 'delivered';
  carrier: string;
  trackingCode: string;
  trackingUrl: string;
  items: { sku: string; quantity: number; returned: number }[];
  shippedAt: string;
  deliveredAt: string | null;
}
/** As docs/fulfilment.md has it. */
export interface GoodsDocument {
  id: string;
  version: number;
  state: 'accepted' | 'shipping' | 'shipped' | 'rejected' | 'cancelled';
  reason: string | null;
  shipments: Parcel[];
}

export const newDocument = (id: string): GoodsDocument => ({
  id,
  version: 1,
  state: 'accepted',
  reason: null,
  shipments: [],
});

const PACK_MS = 300;
const TRANSPORT_MS = 60_000;

/**
 * What happens to an order next: one unit leaves first and the rest after it, then all of it arrives. `afterMs`: when the
 * step after this one is due; null: nothing more happens. Pure.
 */
export function nextStep(
  { items: [item] }: GoodsOrder,
  document: GoodsDocument,
  at: string,
): { document: GoodsDocument; afterMs: number | null } {
  const { id, version, state, shipments } = document;
  const isOver = shipments.length > 0 && shipments.every((parcel) => parcel.state === 'delivered');
  if (isOver || state === 'cancelled' || state === 'rejected') return { document, afterMs: null };
  if (state === 'shipped') {
    const delivered = shipments.map((parcel) => ({
      ...parcel,
      state: 'delivered' as const,
      deliveredAt: at,
    }));
    return { document: { ...document, version: version + 1, shipments: delivered }, afterMs: null };
  }
  const sent = shipments.length;
  const quantity = sent === 0 ? 1 : item.quantity - 1;
  const trackingCode = `SW${id.slice(-8).toUpperCase()}${sent + 1}`;
  const parcel: Parcel = {
    id: `${id}-${sent + 1}`,
    state: 'shipped',
    carrier: 'Sandbox Post',
    trackingCode,
    trackingUrl: `https://post.example.com/track/${trackingCode}`,
    items: [{ sku: item.sku, quantity, returned: 0 }],
    shippedAt: at,
    deliveredAt: null,
  };
  const isAll = sent > 0 || item.quantity === 1;
  return {
    document: {
      ...document,
      version: version + 1,
      state: isAll ? 'shipped' : 'shipping',
      shipments: [...shipments, parcel],
    },
    afterMs: isAll ? TRANSPORT_MS : PACK_MS,
  };
}
export const FIRST_STEP_MS = PACK_MS;
