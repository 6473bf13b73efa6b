import type { EditOrder } from '#shared/contracts/http/after-sale.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { Field } from './parts.tsx';

const QUANTITY = 'quantity.';
type Address = NonNullable<Order['shippingAddress']>;

/** The change one of these forms asks for: of the quantities, or of the address. */
export function editOf(form: Record<string, string>): EditOrder {
  const lines = Object.entries(form).flatMap(([name, text]) =>
    name.startsWith(QUANTITY) ? [{ lineId: name.slice(QUANTITY.length), quantity: Number(text) }] : [],
  );
  if (lines.length > 0) return { lines };
  const { name = '', line1 = '', line2 = '', postalCode = '', city = '', region = '', country = '' } = form;
  const where = region.trim() === '' ? {} : { region: region.trim() };
  return { shippingAddress: { name, line1, line2, postalCode, city, country, ...where } };
}

/** Changes an order that waits for its payment, as it is shown: a change of another version is refused. */
export const EditForm = ({ order }: { order: Order }) => (
  <details>
    <summary>Change this order</summary>
    <form method="post" action={`/orders/${order.id}/edit`} class="narrow">
      <input type="hidden" name="version" value={order.version} />
      {[...order.lines.filter(({ bundleId }) => bundleId === null), ...order.bundles].map(
        ({ id, title, quantity }) => (
          <Field
            name={`${QUANTITY}${id}`}
            label={`${title}: how many (0 leaves it out)`}
            type="number"
            min="0"
            value={quantity}
            required
          />
        ),
      )}
      <button type="submit">Change the quantities</button>
    </form>
    {order.shippingAddress !== null && <AddressForm order={order} address={order.shippingAddress} />}
  </details>
);

const AddressForm = ({ order, address }: { order: Order; address: Address }) => (
  <form method="post" action={`/orders/${order.id}/edit`} class="narrow">
    <input type="hidden" name="version" value={order.version} />
    <Field name="name" label="Name" value={address.name} maxlength={200} required />
    <Field name="line1" label="Street and number" value={address.line1} maxlength={200} required />
    <Field name="line2" label="More of the address" value={address.line2} maxlength={200} />
    <Field name="postalCode" label="Postal code" value={address.postalCode} maxlength={20} required />
    <Field name="city" label="City" value={address.city} maxlength={100} required />
    <Field name="region" label="Region" value={address.region ?? ''} maxlength={3} />
    <Field name="country" label="Country (two letters)" value={address.country} maxlength={2} required />
    <button type="submit">Change the address</button>
  </form>
);
