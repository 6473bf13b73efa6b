import { leastQuantity, limitTexts, orderLimitsOf, quantityFault } from '#shared/domain/purchase-limits.ts';
import { Hono, type Context } from 'hono';
import { breadcrumbsJsonLd, productJsonLd } from '#shared/contracts/http/product-json-ld.ts';
import type { Product } from '#shared/contracts/http/products.ts';
import { currencySchema, type Currency } from '#shared/money/money.ts';
import { publicApi, valueOf, type Refusal } from '../api.ts';
import { addToCart } from '../cart.ts';
import { customErrors, customFields, customValues } from '../customisation.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { pricedNow, pricesNow } from '../prices-now.ts';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { CustomInput } from './custom-input.tsx';
import { page } from './layout.tsx';
import { AVAILABILITY_TEXT, Field, KIND_TEXT, Notice, Price } from './parts.tsx';

/** Text messages by field of the form; `''` is the form as a whole. */
type Messages = Record<string, string>;

export const product = new Hono<PageEnv>()
  .get('/products/:handle', async (c) => {
    const found = await readProduct(c);
    return show(c, found, { currency: currencyFor(c, found, c.req.query('currency')) });
  })
  .post('/products/:handle', async (c) => {
    const [found, form] = await Promise.all([readProduct(c), formOf(c)]);
    const currency = currencyFor(c, found, form['currency']);
    const fields = customFields(found.customisationSchema);
    const customisation = customValues(fields, form);
    const variant = found.variants.find(({ id }) => id === form['variantId']);
    const quantity = Number(form['quantity'] ?? '1');
    const custom = customErrors(found.customisationSchema, customisation);
    const messages: Messages = Object.fromEntries(
      Object.entries(custom).map(([name, text]) => [fieldKey(name), text]),
    );
    if (variant === undefined) messages['variantId'] = 'Choose one of these.';
    const limits = orderLimitsOf(found, variant);
    const fault = quantityFault(quantity, limits);
    if (fault?.code === 'not_a_multiple' && Number.isInteger(quantity)) {
      messages['quantity'] = `Only in multiples of ${limits.quantityMultiple}.`;
    } else if (fault !== null || !Number.isInteger(quantity)) {
      messages['quantity'] = `Between ${leastQuantity(limits)} and ${limits.quantityMax}.`;
    }
    if (variant !== undefined && Object.keys(messages).length === 0) {
      const added = await addToCart(c, currency, { variantId: variant.id, quantity, customisation });
      if (added.ok) return c.redirect(form['then'] === 'checkout' ? '/checkout' : '/cart', 303);
      Object.assign(messages, refusedFields(added.error));
    }
    return show(c, found, { currency, form, messages });
  });

/** What the shop says against the line, at the fields of this form. */
function refusedFields({ errors, title, detail }: Refusal): Messages {
  const messages: Messages = {};
  for (const { pointer, detail } of errors) {
    const [, field = '', name = ''] = pointer.split('/');
    const key = field === 'customisation' ? fieldKey(name) : field;
    messages[key] ??= `This ${detail}.`;
  }
  return errors.length > 0 ? messages : { '': `${title}. ${detail}` };
}

const fieldKey = (name: string): string => (name === '' ? '' : `custom.${name}`);

const readProduct = async (c: Context<PageEnv, '/products/:handle'>): Promise<Product> => {
  const handle = encodeURIComponent(c.req.param('handle'));
  return valueOf(await publicApi<Product>(c, { method: 'GET', path: `/v1/products/${handle}` }));
};

const currenciesOf = (found: Product): Currency[] => [
  ...new Set(found.variants.flatMap(({ prices }) => prices.map(({ currency }) => currency))),
];

/** The currency asked for, else the cart's, else the first the product has a price in. */
function currencyFor(c: Context<PageEnv>, found: Product, wanted: string | undefined): Currency {
  const offered = currenciesOf(found);
  const parsed = currencySchema.safeParse(wanted);
  if (parsed.success && offered.includes(parsed.data)) return parsed.data;
  const inCart = c.get('cart').currency ?? 'EUR';
  return offered.includes(inCart) ? inCart : (offered[0] ?? inCart);
}

