import {
  type PriceListInput,
  priceListSchema,
  type PriceListView,
} from '#shared/contracts/http/pricing-rules.ts';
import { keptOf, msOf, parsed, timeOf } from '#shared/rules/columns.ts';
import type { RuleKind } from '#shared/rules/store.ts';

export const PRICE_LISTS: RuleKind<PriceListInput, PriceListView> = {
  table: 'price_lists',
  // A trigger keeps what each version changed, and whose it is.
  isAuthored: true,
  columns: (input) => ({
    status: 'active',
    title: input.title,
    currency: input.currency,
    groups: JSON.stringify(input.groups),
    starts_at_ms: msOf(input.startsAt),
    ends_at_ms: msOf(input.endsAt),
  }),
  view: (row) =>
    priceListSchema.parse({
      ...keptOf(row),
      title: row['title'],
      currency: row['currency'],
      groups: parsed(row['groups']),
      startsAt: timeOf(row['starts_at_ms']),
      endsAt: timeOf(row['ends_at_ms']),
    }),
  // The entries repeat the list's currency.
  follow: [
    `UPDATE price_list_entries SET currency = (SELECT currency FROM price_lists WHERE id = ?1)
     WHERE price_list_id = ?1 AND currency <> (SELECT currency FROM price_lists WHERE id = ?1)`,
  ],
};
