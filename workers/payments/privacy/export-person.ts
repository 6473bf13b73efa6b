import type { CallContext } from '#shared/contracts/call.ts';
import type { ExportPage } from '#shared/contracts/privacy.ts';
import { pageOf, type Section } from '#shared/privacy/sections.ts';
import type { Persons } from '../queries/persons.ts';
import { listMethods } from '../usecases/saved-methods/methods.ts';
import type { GiftCardPorts } from '../usecases/gift-cards/ports.ts';
import type { VaultPorts } from '../usecases/saved-methods/ports.ts';
import { giftCardsExported } from './gift-cards.ts';

export type PersonPorts = VaultPorts & { persons: Persons } & Pick<GiftCardPorts, 'directory' | 'card'>;
type Items = Pick<ExportPage, 'items'>;

/** A page of what this worker and the provider keep about a person. */
export const exportPerson = (
  ports: PersonPorts,
  call: CallContext,
  { customerId, cursor }: { customerId: string; cursor: string | null },
): Promise<ExportPage> => pageOf(sectionsOf(ports, call, customerId), cursor);

function sectionsOf(ports: PersonPorts, call: CallContext, customerId: string): Section<Items>[] {
  const { persons } = ports;
  const rows = <Row>(
    name: string,
    read: (after: string | null) => Promise<{ rows: Row[]; next: string | null }>,
    show: (row: Row) => unknown,
  ): Section<Items> => ({
    name,
    async page(place) {
      const { rows: found, next } = await read(place);
      return { items: found.map((row) => ({ section: name, data: show(row) })), next };
    },
  });
  return [
    rows(
      'payments',
      (after) => persons.payments(customerId, after),
      (row) => row,
    ),
    {
      name: 'payment_methods',
      async page() {
        const listed = await listMethods(ports, customerId);
        if (!listed.ok)
          throw new Error(`the payment provider does not list what is kept: ${listed.error.code}`);
        const { items, unverified } = listed.value;
        const all = [...items, ...unverified];
        return { items: all.map((data) => ({ section: 'payment_methods', data })), next: null };
      },
    },
    rows(
      'payment_disputes',
      (after) => persons.disputes(customerId, after),
      (row) => row,
    ),
    rows(
      'payment_events',
      (after) => persons.events(customerId, after),
      ({ body, ...event }) => ({ ...event, personal: personalOf(JSON.parse(body)) }),
    ),
    giftCardsExported(ports, call, customerId),
  ];
}

/** What the provider's objects say of a person, by Stripe's names; the rest of an event is about money, and shown as that. */
const PERSONAL: ReadonlySet<string> = new Set([
  'billing_details',
  'shipping',
  'receipt_email',
  'customer_details',
  'email',
  'name',
  'phone',
  'address',
  'description',
  'individual',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'billing_address',
  'shipping_address',
]);

/** Each of these with where it stands (RFC 6901), without empty ones. */
export function personalOf(body: unknown, pointer = ''): Record<string, unknown> {
  if (body === null || typeof body !== 'object') return {};
  return Object.assign(
    {},
    ...Object.entries(body).map(([name, value]): Record<string, unknown> => {
      const at = `${pointer}/${name}`;
      if (!PERSONAL.has(name)) return personalOf(value, at);
      return isEmpty(value) ? {} : { [at]: value };
    }),
  ) as Record<string, unknown>;
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.values(value).every((inner) => isEmpty(inner)));
