import { buyerNamed } from '#shared/domain/customer.ts';
import type { Cart, CartChange, CartLine, Quote } from '#shared/contracts/http/carts.ts';
import { linePrice, orderPrice } from '#shared/contracts/http/price.ts';
import type { Currency } from '#shared/money/money.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { changesOf, isParcel, type LineLook, looksOf, problemsOf } from './look.ts';
import { type CartDocument, type Quote as KeptQuote, standingQuote } from './machine/document.ts';
import type { PriceAnswer } from './pricing.ts';

/** The cart as the API shows it. `answer` null: it takes no part in prices any more. Pure. */
export function publicCart(cart: CartDocument, answer: PriceAnswer | null, at: number): Cart {
  const { state, owner, settings } = cart;
  const { currency } = settings;
  const priced = answer?.priced ?? null;
  const looks: LineLook[] =
    answer === null
      ? cart.lines.map((line) => ({ line, truth: { refused: 'not_published' }, price: null }))
      : looksOf(cart, answer);
  return {
    id: cart.id,
    version: cart.version,
    state: state.name,
    customerId: owner.as === 'customer' ? buyerNamed(owner.customerId).personId : null,
    organisationId: owner.as === 'customer' ? buyerNamed(owner.customerId).organisationId : null,
    orderId: state.name === 'ordered' ? state.orderId : null,
    mergedInto: state.name === 'merged' ? state.into : null,
    ...settings,
    codes: cart.codes,
    lines: looks.map((look) => publicLine(cart, look)),
    price: priced === null ? null : orderPrice(priced, priced.lines),
    needsShipping: looks.some(({ truth }) => isParcel(truth)),
    shippingMethods: (answer?.shippingMethods ?? []).map(({ id, title, amount }) => ({
      id,
      title,
      amount: { amount, currency },
    })),
    problems: answer === null ? [] : problemsOf(cart, looks, answer),
    changes: answer === null ? [] : changesOf(looks, currency),
    quote: quoteSummary(cart, at),
    createdAt: rfc3339(cart.createdAt),
    updatedAt: rfc3339(cart.updatedAt),
  };
}

function publicLine({ settings }: CartDocument, look: LineLook): CartLine {
  const { line, truth, price } = look;
  const variant = 'variant' in truth ? truth.variant : null;
  return {
    id: line.id,
    version: line.version,
    variantId: line.variantId,
    productId: variant?.productId ?? null,
    sku: variant?.sku ?? line.seen?.sku ?? '',
    kind: variant?.kind ?? null,
    title: variant?.title ?? line.seen?.title ?? '',
    variantTitle: variant?.variantTitle ?? line.seen?.variantTitle ?? '',
    quantity: line.quantity,
    quantityMax: variant?.quantityMax ?? null,
    quantityMin: variant === null ? null : (variant.quantityMin ?? 1),
    quantityMultiple: variant === null ? null : (variant.quantityMultiple ?? 1),
    customerLimits: (variant?.customerLimits ?? []).map(({ quantity, days }) => ({ quantity, days })),
    availability: variant?.availability ?? null,
    expectedAt: timeOf(variant?.expectedAt ?? null),
    customisation: line.customisation,
    customisationSchema: variant?.customisationSchema ?? null,
    price: price === null ? null : linePrice(settings.currency, price),
    parts: partsOf(look, settings.currency),
  };
}

function partsOf({ line, truth, price }: LineLook, currency: Currency): CartLine['parts'] {
  const components = ('variant' in truth ? truth.variant.components : undefined) ?? [];
  return components.map(({ quantity, variant }) => {
    const share = price?.parts?.find(({ variantId }) => variantId === variant.variantId);
    const { productId, variantId, sku, kind, title, variantTitle } = variant;
    return {
      productId,
      variantId,
      sku,
      kind,
      title,
      variantTitle,
      quantity: quantity * line.quantity,
      price: share === undefined ? null : linePrice(currency, share),
    };
  });
}

const timeOf = (epochMs: number | null): string | null => (epochMs === null ? null : rfc3339(epochMs));

function quoteSummary(cart: CartDocument, at: number): Cart['quote'] {
  const quote = standingQuote(cart, at);
  if (quote === null) return null;
  const total = { amount: quote.priced.total, currency: quote.priced.currency };
  return { id: quote.id, total, expiresAt: rfc3339(quote.expiresAt) };
}

export function publicQuote(cart: CartDocument, quote: KeptQuote): Quote {
  const { currency } = quote.priced;
  const changes: CartChange[] = quote.changes;
  return {
    id: quote.id,
    cartId: cart.id,
    cartVersion: quote.cartVersion,
    price: orderPrice(quote.priced, quote.priced.lines),
    lines: quote.lineIds.flatMap((lineId, index) => {
      const line = quote.priced.lines[index];
      return line === undefined ? [] : [{ lineId, price: linePrice(currency, line) }];
    }),
    changes,
    createdAt: rfc3339(quote.createdAt),
    expiresAt: rfc3339(quote.expiresAt),
  };
}