async function show(
  c: Context<PageEnv>,
  read: Product,
  state: { currency: Currency; form?: Record<string, string>; messages?: Messages },
) {
  const found = pricedNow(read, await pricesNow(c, [read.id], state.currency));
  return page(c, {
    title: found.seo.title === '' ? found.title : found.seo.title,
    description: found.seo.description === '' ? found.summary : found.seo.description,
    jsonLd: jsonLdOf(found, c.env.PUBLIC_ORIGIN, state.currency),
    status: state.messages === undefined ? 200 : 422,
    children: (
      <div class="split">
        <article lang={found.locale}>
          <Breadcrumbs path={found.breadcrumbs} here={found.title} />
          <h1>{found.title}</h1>
          <p class="soft">
            {KIND_TEXT[found.kind]}
            {found.vendor !== '' && ` by ${found.vendor}`}
          </p>
          {found.images.map(({ url, alt, width, height }, index) => (
            <img
              class="picture"
              src={url}
              alt={alt}
              width={width ?? undefined}
              height={height ?? undefined}
              loading={index === 0 ? undefined : 'lazy'}
            />
          ))}
          <p>{found.summary}</p>
          {/* The catalogue lets through a short list of harmless tags only; no script runs here whatever they say. */}
          <div dangerouslySetInnerHTML={{ __html: found.descriptionHtml }} />
          {found.components.length > 0 && (
            <>
              <h2>What is in it</h2>
              <ul>
                {found.components.map(({ handle, title, variantTitle, quantity }) => (
                  <li>
                    {quantity} × <a href={`/products/${encodeURIComponent(handle)}`}>{title}</a>{' '}
                    {variantTitle}
                  </li>
                ))}
              </ul>
            </>
          )}
          <Specification entries={found.specification} />
          {found.related.length > 0 && (
            <>
              <h2>Goes with it</h2>
              <ul>
                {found.related.map(({ handle, title }) => (
                  <li>
                    <a href={`/products/${encodeURIComponent(handle)}`}>{title}</a>
                  </li>
                ))}
              </ul>
            </>
          )}
        </article>
        <BuyForm found={found} {...state} />
      </div>
    ),
  });
}

/** The product, and the way to it where there is one. */
function jsonLdOf(found: Product, origin: string, currency: Currency): object {
  const { title, handle, breadcrumbs } = found;
  const product = productJsonLd(found, { origin, currency });
  const way = breadcrumbsJsonLd(breadcrumbs, origin, {
    title,
    path: `/products/${encodeURIComponent(handle)}`,
  });
  return way === null ? product : [product, way];
}

const Specification = ({ entries }: { entries: Product['specification'] }) => {
  if (entries.length === 0) return null;
  return (
    <dl>
      {entries.map(({ title, unit, value, label }) => (
        <>
          <dt>{title}</dt>
          <dd>
            {typeof value === 'boolean' ? (value ? 'yes' : 'no') : label}
            {unit !== null && ` ${unit}`}
          </dd>
        </>
      ))}
    </dl>
  );
};

const BuyForm = (props: {
  found: Product;
  currency: Currency;
  form?: Record<string, string>;
  messages?: Messages;
}) => {
  const { found, currency, form = {}, messages = {} } = props;
  const buyable = found.variants.filter(({ availability }) => availability !== 'out_of_stock');
  const chosen = form['variantId'] ?? buyable[0]?.id;
  const limits = orderLimitsOf(
    found,
    found.variants.find(({ id }) => id === chosen),
  );
  return (
    <form method="post" class="panel">
      {Object.keys(messages).length > 0 && (
        <Notice kind="bad">{messages[''] ?? 'Please look at the fields below.'}</Notice>
      )}
      <Currencies found={found} currency={currency} />
      <input type="hidden" name="currency" value={currency} />
      <fieldset>
        <legend>Choose</legend>
        {found.variants.map((variant) => (
          <label class="choice">
            <input
              type="radio"
              name="variantId"
              value={variant.id}
              checked={variant.id === chosen}
              disabled={variant.availability === 'out_of_stock'}
              required
            />
            <span>
              {variant.title === '' ? found.title : variant.title}{' '}
              <Price prices={variant.prices} compareAt={variant.compareAtPrices} currency={currency} />
              <br />
              <span class="soft">
                {AVAILABILITY_TEXT[variant.availability]}
                {variant.available !== null && variant.available > 0 && ` (${variant.available})`}
              </span>
            </span>
          </label>
        ))}
        {messages['variantId'] !== undefined && <p class="error">{messages['variantId']}</p>}
      </fieldset>
      {customFields(found.customisationSchema).map((field) => (
        <CustomInput field={field} sent={form} error={messages[field.inputName]} />
      ))}
      <Field
        name="quantity"
        label="Quantity"
        type="number"
        min="1"
        max={Math.max(...found.variants.map((variant) => orderLimitsOf(found, variant).quantityMax))}
        value={form['quantity'] ?? String(leastQuantity(limits))}
        error={messages['quantity']}
        required
      />
      {limitTexts(found, found.variants).map((text) => (
        <p class="soft">{text}</p>
      ))}
      <div class="row">
        <button type="submit" name="then" value="checkout" disabled={buyable.length === 0}>
          Buy
        </button>
        <button type="submit" name="then" value="cart" class="plain" disabled={buyable.length === 0}>
          Add to cart
        </button>
      </div>
    </form>
  );
};

const Currencies = ({ found, currency }: { found: Product; currency: Currency }) => {
  const offered = currenciesOf(found);
  if (offered.length < 2) return null;
  return (
    <p>
      Prices in{' '}
      {offered.map((code) => (
        <>{code === currency ? <strong>{code}</strong> : <a href={`?currency=${code}`}>{code}</a>} </>
      ))}
    </p>
  );
};
