import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Shipment } from '#shared/contracts/http/shipments.ts';
import { organisationIn } from '#shared/domain/customer.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import { type DocumentFilter, isByEnd, type ParcelRow } from '../queries/documents.ts';
import type { InstanceRow, ListedInstance } from '../queries/instances.ts';
import type { ProductStore } from '../queries/store.ts';
import { presentDelivery, withoutSecrets } from '../templates/delivery.ts';
import { openDelivery } from '../workflows/line-facts.ts';

export type InstanceSummary = Omit<
  Instance,
  'delivery' | 'entitlements' | 'metadata' | 'history' | 'shipments'
>;
export type OwnedProduct = Omit<Instance, 'delivery' | 'history' | 'shipments'>;
type ListedDocument = Awaited<ReturnType<ProductStore['documents']['list']>>[number];
/** Who reads: the owner sees the delivery, staff see every instance without it. */
export interface Reader {
  /** Whose instances they see: their own, or those of the organisation they act for. */
  customerId: string;
  readsAll: boolean;
}

/** One more than asked for tells whether a page follows. Staff see all customers, others themselves. */
export async function listInstances(
  ports: Ports,
  reader: Reader,
  filter: DocumentFilter,
): Promise<InstanceSummary[]> {
  const rows = await find(ports, reader, filter);
  return rows.map(summary);
}

/** Everything one customer owns, with what each entitles to. */
export async function listOwned(
  ports: Ports,
  customerId: string,
  filter: Pick<DocumentFilter, 'after' | 'limit'>,
): Promise<OwnedProduct[]> {
  const rows = await find(ports, { customerId, readsAll: false }, filter);
  return rows.map((row) => ({ ...summary(row), entitlements: row.document, metadata: row.metadata ?? {} }));
}

async function find(ports: Ports, reader: Reader, filter: DocumentFilter): Promise<ListedDocument[]> {
  const customerId = reader.readsAll ? filter.customerId : reader.customerId;
  if (customerId !== undefined) {
    if (filter.customerId !== undefined && filter.customerId !== customerId) return [];
    return ports.stores.ofCustomer(customerId).documents.list({ ...filter, customerId });
  }
  const rows = await ports.stores.gather(
    (store) => store.documents.list(filter),
    (row) => row.customerId,
  );
  const place = ({ id, expiresAt }: ListedDocument): [number, string] => [expiresAt ?? 0, id];
  return rows
    .sort((a, b) => {
      const [[atA, idA], [atB, idB]] = [place(a), place(b)];
      if (!isByEnd(filter)) return idA < idB ? 1 : -1;
      return atA === atB ? (idA < idB ? -1 : 1) : atA - atB;
    })
    .slice(0, filter.limit);
}

/** One instance with its version. A foreign one is unknown. The delivery is there for its owner, once it is active. */
export async function readInstance(
  ports: Ports,
  reader: Reader,
  id: string,
): Promise<Result<{ instance: Instance; version: number }, 'unknown_instance'>> {
  const store = reader.readsAll ? ports.stores.ofInstance(id) : ports.stores.ofCustomer(reader.customerId);
  const row = await store.documents.get(id);
  if (row === null) return fail('unknown_instance');
  const { instance, download, entitlements, labels, history, parcels } = row;
  const isOwner = instance.customerId === reader.customerId;
  if (!isOwner && !reader.readsAll) return fail('unknown_instance');
  const downloadsLeft = download === null ? 0 : download.downloadsMax - download.downloadsUsed;
  const delivery = isOwner ? await deliveryShown(ports, instance, downloadsLeft) : null;
  return ok({
    version: labels?.version ?? 1,
    instance: {
      ...summary({ ...instance, startsAt: entitlements?.startsAt ?? null, tags: labels?.tags ?? [] }),
      entitlements: entitlements?.document ?? null,
      metadata: labels?.metadata ?? {},
      history: history
        .filter(({ type }) => reader.readsAll || OWNERS_HISTORY.test(type))
        .map((event) => ({ ...event, at: rfc3339(event.at) })),
      shipments: parcels.map(shipmentShown),
      delivery,
    },
  });
}

/** What its owner reads of the history, orders that changed it included: the rest may hold what staff wrote. */
const OWNERS_HISTORY =
  /^((instance|credentials|shipment|lifecycle\.change_plan)\.|lifecycle\.renew\.(made|done|undone)$)/;

const shipmentShown = ({ parcel: id, ...row }: ParcelRow): Shipment => ({
  id,
  state: row.state,
  carrier: row.carrier,
  trackingCode: row.trackingCode,
  trackingUrl: row.trackingUrl,
  items: row.items,
  shippedAt: time(row.shippedAt),
  deliveredAt: time(row.deliveredAt),
  updatedAt: rfc3339(row.updatedAt),
});

async function deliveryShown(
  ports: Ports,
  instance: InstanceRow,
  downloadsLeft: number,
): Promise<Instance['delivery']> {
  if (instance.state !== 'active' || instance.sealedDelivery === null || instance.activatedAt === null) {
    return null;
  }
  const stored = await openDelivery(ports, instance.id, instance.sealedDelivery);
  const { activatedAt, endsAt } = instance;
  return withoutSecrets(presentDelivery(stored, { activatedAt, endsAt, downloadsLeft }));
}

type SummaryRow = Pick<ListedDocument, keyof ListedInstance | 'startsAt' | 'tags'>;
const summary = (row: SummaryRow): InstanceSummary => ({
  id: row.id,
  orderId: row.orderId,
  lineId: row.lineId,
  customerId: row.customerId,
  productId: row.productId,
  variantId: row.variantId,
  sku: row.sku,
  title: row.title,
  variantTitle: row.variantTitle,
  kind: row.kind,
  quantity: row.quantity,
  customisation: row.customisation,
  state: row.state,
  detail: row.detail,
  organisationId: organisationIn(row.customerId),
  startsAt: time(row.startsAt),
  tags: row.tags ?? [],
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
  endsAt: time(row.endsAt),
});

const time = (at: number | null): string | null => (at === null ? null : rfc3339(at));
