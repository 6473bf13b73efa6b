import { analyse } from '../workers/catalogue/search/analysis.ts';
import type { IndexDocument } from '../workers/catalogue/search/index-document.ts';

const THINGS = ['lamp', 'chair', 'desk', 'shelf', 'mug', 'cable', 'bag', 'pen', 'clock', 'frame'];
const MATERIALS = Array.from({ length: 100 }, (_, n) => (n === 0 ? 'walnut' : `material${letters(n)}`));
const VENDORS = 200;
const TAGS = 40;

/** Pairs of words that products have, all of them different: memory for a few hundred never answers two in a row. */
export const madeUpBeginnings: readonly string[] = THINGS.flatMap((thing) =>
  MATERIALS.slice(1, 51).map((material) => `${thing} ${material}`),
);

/** Digits as letters: words, not numbers. */
function letters(number: number): string {
  return String(number).replaceAll(/\d/g, (digit) => 'bcdfghjklm'.charAt(Number(digit)));
}

/** Products from one number to before another: a thing in ten, a material in a hundred, and `classic` in three of ten. */
export const madeUpDocuments = (from: number, to: number): IndexDocument[] =>
  Array.from({ length: to - from }, (_, index) => madeUp(from + index));

function madeUp(number: number): IndexDocument {
  const id = `prod_${number.toString(16).padStart(32, '0')}`;
  const thing = THINGS[number % 10] ?? '';
  const material = MATERIALS[(number * 7) % 100] ?? '';
  const own = `model${letters(number)}`;
  const isClassic = (number * 13) % 10 < 3;
  const title = `${material} ${thing} ${own}`;
  const text = `A ${thing} of ${material} for rooms${isClassic ? ' in a classic style' : ''}, made in batch ${letters(number % 977)}`;
  const vendor = `Vendor ${number % VENDORS}`;
  const tags = [1, 2, 3].map((each) => `Tag ${(number * each + each) % TAGS}`);
  const amount = 100 + ((number * 7919) % 20_000);
  const values = [
    ['kind', 'physical', 'physical'],
    ['availability', number % 9 === 0 ? 'out_of_stock' : 'in_stock', 'in_stock'],
    ['collection', `c${number % 30}`, `Collection ${number % 30}`],
    ['vendor', vendor.toLowerCase(), vendor],
    ...tags.map((tag) => ['tag', tag.toLowerCase(), tag]),
    ['attr.colour', `colour ${number % 12}`, `Colour ${number % 12}`],
  ] as [string, string, string][];
  return {
    id,
    revision: 1,
    columns: {
      id,
      status: 'published',
      titleKey: title,
      prices: [
        ['EUR', amount],
        ['USD', amount + 10],
      ],
      values: [...new Map(values.map((value) => [value.slice(0, 2).join(':'), value])).values()],
      numbers: [['attr.weight', (number * 31) % 5_000]],
      facets: {},
    },
    analysis: analyse([
      { field: 'title', locale: 'en', text: title },
      { field: 'summary', locale: 'en', text },
      { field: 'vendor', locale: 'xx', text: vendor },
      { field: 'sku', locale: 'xx', text: own },
      { field: 'tags', locale: 'en', text: tags.join(' ') },
    ]),
    summary: {
      id,
      handle: own,
      kind: 'physical',
      title,
      summary: text,
      vendor,
      tags,
      locale: 'en',
      productType: null,
      attributes: {},
      image: null,
      priceFrom: [{ amount, currency: 'EUR' }],
      availability: 'in_stock',
      translations: {},
    },
    descriptions: { en: text },
  };
}
