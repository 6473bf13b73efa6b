import type { Child } from 'hono/jsx';
import type { ProductPrice, ProductSummary } from '#shared/contracts/http/products.ts';
import type { Currency } from '#shared/money/money.ts';
import { comparedWith } from '../prices-now.ts';
import { AVAILABILITY_TEXT, KIND_TEXT, Price } from './parts.tsx';

/** A product among others. `title` and `text` may mark what was searched for. */
export const ProductCard = (props: {
  product: ProductSummary;
  currency: Currency;
  /** What its cheapest variant costs now; without it the product's own price is shown. */
  price: ProductPrice | undefined;
  title?: Child;
  text?: Child;
}) => {
  const { product, currency, price } = props;
  return (
    <li class="card" lang={product.locale}>
      {product.image !== null && (
        <img src={product.image.url} alt={product.image.alt} loading="lazy" width="240" height="160" />
      )}
      <h2>
        <a href={`/products/${encodeURIComponent(product.handle)}`}>{props.title ?? product.title}</a>
      </h2>
      <p>{props.text ?? product.summary}</p>
      <p lang="en">
        from{' '}
        {price === undefined ? (
          <Price prices={product.priceFrom} currency={currency} />
        ) : (
          <Price prices={[price.unitPrice]} compareAt={[comparedWith(price)]} currency={currency} />
        )}
        <br />
        <span class="soft">
          {KIND_TEXT[product.kind]} · {AVAILABILITY_TEXT[product.availability]}
        </span>
      </p>
    </li>
  );
};
