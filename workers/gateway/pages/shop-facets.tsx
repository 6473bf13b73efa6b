import type { Facet, SearchPage } from '#shared/contracts/http/search.ts';
import { currencySchema, moneyText } from '#shared/money/money.ts';

/** The form above the hits has fields of its own for these. */
const IN_FORM = new Set(['kind', 'collection', 'availability']);
const VALUES_SHOWN = 8;

interface Choice {
  /** As `filter` takes it. */
  filter: string;
  label: string;
  count: number;
  selected: boolean;
}

const choicesOf = ({ facet, unit, values, ranges }: Facet): Choice[] => [
  ...values.map(({ value, label, count, selected }) => ({
    filter: `${facet}:${value}`,
    label,
    count,
    selected,
  })),
  ...ranges.map(({ from, to, count, selected }) => ({
    filter: `${facet}:${from ?? ''}..${to ?? ''}`,
    label: [
      from === null ? '' : `from ${numberText(from, unit)}`,
      to === null ? '' : `below ${numberText(to, unit)}`,
    ]
      .join(' ')
      .trim(),
    count,
    selected,
  })),
];

function numberText(number: number, unit: string | null): string {
  const currency = currencySchema.safeParse(unit);
  if (currency.success) return moneyText({ amount: number, currency: currency.data });
  return unit === null ? String(number) : `${number} ${unit}`;
}

/** What the hits can be narrowed by, each choice a link that takes it or gives it up. */
export const Facets = ({ facets, url }: { facets: SearchPage['facets']; url: string }) => {
  const shown = facets.filter(
    ({ facet, values, ranges }) => !IN_FORM.has(facet) && values.length + ranges.length > 1,
  );
  if (shown.length === 0) return null;
  return (
    <nav class="facets" aria-label="Narrow down">
      {shown.map((facet) => {
        const choices = choicesOf(facet);
        return (
          <details open={choices.some(({ selected }) => selected)}>
            <summary>{facet.title}</summary>
            <ul>
              {choices
                .filter(({ selected }, index) => selected || index < VALUES_SHOWN)
                .map(({ filter, label, count, selected }) => (
                  <li>
                    <a href={toggled(url, filter, selected)} aria-current={selected ? 'true' : undefined}>
                      {label}
                    </a>{' '}
                    <span class="soft">{count}</span>
                  </li>
                ))}
            </ul>
          </details>
        );
      })}
    </nav>
  );
};

/** The same page with a filter more or less, from its first hit. */
function toggled(url: string, filter: string, selected: boolean): string {
  const target = new URL(url);
  target.searchParams.delete('cursor');
  if (selected) target.searchParams.delete('filter', filter);
  else target.searchParams.append('filter', filter);
  return target.pathname + target.search;
}
