import type { Ports } from '../../ports.ts';
import type { LifecycleRow } from '../../queries/lifecycle.ts';
import { deliveryNow } from '../../workflows/end-lifecycle.ts';

/** Whoever accepted owns it from now on, with credentials nobody else has. */
export async function handOver(ports: Ports, operation: LifecycleRow): Promise<string> {
  const { id, instanceId } = operation;
  const { receiver } = operation.request as { receiver?: string };
  if (receiver === undefined) throw new Error(`transfer ${id} has no receiver`);
  const sealedDelivery = await deliveryNow(ports, { operationId: id, instanceId }, 'forth');
  const now = ports.clock.now();
  const done = await ports.stores.everywhere((store, isOpenHere) =>
    store.lifecycles.handOver(operation, receiver, { sealedDelivery, now, isOpenHere }),
  );
  const present = await ports.stores.ofInstance(instanceId).lifecycles.get(id);
  if (!done.includes(true) && present?.state === 'running')
    throw new Error(`transfer ${id}: giver and receiver do not lie together for now`);
  if (present?.state === 'done') await forgetDevices(ports, present);
  return 'done';
}

/** Seats and leases of whoever had it before are free, and their names are not the receiver's to read. */
async function forgetDevices(ports: Ports, { instanceId, requestId, endedAt }: LifecycleRow): Promise<void> {
  const upTo = endedAt ?? 0;
  await ports.uses.call(instanceId, (use) => use.forget({ requestId }, { upTo }));
}
