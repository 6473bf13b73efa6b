import type { CallContext } from '#shared/contracts/call.ts';
import type { EraseStep } from '#shared/contracts/privacy.ts';
import { ENDPOINTS_MAX } from '#shared/contracts/http/webhook-endpoints.ts';
import { counted, cut, pageOf } from '#shared/privacy/sections.ts';
import { buyerNames, type PersonPorts } from './ports.ts';

const ORDERS_PAGE = 10;

/**
 * Takes a step of erasing a person: out of their orders, which stay without them, and everything else they left here. An
 * order that is under way refuses, and so does the step: it is an obstacle, and the step can be repeated.
 */
export const erasePerson = (
  ports: PersonPorts,
  call: CallContext,
  { customerId, cursor }: { customerId: string; cursor: string | null },
): Promise<EraseStep> =>
  pageOf(
    [
      { name: 'orders', page: (place) => eraseOrders(ports, call, customerId, place ?? '') },
      {
        name: 'buyers',
        page: async () => ({ erased: await eraseBuyers(ports, call, customerId), kept: [], next: null }),
      },
      {
        name: 'rest',
        page: async () => ({
          erased: counted(await ports.persons.drop(customerId)),
          kept: [],
          next: null,
        }),
      },
    ],
    cursor,
  );

const KEPT: EraseStep['kept'] = [
  { section: 'orders', because: 'tax_law' },
  // A limit per customer holds for whoever comes back under the same card or address; counts end after 31 days.
  { section: 'promotion_uses', because: 'fraud_prevention' },
  { section: 'order_counts', because: 'fraud_prevention' },
];

async function eraseOrders(
  ports: PersonPorts,
  call: CallContext,
  personId: string,
  after: string,
): Promise<EraseStep> {
  const found = await ports.persons.orders(personId, after, ORDERS_PAGE + 1);
  const { rows, next } = cut(found, ORDERS_PAGE, ({ id }) => id);
  const done = await Promise.all(
    rows.map(async ({ id }) => {
      const erased = await ports.order(id, (order) => order.erasePerson(call, { personId }));
      if (!erased.ok) throw new Error(`order ${id} has not ended: nobody can be taken out of it yet`);
      return erased.value.erased;
    }),
  );
  const own = rows.flatMap(({ id, customerId }) => (customerId === personId ? [id] : []));
  const endpoints = own.length === 0 ? [] : await ports.endpoints.list(null, ENDPOINTS_MAX);
  const events = await Promise.all(
    endpoints.map(({ id }) => ports.endpoint(id, (endpoint) => endpoint.forgetWords(call, own))),
  );
  const erased = counted({
    Order: done.filter(Boolean).length,
    WebhookEndpoint: events.reduce((sum, count) => sum + count, 0),
    dead_letters: await ports.persons.dropDeadLetters(own),
  });
  return { erased, kept: own.length === 0 ? [] : KEPT, next };
}

async function eraseBuyers(
  ports: PersonPorts,
  call: CallContext,
  personId: string,
): Promise<Record<string, number>> {
  let [carts, rows] = [0, 0];
  for (const name of await buyerNames(ports, personId)) {
    const asker = { customerId: name, tokenHash: null };
    // The buyer knows the carts: it forgets them after they are gone.
    for (const cartId of (await ports.buyer(name, (buyer) => buyer.personal(call))).carts) {
      const erased = await ports.cart(cartId, (cart) => cart.erase(call, asker));
      if (!erased.ok) throw new Error(`cart ${cartId} is being ordered`);
      if (erased.value) carts += 1;
    }
    rows += await ports.buyer(name, (buyer) => buyer.erase(call));
  }
  return counted({ Cart: carts, Buyer: rows });
}
