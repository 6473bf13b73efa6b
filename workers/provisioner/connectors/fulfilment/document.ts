import { z } from 'zod';
import { type Shipment, shipmentStateSchema } from '#shared/contracts/http/shipments.ts';
import type { PartnerNews } from '../../partner-news-schema.ts';
import type { OperationRow } from '../../queries/operations.ts';
import type { ToldShipment } from '../../queries/shipments.ts';
import { readable } from '../../adapters/partner-api.ts';

/*
 * What a fulfilment partner says of an order (docs/fulfilment.md): in every answer and call-back the whole of it. Pure.
 */

const word = z.string().min(1).max(200);
const at = z.iso
  .datetime({ offset: true })
  .nullish()
  .transform((text) => (text === undefined || text === null ? null : Date.parse(text)));
const parcelSchema = z.object({
  id: word,
  state: shipmentStateSchema,
  carrier: word.nullish(),
  trackingCode: word.nullish(),
  trackingUrl: z
    .url({ protocol: /^https$/ })
    .max(1_000)
    .nullish(),
  items: z
    .array(
      z.object({ sku: word, quantity: z.int().min(1).max(1_000_000), returned: z.int().min(0).default(0) }),
    )
    .min(1)
    .max(100),
  shippedAt: at,
  deliveredAt: at,
});
export const fulfilmentDocumentSchema = z.object({
  id: word,
  /** Increases with each change of it. */
  version: z.int().min(1),
  state: z.enum(['accepted', 'shipping', 'shipped', 'rejected', 'cancelled']),
  reason: z.string().max(2_000).nullish(),
  shipments: z.array(parcelSchema).max(100),
});
export type FulfilmentDocument = z.infer<typeof fulfilmentDocumentSchema>;
type Parcel = FulfilmentDocument['shipments'][number];

const unitsIn = ({ items }: Parcel): number => items.reduce((sum, { quantity }) => sum + quantity, 0);
const hasLeft = ({ state }: Parcel): boolean => state !== 'packed';

/** Sent once every unit has left; a promise of it without the parcels is none. */
export function newsOfDocument(document: FulfilmentDocument, ordered: number): PartnerNews {
  const { id, state, reason, shipments } = document;
  const left = shipments.filter(hasLeft);
  const isSent = left.reduce((sum, parcel) => sum + unitsIn(parcel), 0) >= ordered;
  const common = { operationId: id, resourceId: id };
  if (isSent) return { ...common, state: 'succeeded', result: resultOfDocument(document) };
  if (state === 'rejected' || state === 'cancelled')
    return {
      ...common,
      state: 'failed',
      error: { code: `fulfilment_${state}`, message: reason ?? '', permanent: true },
    };
  return { ...common, state: 'in_progress' };
}

/** What the step leaves: of the first parcel, and how many there are. Null: nothing has left. */
function resultOfDocument({ shipments }: FulfilmentDocument) {
  const left = shipments.filter(hasLeft);
  const [first] = left;
  if (first === undefined) return null;
  return {
    carrier: first.carrier ?? 'The carrier',
    trackingCode: first.trackingCode ?? first.id,
    parcels: left.length,
  };
}

/** The parcels as they are kept. */
export const toldShipments = (
  { version, shipments }: FulfilmentDocument,
  { id: operationId, instanceId }: Pick<OperationRow, 'id' | 'instanceId'>,
): ToldShipment[] =>
  shipments.map((parcel) => {
    const carrier = parcel.carrier ?? null;
    const trackingCode = parcel.trackingCode ?? null;
    return {
      operationId,
      instanceId,
      version,
      parcel: parcel.id,
      state: parcel.state,
      carrier,
      trackingCode,
      trackingUrl: parcel.trackingUrl ?? carrierLink(carrier, trackingCode),
      items: parcel.items,
      shippedAt: parcel.shippedAt,
      deliveredAt: parcel.deliveredAt,
      text: textOf(parcel),
    };
  });

const WORDS: Record<Shipment['state'], string> = {
  packed: 'packed',
  shipped: 'on their way',
  delivered: 'delivered',
  lost: 'lost on their way',
  returned: 'returned',
};
function textOf(parcel: Parcel): string {
  const by = [parcel.carrier, parcel.trackingCode].filter((part) => typeof part === 'string').join(' ');
  const returned = parcel.items.reduce((sum, item) => sum + item.returned, 0);
  const back = returned === 0 ? '' : ` ${returned} of them came back.`;
  return readable(`${unitsIn(parcel)} units ${WORDS[parcel.state]}${by === '' ? '' : ` (${by})`}.${back}`);
}

/** Where carriers show the way of a parcel, by how their names begin. */
const LINKS: readonly [name: RegExp, link: (code: string) => string][] = [
  [/^dhl/i, (code) => `https://www.dhl.com/global-en/home/tracking.html?tracking-id=${code}`],
  [/^ups/i, (code) => `https://www.ups.com/track?tracknum=${code}`],
  [/^fedex/i, (code) => `https://www.fedex.com/fedextrack/?trknbr=${code}`],
  [/^dpd/i, (code) => `https://tracking.dpd.de/parcelstatus?query=${code}`],
  [/^usps/i, (code) => `https://tools.usps.com/go/TrackConfirmAction?tLabels=${code}`],
  [/^royal mail/i, (code) => `https://www.royalmail.com/track-your-item#/tracking-results/${code}`],
];
export function carrierLink(carrier: string | null, trackingCode: string | null): string | null {
  if (carrier === null || trackingCode === null) return null;
  const found = LINKS.find(([name]) => name.test(carrier));
  return found === undefined ? null : found[1](encodeURIComponent(trackingCode));
}

/** Nothing more will be heard of any of them. */
export const isFollowedToEnd = ({ shipments }: FulfilmentDocument): boolean =>
  shipments.every(({ state }) => state === 'delivered' || state === 'lost' || state === 'returned');
