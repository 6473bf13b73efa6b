import type { Cart } from '#shared/contracts/http/carts.ts';
import { moneyText } from '#shared/money/money.ts';
import { errorAt, type Refusal } from '../api.ts';
import { Field } from './parts.tsx';

const ADDRESS_FIELDS = [
  { name: 'name', label: 'Name', autocomplete: 'name' },
  { name: 'line1', label: 'Street and number', autocomplete: 'address-line1' },
  { name: 'line2', label: 'Further address line (optional)', autocomplete: 'address-line2' },
  { name: 'postalCode', label: 'Postal code', autocomplete: 'postal-code' },
  { name: 'city', label: 'Town', autocomplete: 'address-level2' },
  { name: 'region', label: 'State or province code (optional, such as CA)', autocomplete: 'address-level1' },
  { name: 'country', label: 'Country (two letters, such as DE)', autocomplete: 'country' },
] as const;
const OPTIONAL = new Set(['line2', 'region']);
const CODES = new Set(['country', 'region']);

/** The part of the cart this form speaks of. */
export function detailsOf(form: Record<string, string>): Record<string, unknown> {
  return {
    ...(form['delivery'] === undefined ? {} : { delivery: form['delivery'] }),
    ...(form['shippingMethodId'] === undefined
      ? {}
      : { shippingMethodId: form['shippingMethodId'] === '' ? null : form['shippingMethodId'] }),
    ...(form['address.name'] === undefined ? {} : { shippingAddress: addressOf(form) }),
  };
}

function addressOf(form: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    ADDRESS_FIELDS.flatMap(({ name }) => {
      const text = (form[`address.${name}`] ?? '').trim();
      if (text === '' && name === 'region') return [];
      return [[name, CODES.has(name) ? text.toUpperCase() : text]];
    }),
  );
}

/** Where it goes, how it is sent and when it is handed over, as far as this cart leaves a choice. */
export const Details = (props: { cart: Cart; form: Record<string, string>; refusal: Refusal | null }) => {
  const { cart, form, refusal } = props;
  const choosesDelivery = cart.lines.length > 1;
  if (!cart.needsShipping && !choosesDelivery) return null;
  return (
    <form method="post" action="/checkout/details" class="narrow">
      {cart.needsShipping && <Address cart={cart} form={form} refusal={refusal} />}
      {cart.shippingMethods.length > 1 && <ShippingMethods cart={cart} />}
      {choosesDelivery && <Delivery cart={cart} />}
      <button type="submit" class="plain">
        Save and see the price
      </button>
    </form>
  );
};

const Address = ({ cart, form, refusal }: Parameters<typeof Details>[0]) => (
  <>
    <h2>Where the parcel goes</h2>
    {ADDRESS_FIELDS.map(({ name, label, autocomplete }) => (
      <Field
        name={`address.${name}`}
        label={label}
        autocomplete={`shipping ${autocomplete}`}
        value={form[`address.${name}`] ?? cart.shippingAddress?.[name] ?? ''}
        error={
          errorAt(refusal, `/shippingAddress/${name}`) ??
          cart.problems.find(({ pointer }) => pointer === `/shippingAddress/${name}`)?.detail
        }
        required={!OPTIONAL.has(name)}
        maxlength={name === 'country' ? 2 : name === 'region' ? 3 : undefined}
      />
    ))}
  </>
);

const ShippingMethods = ({ cart }: { cart: Cart }) => {
  const chosen = cart.shippingMethodId ?? cart.shippingMethods[0]?.id;
  return (
    <fieldset>
      <legend>How it is sent</legend>
      {cart.shippingMethods.map(({ id, title, amount }) => (
        <label class="choice">
          <input type="radio" name="shippingMethodId" value={id} checked={id === chosen} />
          <span>
            {title} <span class="price">{moneyText(amount)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
};

const DELIVERY_TEXT = {
  together: 'Everything together: you are charged when all of it is ready.',
  as_ready: 'Each article as soon as it is ready: what cannot be delivered is not charged.',
} as const;

const Delivery = ({ cart }: { cart: Cart }) => (
  <fieldset>
    <legend>When you get it</legend>
    {(['together', 'as_ready'] as const).map((choice) => (
      <label class="choice">
        <input type="radio" name="delivery" value={choice} checked={choice === cart.delivery} />
        <span>{DELIVERY_TEXT[choice]}</span>
      </label>
    ))}
  </fieldset>
);
