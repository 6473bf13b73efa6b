import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import type { InstanceFilter, InstanceRow, ListedInstance } from '../queries/instances.ts';
import { presentDelivery } from '../templates/delivery.ts';
import { openDelivery } from '../workflows/line-facts.ts';

export type InstanceSummary = Omit<Instance, 'delivery'>;
/** Who reads: the owner sees the delivery, staff see every instance without it. */
export interface Reader {
  /** Whose instances they see: their own, or those of the organisation they act for. */
  customerId: string;
  readsAll: boolean;
}

/** Newest first; one more than asked for tells whether a page follows. Staff see all customers, others themselves. */
export async function listInstances(
  ports: Ports,
  reader: Reader,
  filter: Omit<InstanceFilter, 'customerId'>,
): Promise<InstanceSummary[]> {
  if (!reader.readsAll) {
    const rows = await ports.stores
      .ofCustomer(reader.customerId)
      .instances.list({ ...filter, customerId: reader.customerId });
    return rows.map(summary);
  }
  const rows = await ports.stores.gather(
    (store) => store.instances.list(filter),
    ({ customerId }) => customerId,
  );
  return rows
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, filter.limit)
    .map(summary);
}

/** One instance. A foreign one is unknown. The delivery is there for its owner, once it is active. */
export async function readInstance(
  ports: Ports,
  reader: Reader,
  id: string,
): Promise<Result<Instance, 'unknown_instance'>> {
  const store = reader.readsAll ? ports.stores.ofInstance(id) : ports.stores.ofCustomer(reader.customerId);
  const row = await store.instances.getWithDownload(id);
  if (row === null) return fail('unknown_instance');
  const { instance, download } = row;
  const isOwner = instance.customerId === reader.customerId;
  if (!isOwner && !reader.readsAll) return fail('unknown_instance');
  const downloadsLeft = download === null ? 0 : download.downloadsMax - download.downloadsUsed;
  const delivery = isOwner ? await deliveryShown(ports, instance, downloadsLeft) : null;
  return ok({ ...summary(instance), delivery });
}

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
  return presentDelivery(stored, { activatedAt, endsAt, downloadsLeft });
}

const summary = (row: ListedInstance): InstanceSummary => ({
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
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
  endsAt: row.endsAt === null ? null : rfc3339(row.endsAt),
});
