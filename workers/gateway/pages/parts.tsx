import type { Child } from 'hono/jsx';
import { moneyText, type Currency, type Money } from '#shared/money/money.ts';
import type { Availability } from '#shared/domain/product.ts';
import type { OrderState } from '#shared/contracts/http/orders.ts';
import { errorAt, type Refusal } from '../api.ts';
import { asLabel, customLabels, valueText } from '../customisation.ts';

/** A labelled input with its message; the message is tied to the input for screen readers. */
export const Field = (props: {
  name: string;
  /** Where the name stands more than once on a page. */
  id?: string;
  label: string;
  error?: string | undefined;
  hint?: string | undefined;
  children?: Child;
  [attribute: string]: unknown;
}) => {
  const { name, id = `f-${name}`, label, error, hint, children, ...attributes } = props;
  const described = [hint === undefined ? '' : `${id}-hint`, error === undefined ? '' : `${id}-error`];
  const common = {
    id,
    name,
    'aria-describedby': described.join(' ').trim() || undefined,
    'aria-invalid': error === undefined ? undefined : 'true',
    ...attributes,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children === undefined ? <input {...common} /> : <select {...common}>{children}</select>}
      {hint !== undefined && (
        <div class="soft" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {error !== undefined && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
};

export const Option = ({ value, label, chosen }: { value: string; label: string; chosen: string }) => (
  <option value={value} selected={value === chosen}>
    {label}
  </option>
);

/** What went wrong with the whole form; what belongs to a field stands at the field. */
export const RefusalNotice = ({ refusal }: { refusal: Refusal | null }) =>
  refusal === null ? null : (
    <div class="notice bad" role="alert">
      <strong>{refusal.title}.</strong>{' '}
      {refusal.errors.length === 0 ? refusal.detail : 'See the fields below.'}
    </div>
  );

/** True when what failed is the e-mailed link itself, whose token stands in no field a person could mend. */
export const isLinkRefused = (refusal: Refusal | null): boolean =>
  refusal !== null && (refusal.status === 410 || errorAt(refusal, '/token') !== undefined);

/** In place of the form behind a link that does not work, the way to a new one. */
export const LinkRefused = ({ again }: { again: string }) => (
  <Notice kind="bad">
    This link was used, has expired or is not complete. <a href={again}>Ask for a new one</a>.
  </Notice>
);

export const Notice = ({ children, kind = '' }: { children: Child; kind?: '' | 'good' | 'bad' }) => (
  <div class={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
    {children}
  </div>
);

/** A time as people read it, in UTC; the exact one is in `datetime`. */
export const Time = ({ at }: { at: string }) => (
  <time datetime={at}>{at.slice(0, 19).replace('T', ' ')} UTC</time>
);

/** The price in a currency, or the first there is. */
export function priceIn(prices: readonly Money[], currency: Currency): Money | undefined {
  return prices.find((price) => price.currency === currency) ?? prices[0];
}

/** `compareAt`: what it is struck through beside, where that is more in the same currency. */
export const Price = (props: {
  prices: readonly Money[];
  compareAt?: readonly Money[];
  currency: Currency;
}) => {
  const price = priceIn(props.prices, props.currency);
  if (price === undefined) return <span class="price">No price</span>;
  const before = props.compareAt?.find(
    ({ currency, amount }) => currency === price.currency && amount > price.amount,
  );
  return (
    <>
      {before !== undefined && (
        <>
          <s class="soft">{moneyText(before)}</s>{' '}
        </>
      )}
      <span class="price">{moneyText(price)}</span>
    </>
  );
};

export const AVAILABILITY_TEXT: Record<Availability, string> = {
  in_stock: 'In stock',
  low_stock: 'Only a few left',
  backorder: 'On backorder',
  out_of_stock: 'Sold out',
  unlimited: 'Available',
};

export const KIND_TEXT = {
  licence: 'Licence',
  download: 'Download',
  service: 'Service',
  physical: 'Parcel',
  bundle: 'Bundle',
  gift_card: 'Gift card',
} as const;

export const STATE_TEXT: Record<OrderState, string> = {
  placing: 'Being placed',
  awaiting_payment: 'Waiting for payment',
  in_review: 'We are checking it',
  provisioning: 'Being prepared',
  capturing: 'Being charged',
  completed: 'Completed',
  compensating: 'Being undone',
  cancelled: 'Cancelled',
  refunded: 'Refunded',
  needs_operator: 'We are looking into it',
};

const STATE_KIND: Partial<Record<OrderState, string>> = {
  completed: 'good',
  cancelled: 'bad',
  refunded: 'bad',
  needs_operator: 'bad',
};

export const StateBadge = ({ state }: { state: OrderState }) => (
  <span class={`badge ${STATE_KIND[state] ?? ''}`}>{STATE_TEXT[state]}</span>
);

/** What the customer chose, as terms and values. `schema`: the product's, where the page has it, for its titles. */
export const Customisation = ({
  values,
  schema = null,
}: {
  values: Record<string, unknown>;
  schema?: Record<string, unknown> | null | undefined;
}) => {
  const entries = Object.entries(values);
  if (entries.length === 0) return null;
  const labels = customLabels(schema);
  return (
    <dl>
      {entries.map(([name, value]) => (
        <>
          <dt>{labels.get(name) ?? asLabel(name)}</dt>
          <dd>{valueText(value)}</dd>
        </>
      ))}
    </dl>
  );
};

/** Text in which names of the API stand in backticks. */
export const Marked = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, index) => (index % 2 === 0 ? part : <code>{part}</code>))}</>
);

/** Link to the next page of a list, keeping the other parameters. */
export const NextPage = ({ url, next }: { url: string; next: string | null }) => {
  if (next === null) return null;
  const target = new URL(url);
  target.searchParams.set('cursor', next);
  return (
    <p>
      <a rel="next" href={target.pathname + target.search}>
        Next page
      </a>
    </p>
  );
};
