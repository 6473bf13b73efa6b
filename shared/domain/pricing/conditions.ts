import { decimalText, type Currency } from '#shared/money/money.ts';
import { fits, type SelectableLine } from './discounts.ts';
import type { Destination } from './priced.ts';
import type { PromotionOffer } from './promotion.ts';

/** What is known of the one who buys. */
export interface PricedCustomer {
  /** Null: nobody has signed in yet. */
  id: string | null;
  /** Handles. */
  groups: readonly string[];
  /** Has another order already. */
  hasOrdered: boolean;
}

export interface ConditionsInput {
  currency: Currency;
  destination: Destination;
  customer: PricedCustomer;
  lines: readonly SelectableLine[];
  /** Before discounts. */
  subtotal: number;
  hasParcel: boolean;
}

/** Why a promotion does not count for an order, as a clause about its code; null: it counts. Pure. */
export function unmet(offer: PromotionOffer, order: ConditionsInput): string | null {
  return customerUnmet(offer, order.customer) ?? orderUnmet(offer, order) ?? linesUnmet(offer, order);
}

function customerUnmet({ conditions }: PromotionOffer, customer: PricedCustomer): string | null {
  const { groups, customers, firstOrder } = conditions;
  if (groups === undefined && customers === undefined && firstOrder === undefined) return null;
  if (customer.id === null) return 'is for signed-in customers';
  const isMeant =
    (groups?.some((group) => customer.groups.includes(group)) ?? true) &&
    (customers?.includes(customer.id) ?? true);
  if (!isMeant) return 'is for other customers';
  return firstOrder === true && customer.hasOrdered ? 'is for a first order' : null;
}

function orderUnmet({ conditions, effect }: PromotionOffer, order: ConditionsInput): string | null {
  const { subtotalMin, countries } = conditions;
  const { currency } = order;
  if (countries !== undefined && !countries.includes(order.destination.country))
    return 'is not for this destination';
  const least = subtotalMin?.[currency];
  const noAmount = subtotalMin !== undefined && least === undefined;
  if (noAmount || (effect.type === 'fixed' && effect.amounts[currency] === undefined))
    return `does not count in ${currency}`;
  if (least !== undefined && order.subtotal < least)
    return `needs articles for at least ${decimalText({ amount: least, currency })} ${currency}`;
  if (effect.type === 'free_shipping' && !order.hasParcel) return 'needs something that is sent as a parcel';
  return null;
}

function linesUnmet({ conditions, effect }: PromotionOffer, order: ConditionsInput): string | null {
  const selected =
    effect.type === 'free_shipping' ? order.lines : order.lines.filter((line) => fits(line, effect.lines));
  if (selected.length === 0) return 'is for none of these articles';
  const units = selected.reduce((all, line) => all + line.quantity, 0);
  const least = conditions.quantityMin ?? 1;
  return units < least ? `needs at least ${least} of the articles it is for` : null;
}
