import type { CallContext } from '#shared/contracts/call.ts';
import type { ExportPage } from '#shared/contracts/privacy.ts';
import { cut, pageOf, type Section } from '#shared/privacy/sections.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { buyerNames, type PersonPorts } from './ports.ts';

type Items = Pick<ExportPage, 'items'>;
/** An order shows its whole log. */
const ORDERS_PAGE = 5;

/** A page of what this worker keeps about a person, as the API shows it to them. */
export const exportPerson = (
  ports: PersonPorts,
  call: CallContext,
  { customerId, cursor }: { customerId: string; cursor: string | null },
): Promise<ExportPage> => {
  const { persons } = ports;
  const whole = (name: string, read: () => Promise<readonly unknown[]>): Section<Items> => ({
    name,
    page: async () => ({ items: (await read()).map((data) => ({ section: name, data })), next: null }),
  });
  return pageOf(
    [
      { name: 'orders', page: (place) => ordersPage(ports, call, customerId, place ?? '') },
      whole('carts', () => cartsOf(ports, call, customerId)),
      whole('purchase_limits', () => purchasesOf(ports, call, customerId)),
      whole('instance_quotes', () => persons.quotes(customerId)),
      whole('instance_renewals', () => persons.renewals(customerId)),
      whole('customer_groups', () => persons.groups(customerId)),
    ],
    cursor,
  );
};

/** Those placed for an organisation are its own: the person is shown that they placed them. */
async function ordersPage(
  ports: PersonPorts,
  call: CallContext,
  personId: string,
  after: string,
): Promise<ExportPage> {
  const found = await ports.persons.orders(personId, after, ORDERS_PAGE + 1);
  const { rows, next } = cut(found, ORDERS_PAGE, ({ id }) => id);
  const items = await Promise.all(
    rows.map(async ({ id, customerId }) => {
      if (customerId !== personId)
        return { section: 'orders_for_organisations', data: { id, organisationId: customerId } };
      const data = await ports.order(id, (order) => order.personal(call, { personId }));
      return data === null ? null : { section: 'orders', data };
    }),
  );
  return { items: items.filter((item) => item !== null), next };
}

async function cartsOf(ports: PersonPorts, call: CallContext, personId: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const name of await buyerNames(ports, personId)) {
    const { carts } = await ports.buyer(name, (buyer) => buyer.personal(call));
    for (const cartId of carts) {
      const asker = { customerId: name, tokenHash: null };
      const cart = await ports.cart(cartId, (object) => object.read(call, asker));
      if (cart.ok) found.push(cart.value);
    }
  }
  return found;
}

async function purchasesOf(ports: PersonPorts, call: CallContext, personId: string): Promise<unknown[]> {
  const { purchases } = await ports.buyer(personId, (buyer) => buyer.personal(call));
  return purchases.map(({ claimedAt, ...purchase }) => ({ ...purchase, claimedAt: rfc3339(claimedAt) }));
}
