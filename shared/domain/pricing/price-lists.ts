/** A price of one unit that may count: of a list that is for this customer, at this time, in this currency. */
export interface ListedPrice {
  priceListId: string;
  title: string;
  /** From how many units on. */
  quantityMin: number;
  /** Minor units. */
  amount: number;
  compareAt: number | null;
  /** The list names groups, and the customer is in one of them. */
  forGroup: boolean;
  /** The list ends at a set time. */
  limitedInTime: boolean;
}

export interface BasePrice {
  amount: number;
  compareAt: number | null;
}

export interface UnitPrice {
  listPrice: number;
  compareAt: number | null;
  unitPrice: number;
  priceSource: { list: string; reason: string };
}

/** The product's own price, as a source. */
export const BASE_LIST = 'base';

/**
 * The price of one unit: the best for the customer wins, be it the product's own or that of any list; among equals the
 * product's own, then the list with the lower id. `quantity` is what the order takes of the variant in all its lines.
 * Null: no price at all. Pure.
 */
export function bestPrice(
  base: BasePrice | null,
  lists: readonly ListedPrice[],
  quantity: number,
): UnitPrice | null {
  const [listed] = lists
    .filter((price) => price.quantityMin <= quantity)
    .sort(
      (a, b) => a.amount - b.amount || compare(a.priceListId, b.priceListId) || b.quantityMin - a.quantityMin,
    );
  if (base !== null && (listed === undefined || base.amount <= listed.amount)) {
    return {
      listPrice: base.amount,
      compareAt: base.compareAt,
      unitPrice: base.amount,
      priceSource: { list: BASE_LIST, reason: 'Standard price' },
    };
  }
  if (listed === undefined) return null;
  return {
    listPrice: base?.amount ?? listed.amount,
    compareAt: listed.compareAt ?? base?.compareAt ?? null,
    unitPrice: listed.amount,
    priceSource: { list: listed.priceListId, reason: reasonOf(listed) },
  };
}

function reasonOf(price: ListedPrice): string {
  const parts = [
    price.forGroup ? 'for your customer group' : '',
    price.quantityMin > 1 ? `from ${price.quantityMin} units` : '',
    price.limitedInTime ? 'for a limited time' : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? price.title : `${price.title}: ${parts.join(', ')}`;
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
