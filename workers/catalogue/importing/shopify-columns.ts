/**
 * Columns we read of a Shopify product file: the names of its export first, then those of its newer import template
 * (https://help.shopify.com/en/manual/products/import-export/using-csv). Case and surrounding space do not matter;
 * other columns are ignored.
 */
const COLUMNS = {
  handle: ['Handle', 'URL handle'],
  title: ['Title'],
  body: ['Body (HTML)', 'Description'],
  vendor: ['Vendor'],
  type: ['Type'],
  tags: ['Tags'],
  collection: ['Collection'],
  published: ['Published', 'Published on online store'],
  status: ['Status'],
  option1Name: ['Option1 Name'],
  option1Value: ['Option1 Value'],
  option2Name: ['Option2 Name'],
  option2Value: ['Option2 Value'],
  option3Name: ['Option3 Name'],
  option3Value: ['Option3 Value'],
  sku: ['Variant SKU', 'SKU'],
  grams: ['Variant Grams', 'Weight value (grams)'],
  tracker: ['Variant Inventory Tracker', 'Inventory tracker'],
  quantity: ['Variant Inventory Qty', 'Inventory quantity'],
  policy: ['Variant Inventory Policy', 'Continue selling when out of stock'],
  price: ['Variant Price', 'Price'],
  compareAt: ['Variant Compare At Price', 'Compare-at price'],
  shipping: ['Variant Requires Shipping', 'Requires shipping'],
  imageSrc: ['Image Src', 'Product image URL'],
  imagePosition: ['Image Position'],
  imageAlt: ['Image Alt Text'],
  seoDescription: ['SEO Description'],
  kind: ['Tradepost Kind'],
  fulfilment: ['Tradepost Fulfilment'],
  customisation: ['Tradepost Customisation'],
  /** JSON: what the columns cannot say of the product, and of the variant. */
  product: ['Tradepost Product'],
  variant: ['Tradepost Variant'],
} as const satisfies Record<string, readonly [string, ...string[]]>;
export type Column = keyof typeof COLUMNS;

const REQUIRED: readonly Column[] = ['handle', 'title', 'price'];

/** Where each known column stands in a file. */
export interface ColumnMap {
  /** The column's name in this file, or its first known name when the file has none. */
  name(column: Column): string;
  has(column: Column): boolean;
  /** A cell, trimmed; empty when the file has no such column. */
  cell(fields: readonly string[], column: Column): string;
}

/** The map of a header, or what is wrong with it. */
export function mapColumns(header: readonly string[]): ColumnMap | { faults: string[] } {
  const found = new Map<Column, { index: number; name: string }>();
  const faults: string[] = [];
  for (const [index, name] of header.entries()) {
    const column = BY_NAME.get(name.trim().toLowerCase());
    if (column === undefined) continue;
    if (found.has(column)) faults.push(`the column ${name.trim()} is there twice`);
    else found.set(column, { index, name: name.trim() });
  }
  for (const column of REQUIRED) {
    if (!found.has(column)) faults.push(`the column ${COLUMNS[column].join(' or ')} is missing`);
  }
  if (faults.length > 0) return { faults };
  return {
    name: (column) => found.get(column)?.name ?? COLUMNS[column][0],
    has: (column) => found.has(column),
    cell: (fields, column) => fields[found.get(column)?.index ?? -1]?.trim() ?? '',
  };
}

const BY_NAME = new Map(
  (Object.keys(COLUMNS) as Column[]).flatMap((column) =>
    COLUMNS[column].map((name) => [name.toLowerCase(), column] as const),
  ),
);
