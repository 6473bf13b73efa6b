import { type PriceInput, type PriceRefusal, priceUntaxed, type Untaxed } from './price.ts';
import { shippingOptions } from './shipping.ts';

/** What an order would cost without whatever stands against it. */
export interface Relented {
  /** Null when nothing can be left out that would help. */
  untaxed: Untaxed | null;
  refusedCodes: { code: string; detail: string }[];
  /** Everything else that stands against it. */
  refusals: PriceRefusal[];
}

/**
 * Prices what can be priced: codes that do not count are left out, a way of shipping that does not serve is replaced by
 * the cheapest, and where nothing can be sent the shipping is left out. Pure.
 */
export function priceLeniently(input: PriceInput): Relented {
  const refusedCodes: Relented['refusedCodes'] = [];
  const refusals: PriceRefusal[] = [];
  let present = input;
  // Each round leaves something out: there are no more rounds than things to leave out.
  for (let round = 0; round < input.codes.length + 3; round += 1) {
    const priced = priceUntaxed(present);
    if (priced.ok) return { untaxed: priced.value, refusedCodes, refusals };
    const refused = refusedOf(present, priced.error);
    refusedCodes.push(...refused.codes);
    refusals.push(...refused.others);
    if (refused.others.some(({ pointer }) => pointer === '/lines')) break;
    present = without(present, refused);
  }
  return { untaxed: null, refusedCodes, refusals };
}

interface Refused {
  codes: Relented['refusedCodes'];
  /** Places of the codes. */
  places: Set<number>;
  others: PriceRefusal[];
}

function refusedOf(input: PriceInput, errors: readonly PriceRefusal[]): Refused {
  const refused: Refused = { codes: [], places: new Set(), others: [] };
  for (const error of errors) {
    const place = /^\/codes\/(\d+)$/.exec(error.pointer)?.[1];
    const code = place === undefined ? undefined : input.codes[Number(place)];
    if (code === undefined) refused.others.push(error);
    else {
      refused.codes.push({ code, detail: error.detail });
      refused.places.add(Number(place));
    }
  }
  return refused;
}

function without(input: PriceInput, { places, others }: Refused): PriceInput {
  const codes = input.codes.filter((_, index) => !places.has(index));
  const isRefused = (pointer: string): boolean => others.some((other) => other.pointer === pointer);
  return {
    ...input,
    codes,
    offers: input.offers.filter(({ code }) => code === null || codes.includes(code)),
    shipping: {
      ...input.shipping,
      wanted: isRefused('/shippingMethodId') ? null : input.shipping.wanted,
      offered: input.shipping.offered && !isRefused('/destination'),
    },
  };
}

/** Every way the parcels of an order can be sent, cheapest first; none when nothing is sent. Pure. */
export function waysToSend(input: PriceInput): { id: string; title: string; amount: number }[] {
  const parcels = input.lines.filter((line) => line.parcelGrams !== null);
  if (parcels.length === 0) return [];
  const weightGrams = parcels.reduce((all, line) => all + (line.parcelGrams ?? 0) * line.quantity, 0);
  const subtotal = input.lines.reduce((all, line) => all + line.price.unitPrice * line.quantity, 0);
  return shippingOptions(input.shipping.methods, { currency: input.currency, weightGrams, subtotal }).map(
    ({ method, amount }) => ({ id: method.id, title: method.title, amount }),
  );
}
