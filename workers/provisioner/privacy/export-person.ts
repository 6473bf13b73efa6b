import type { ExportPage } from '#shared/contracts/privacy.ts';
import { cut, pageOf } from '#shared/privacy/sections.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import { readInstance } from '../usecases/instances.ts';
import { listOperations } from '../usecases/lifecycle/view.ts';
import { taskView } from '../usecases/tasks.ts';
import { addressPlace } from '../workflows/line-facts.ts';
import { answerPlace } from '../workflows/task-places.ts';

type Items = ExportPage['items'];
/** Each instance takes several reads, one of them of its own object. */
const INSTANCES_PAGE = 5;
const OPERATIONS_MAX = 1_000;

/** A page of what a person owns and owned, as the API shows it to them. */
export const exportPerson = (
  ports: Ports,
  { customerId, cursor, requestId }: { customerId: string; cursor: string | null; requestId: string },
): Promise<ExportPage> =>
  pageOf(
    [
      {
        name: 'instances',
        async page(place) {
          const { persons } = ports.stores.ofCustomer(customerId);
          const found = await persons.owned(customerId, place ?? '', INSTANCES_PAGE + 1);
          const { rows, next } = cut(found, INSTANCES_PAGE, ({ id }) => id);
          const items = await Promise.all(rows.map((row) => itemsOf(ports, { customerId, requestId }, row)));
          return { items: items.flat(), next };
        },
      },
    ],
    cursor,
  );

async function itemsOf(
  ports: Ports,
  { customerId, requestId }: { customerId: string; requestId: string },
  { id, sealedAddress }: { id: string; sealedAddress: string | null },
): Promise<Items> {
  const store = ports.stores.ofCustomer(customerId);
  const reader = { customerId, readsAll: false, operates: false };
  const [instance, operations, tasks, reveals, uses] = await Promise.all([
    readInstance(ports, reader, id),
    listOperations(ports, reader, id, { before: Number.MAX_SAFE_INTEGER, limit: OPERATIONS_MAX }),
    store.tasks.of(id),
    store.persons.reveals(id),
    ports.uses.call(id, (use) => use.all({ requestId })),
  ]);
  // Handed on to somebody else meanwhile.
  if (!instance.ok) return [];
  const shippingAddress =
    sealedAddress === null ? null : await ports.sealer.open(sealedAddress, addressPlace(id));
  const asked = tasks.filter(({ askedOf }) => askedOf === 'customer');
  const answers = await Promise.all(
    asked.map(async ({ id: taskId, sealedAnswer }) =>
      sealedAnswer === null ? null : ports.sealer.open(sealedAnswer, answerPlace(taskId)),
    ),
  );
  return [
    { section: 'instances', data: { ...instance.value.instance, shippingAddress } },
    ...(operations.ok ? operations.value : []).map(({ operation }) => ({
      section: 'lifecycle_operations',
      data: operation,
    })),
    ...asked.map((task, index) => ({
      section: 'provisioning_questions',
      data: { ...taskView(task), answer: answers[index] ?? null },
    })),
    ...reveals.map(({ by, wasFresh, at }) => ({
      section: 'credential_reveals',
      data: { instanceId: id, by, wasFresh: wasFresh === 1, at: rfc3339(at) },
    })),
    ...[...uses.activations, ...uses.leases].map((device) => ({
      section: 'devices',
      data: deviceOf(id, device),
    })),
  ];
}

type Device =
  | { id: string; name: string; activatedAt: number; seenAt: number }
  | { id: string; name: string; leasedAt: number; expiresAt: number };

/** The device itself is known by a digest alone, which says nothing. */
const deviceOf = (instanceId: string, device: Device) => ({
  id: device.id,
  instanceId,
  name: device.name,
  ...('seenAt' in device
    ? { activatedAt: rfc3339(device.activatedAt), seenAt: rfc3339(device.seenAt) }
    : { leasedAt: rfc3339(device.leasedAt), expiresAt: rfc3339(device.expiresAt) }),
});
