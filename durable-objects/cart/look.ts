import { LINES_MAX, tooManyParts } from '#shared/contracts/http/orders.ts';
import type { PurchasableVariant } from '#shared/contracts/catalogue.ts';
import type { CartChange, CartProblem } from '#shared/contracts/http/carts.ts';
import type { PricedLine } from '#shared/domain/pricing/priced.ts';
import { unpayable } from '#shared/domain/payment-methods.ts';
import { customerLimitText, quantityFault } from '#shared/domain/purchase-limits.ts';
import { type Currency, moneyText } from '#shared/money/money.ts';
import { customisationErrors } from '../lib/customisation.ts';
import type { CartDocument, FieldFault, Line, Seen } from './machine/document.ts';
import type { LineTruth, PriceAnswer } from './pricing.ts';

/** A line beside what the catalogue and the prices say of it now. */
export interface LineLook {
  line: Line;
  truth: LineTruth;
  /** Null while it cannot be bought. */
  price: PricedLine | null;
}

const REFUSED_TEXT = {
  unknown_variant: () => 'is not sold any more',
  not_published: () => 'cannot be bought at the moment',
  no_price_in_currency: (currency: string) => `has no price in ${currency}`,
} as const;

/** What more of the same may mend: it stands against ordering, not against putting something in. */
const TOO_LITTLE: ReadonlySet<string> = new Set(['too_few', 'not_a_multiple']);

/** Lays a cart beside the answer to its own question. Pure. */
export function looksOf(cart: CartDocument, { lines, priced }: PriceAnswer): LineLook[] {
  const prices = [...(priced?.lines ?? [])];
  return cart.lines.map((line, index) => {
    const truth = lines[index] ?? { refused: 'unknown_variant' };
    return { line, truth, price: 'variant' in truth ? (prices.shift() ?? null) : null };
  });
}

/** What stands against ordering the cart as it is. Pure. */
export function problemsOf(
  cart: CartDocument,
  looks: readonly LineLook[],
  answer: Pick<PriceAnswer, 'priced' | 'refusedCodes' | 'refusals'>,
): CartProblem[] {
  const asked = new Map<string, number>();
  const last = new Map(cart.lines.map(({ variantId }, index) => [variantId, index]));
  const { currency } = cart.settings;
  const problems = looks.flatMap(({ line, truth }, index) => {
    const quantity = (asked.get(line.variantId) ?? 0) + line.quantity;
    asked.set(line.variantId, quantity);
    const isLast = last.get(line.variantId) === index;
    return lineProblems(`/lines/${index}`, { ...line, quantity }, truth, currency).filter(
      ({ code }) => isLast || !TOO_LITTLE.has(code),
    );
  });
  const parcel = looks.find(({ truth }) => isParcel(truth));
  if (parcel !== undefined && cart.settings.shippingAddress === null) {
    problems.push({
      code: 'address_needed',
      pointer: '/shippingAddress',
      detail: `is required: ${titleOf(parcel)} is sent as a parcel`,
    });
  }
  const made = looks.reduce(
    (sum, { truth }) => sum + ('variant' in truth ? partsOf(truth.variant).length || 1 : 1),
    0,
  );
  if (made > LINES_MAX && looks.length <= LINES_MAX)
    problems.push({ code: 'too_many_parts', pointer: '/lines', detail: tooManyParts(made) });
  for (const { code, detail } of answer.refusedCodes) {
    problems.push({ code: 'code_refused', pointer: `/codes/${cart.codes.indexOf(code)}`, detail });
  }
  for (const { pointer, detail } of answer.refusals) {
    if (pointer === '/lines') problems.push({ code: 'too_expensive', pointer, detail });
    else if (pointer === '/shippingMethodId') problems.push({ code: 'method_refused', pointer, detail });
    // Without an address nobody knows yet where it goes; that the address is needed is told already.
    else if (cart.settings.shippingAddress !== null)
      problems.push({ code: 'not_sent_there', pointer: '/shippingAddress/country', detail });
  }
  // What cannot be bought at the moment would have its part in the amount.
  const total = looks.every(({ price }) => price !== null) ? answer.priced?.total : undefined;
  const detail = total === undefined ? null : unpayable({ amount: total, currency });
  if (detail !== null) problems.push({ code: 'not_payable', pointer: '/lines', detail });
  return problems;
}

