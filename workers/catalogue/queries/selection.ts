import type { ProductSelection } from '#shared/contracts/http/product-selection.ts';

/** Ids of the products a selection names, after one of them. Read from the truth, not from the lists made of it. */
export async function selectedProducts(
  session: D1DatabaseSession,
  selection: ProductSelection,
  page: { after: string; limit: number },
): Promise<string[]> {
  const values: unknown[] = [page.after];
  const place = (value: unknown): string => `?${values.push(value)}`;
  const conditions = ['p.id > ?1', ...conditionsOf(selection, place)];
  const { results } = await session
    .prepare(
      `SELECT p.id FROM products AS p LEFT JOIN product_types AS t ON t.id = p.product_type_id
       WHERE ${conditions.join(' AND ')} ORDER BY p.id LIMIT ${place(page.limit)}`,
    )
    .bind(...values)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

function conditionsOf(selection: ProductSelection, place: (value: unknown) => string): string[] {
  const { ids, status, kind, vendor, tag, collection, productType, attributes = {} } = selection;
  const { available, currency, priceMin, priceMax } = selection;
  const isPriced = priceMin !== undefined || priceMax !== undefined;
  return [
    ...(ids === undefined ? [] : [`p.id IN (SELECT value FROM json_each(${place(JSON.stringify(ids))}))`]),
    ...(status === undefined ? [] : [`p.status = ${place(status)}`]),
    ...(kind === undefined ? [] : [`p.kind = ${place(kind)}`]),
    ...(vendor === undefined ? [] : [`p.vendor = ${place(vendor)} COLLATE NOCASE`]),
    ...(tag === undefined
      ? []
      : [`EXISTS (SELECT 1 FROM json_each(p.tags) WHERE value = ${place(tag)} COLLATE NOCASE)`]),
    ...(collection === undefined
      ? []
      : [
          `EXISTS (SELECT 1 FROM product_collections AS pc JOIN collections AS c ON c.id = pc.collection_id
             WHERE pc.product_id = p.id AND c.handle = ${place(collection)})`,
        ]),
    ...(productType === undefined ? [] : [`t.handle = ${place(productType)}`]),
    ...Object.entries(attributes).map(
      ([key, value]) =>
        `(p.attributes ->> ${place(`$.${key}`)}) = ${place(typeof value === 'boolean' ? Number(value) : value)}`,
    ),
    ...(available === true ? ["p.availability <> 'out_of_stock'"] : []),
    ...(isPriced
      ? [
          `EXISTS (SELECT 1 FROM variants AS v JOIN prices AS m ON m.variant_id = v.id WHERE v.product_id = p.id
             AND m.currency = ${place(currency ?? 'EUR')} AND m.amount BETWEEN ${place(priceMin ?? 0)} AND ${place(priceMax ?? Number.MAX_SAFE_INTEGER)})`,
        ]
      : []),
  ];
}
