import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type { productInputSchema } from '#shared/contracts/http/product-input.ts';
import type { productTypeInputSchema } from '#shared/contracts/http/product-types.ts';
import type { Attributes } from '#shared/domain/attributes.ts';
import { translatedWords } from './attribute-words.ts';

/** As the import and the product types take them; what they leave out has a default. */
type StatedProduct = z.input<typeof productInputSchema>;
type StatedType = z.input<typeof productTypeInputSchema>;

/** Currency → what an amount in EUR is multiplied by in the demo. */
const RATES = [
  ['EUR', 1],
  ['USD', 1.1],
  ['GBP', 0.87],
] as const;
/** Tag → collection; the first that fits. */
const COLLECTIONS: [tag: string, handle: string, title: string][] = [
  ['audio', 'sound', 'Sound'],
  ['smart home', 'network-and-home', 'Network and home'],
  ['network', 'network-and-home', 'Network and home'],
  ['storage', 'network-and-home', 'Network and home'],
  ['kitchen', 'kitchen-and-table', 'Kitchen and table'],
  ['bag', 'on-the-way', 'On the way'],
  ['travel', 'on-the-way', 'On the way'],
  ['desk', 'workshop-and-desk', 'Workshop and desk'],
  ['stationery', 'workshop-and-desk', 'Workshop and desk'],
  ['gift', 'gifts', 'Gifts'],
];

const words = (text: string): string => text.replaceAll('_', ' ');
const list = (text: string): string[] => text.split(',').map((each) => words(each.trim()));
const firstUpper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Goods with attributes, in three languages, and the product types they need; written by hand in `goods.txt`. */
export function demoGoods(): { types: StatedType[]; products: StatedProduct[] } {
  const types: StatedType[] = [];
  const products: StatedProduct[] = [];
  for (const line of readFileSync(path.join(import.meta.dirname, 'goods.txt'), 'utf8').split('\n')) {
    if (line.startsWith('@')) types.push(typeOf(line.slice(1)));
    const type = types.at(-1);
    if (type !== undefined && line.includes(' | ')) products.push(productOf(line, type));
  }
  return { types, products };
}

/** `light Lamps power_w:number=W dimmable:boolean` */
function typeOf(line: string): StatedType {
  const [handle = '', title = '', ...definitions] = line.split(' ');
  return {
    handle,
    title: words(title),
    attributes: definitions.map((text) => {
      const [key = '', type = '', more] = text.split(/[:=]/);
      const stated = {
        title: firstUpper(words(key.replace(/_(ohm|inch|m|w|cm|ml|l)$/, ''))),
        ...(type === 'enum' ? { options: list(more ?? '') } : {}),
        ...(type === 'number' && more !== undefined ? { unit: more } : {}),
      };
      return {
        key,
        type: type as 'text',
        facet: true,
        ...stated,
        translations: translatedWords(stated),
      };
    }),
  };
}

function productOf(line: string, type: StatedType): StatedProduct {
  const [handle = '', vendor = '', price = '', grams = '', stated = '', tags = '', ...texts] = line
    .split('|')
    .map((part) => part.trim());
  const [english, german, french] = texts.map((text) => {
    const colon = text.indexOf(': ');
    return { title: text.slice(0, colon), summary: `${text.slice(colon + 2)}.` };
  });
  return {
    handle,
    kind: 'physical',
    title: english?.title ?? handle,
    summary: english?.summary ?? '',
    descriptionHtml: `<p>${english?.summary ?? ''}</p>`,
    vendor,
    tags: list(tags),
    collections: collectionsOf(list(tags)),
    productType: type.handle,
    attributes: attributesOf(stated, type),
    translations: { de: german ?? {}, fr: french ?? {} },
    fulfilment: { template: 'parcel', weightGrams: Number(grams) },
    variants: [
      {
        sku: handle.toUpperCase(),
        prices: RATES.map(([currency, rate]) => ({
          amount: Math.round(Number(price) * rate) * 100,
          currency,
        })),
      },
    ],
  };
}

function collectionsOf(tags: readonly string[]): { handle: string; title: string }[] {
  const first = COLLECTIONS.find(([tag]) => tags.includes(tag));
  return first === undefined ? [] : [{ handle: first[1], title: first[2] }];
}

function attributesOf(stated: string, type: StatedType): Attributes {
  const pairs = stated === '' ? [] : stated.split(';').map((pair) => pair.split('='));
  return Object.fromEntries(
    pairs.map(([key = '', value = '']): [string, Attributes[string]] => {
      const definition = type.attributes?.find((each) => each.key === key);
      if (definition?.type === 'boolean') return [key, value === 'true'];
      return [key, definition?.type === 'number' ? Number(value) : words(value)];
    }),
  );
}