/** What is wrong with one line; `quantity` counts the lines before it with the same variant too. Pure. */
export function lineProblems(
  at: string,
  line: { quantity: number; customisation: Record<string, unknown> },
  truth: LineTruth,
  currency: string,
): CartProblem[] {
  if ('refused' in truth) {
    const detail = REFUSED_TEXT[truth.refused](currency);
    return [{ code: truth.refused, pointer: `${at}/variantId`, detail }];
  }
  const { variant } = truth;
  const problems = customisationErrors(variant.customisationSchema, line.customisation).map(
    ({ pointer, detail }) => ({ code: 'customisation', pointer: `${at}/customisation${pointer}`, detail }),
  );
  const fault = quantityFault(line.quantity, variant);
  const over = variant.customerLimits?.find(({ quantity }) => line.quantity > quantity);
  if (fault !== null) {
    problems.push({ ...fault, pointer: `${at}/quantity` });
  } else if (over !== undefined) {
    problems.push({ code: 'customer_limit', pointer: `${at}/quantity`, detail: customerLimitText(over) });
  } else if (variant.availability === 'out_of_stock') {
    problems.push({ code: 'out_of_stock', pointer: `${at}/quantity`, detail: 'is out of stock' });
  }
  return problems;
}

export const isParcel = (truth: LineTruth): boolean =>
  'variant' in truth &&
  [truth.variant, ...partsOf(truth.variant)].some(({ fulfilment }) => fulfilment.template === 'parcel');

/** What a bundle is made of. */
const partsOf = ({ components = [] }: PurchasableVariant) => components.map(({ variant }) => variant);
const titleOf = ({ line, truth }: LineLook): string =>
  'variant' in truth ? truth.variant.title : (line.seen?.title ?? 'one article');

/** What the customer would be told of a line now. */
function seenNow({ line, truth, price }: LineLook): Seen {
  if ('refused' in truth) {
    const before = line.seen ?? { sku: '', title: '', variantTitle: '' };
    return { ...before, forSale: 'unavailable', unitPrice: null };
  }
  const { sku, title, variantTitle } = truth.variant;
  return {
    sku,
    title,
    variantTitle,
    forSale: truth.variant.availability === 'out_of_stock' ? 'out_of_stock' : 'for_sale',
    unitPrice: price?.unitPrice ?? null,
  };
}

/** What became of each line since the customer was told of it. Pure. */
export function changesOf(looks: readonly LineLook[], currency: Currency): CartChange[] {
  return looks.flatMap((look) => {
    const { seen } = look.line;
    return seen === null ? [] : changesOfLine(look.line.id, seen, seenNow(look), currency);
  });
}

function changesOfLine(lineId: string, before: Seen, now: Seen, currency: Currency): CartChange[] {
  const plain = (code: CartChange['code'], text: string): CartChange => ({
    lineId,
    code,
    text: `${now.title} ${text}`,
    from: null,
    to: null,
  });
  if (now.forSale === 'unavailable') {
    return before.forSale === 'unavailable' ? [] : [plain('unavailable', 'cannot be bought any more')];
  }
  const changes: CartChange[] = [];
  if (before.forSale === 'unavailable') changes.push(plain('available_again', 'can be bought again'));
  if (now.forSale === 'out_of_stock' && before.forSale !== 'out_of_stock') {
    changes.push(plain('out_of_stock', 'has sold out'));
  }
  if (now.forSale === 'for_sale' && before.forSale === 'out_of_stock') {
    changes.push(plain('back_in_stock', 'is in stock again'));
  }
  if (before.unitPrice !== null && now.unitPrice !== null && before.unitPrice !== now.unitPrice) {
    const from = { amount: before.unitPrice, currency };
    const to = { amount: now.unitPrice, currency };
    const code = to.amount > from.amount ? 'price_up' : 'price_down';
    const text = `costs ${moneyText(to)} now, ${moneyText(from)} before`;
    changes.push({ ...plain(code, text), from, to });
  }
  return changes;
}

/** Lines the customer was told nothing of yet are as they are now. Returns the same cart when there are none. */
export function noted(cart: CartDocument, answer: PriceAnswer): CartDocument {
  const looks = looksOf(cart, answer);
  if (looks.every(({ line, truth }) => line.seen !== null || 'refused' in truth)) return cart;
  return {
    ...cart,
    lines: looks.map((look) =>
      look.line.seen === null && 'variant' in look.truth ? { ...look.line, seen: seenNow(look) } : look.line,
    ),
  };
}

/** What is wrong with one line, as fields of the request that put it in. Being out of stock is no fault of the request. */
export function lineFaults(cart: CartDocument, lineId: string, answer: PriceAnswer): FieldFault[] {
  const line = cart.lines.find(({ id }) => id === lineId);
  const truth = answer.lines.find((each) => 'variant' in each && each.variant.variantId === line?.variantId);
  if (line === undefined) return [];
  const same = cart.lines.filter(({ variantId }) => variantId === line.variantId);
  const quantity = same.reduce((sum, each) => sum + each.quantity, 0);
  return lineProblems(
    '',
    { ...line, quantity },
    truth ?? { refused: 'not_published' },
    cart.settings.currency,
  )
    .filter(({ code }) => code !== 'out_of_stock' && !TOO_LITTLE.has(code))
    .map(({ pointer, detail }) => ({ pointer, detail }));
}
