import type { EraseStep } from '#shared/contracts/privacy.ts';
import { counted, cut, pageOf } from '#shared/privacy/sections.ts';
import type { Ports } from '../ports.ts';

const INSTANCES_PAGE = 10;

/**
 * Takes a step of erasing a person: what ended instances held of them goes, wherever their shard lies; rows of ids and
 * states stay. What still runs is an obstacle: it is left alone and the step refused, as it is while the shard is handed over.
 * It can be repeated.
 */
export const erasePerson = (
  ports: Ports,
  { customerId, cursor, requestId }: { customerId: string; cursor: string | null; requestId: string },
): Promise<EraseStep> =>
  pageOf(
    [
      {
        name: 'instances',
        page: (place) => eraseInstances(ports, { customerId, requestId }, place ?? ''),
      },
      {
        name: 'dead_letters',
        async page() {
          const dropped = await ports.registry.persons.dropDeadLetters(customerId);
          return { erased: counted({ dead_letters: dropped }), kept: [], next: null };
        },
      },
    ],
    cursor,
  );

const KEPT: EraseStep['kept'] = [
  { section: 'instances', because: 'disputes' },
  { section: 'licence_keys', because: 'fraud_prevention' },
];

async function eraseInstances(
  ports: Ports,
  { customerId, requestId }: { customerId: string; requestId: string },
  after: string,
): Promise<EraseStep> {
  const { persons } = ports.stores.ofCustomer(customerId);
  const found = await persons.owned(customerId, after, INSTANCES_PAGE + 1);
  const { rows, next } = cut(found, INSTANCES_PAGE, ({ id }) => id);
  const ids = rows.flatMap(({ id, hasEnded }) => (hasEnded === 1 ? [id] : []));
  // What names them elsewhere goes first: once the rows are wiped, nothing leads there any more.
  const operations = await persons.operationsOf(customerId, ids);
  const elsewhere = await ports.registry.persons.wipe(ids, operations, ports.clock.now());
  await Promise.all(ids.map((id) => ports.uses.call(id, (use) => use.erase({ requestId }))));
  const wiped = await persons.wipe(customerId, ids);
  const running = rows.find(({ hasEnded }) => hasEnded !== 1);
  if (running !== undefined)
    throw new Error(`instance ${running.id} still runs: nobody can be taken out of it yet`);
  return { erased: counted({ ...wiped, ...elsewhere }), kept: rows.length === 0 ? [] : KEPT, next };
}
