/** A part of the core that is mutated at once, and the quick tests that reach it. */
export interface Part {
  name: string;
  mutate: readonly string[];
  tests: readonly string[];
}

const ORDER = 'durable-objects/order/machine';
/** Without those that play long histories of their own: a mutant cannot wait for them. */
const ORDER_TESTS = [`${ORDER}/!(*-history).test.ts`];
const AFTER_SALE_TESTS = [`${ORDER}/after-sale/!(after-sale|limits).test.ts`];
const HISTORIES = 'test/mutation/histories.mutation.ts';
const stock = (...files: string[]): string[] => files.map((file) => `durable-objects/stock/${file}.ts`);
const order = (...files: string[]): string[] => files.map((file) => `${ORDER}/${file}.ts`);
const afterSale = (...files: string[]): string[] => order(...files.map((file) => `after-sale/${file}`));

export const PARTS: readonly Part[] = [
  {
    name: 'order: guards and table',
    mutate: order('guards', 'table', 'transition', 'claims', 'lines', 'keys', 'holds'),
    tests: [...ORDER_TESTS, ...AFTER_SALE_TESTS, HISTORIES],
  },
  {
    name: 'order: money',
    mutate: order('money', 'money-intents', 'payment-facts', 'disputes', 'suspension'),
    tests: [...ORDER_TESTS, ...AFTER_SALE_TESTS],
  },
  {
    name: 'stock: units and holds',
    mutate: stock('machine', 'taking', 'lease', 'level'),
    tests: ['durable-objects/stock/{machine,giving-back}.test.ts', 'test/mutation/stock.mutation.ts'],
  },
  {
    name: 'stock: root and shards',
    mutate: stock('root', 'shard'),
    tests: ['test/simulation/lending.test.ts', 'test/mutation/stock.mutation.ts'],
  },
  {
    name: 'promotion',
    mutate: ['durable-objects/promotion/engine.ts'],
    tests: ['test/simulation/promotion.test.ts', HISTORIES],
  },
  {
    name: 'cart',
    mutate: ['durable-objects/cart/machine/*.ts'],
    tests: ['durable-objects/cart/machine/*.test.ts'],
  },
  {
    name: 'pricing',
    mutate: ['shared/domain/pricing/*.ts'],
    tests: ['shared/domain/pricing/*.test.ts'],
  },
  {
    name: 'order: operators',
    mutate: order('resolution', 'next-actions'),
    tests: order('{fraud/fraud,guards,operators,resolution,transition}.test'),
  },
  {
    name: 'order: intents',
    mutate: order('intents', 'line-intents', 'public-effects'),
    tests: order('{asking,asking-anew,delivery,public-effects,transition,wanted}.test'),
  },
  {
    name: 'order: facts',
    mutate: order('facts', 'document', 'events', 'upgrade'),
    tests: order('{asking,facts,transfers,transition,upgrade}.test'),
  },
  {
    name: 'order: wishes after the sale',
    mutate: afterSale('access', 'check', 'edit', 'intents', 'record', 'restock'),
    tests: afterSale('{access,check,edit,returns,steps}.test'),
  },
  {
    name: 'order: money after the sale',
    mutate: afterSale('exchange', 'granting', 'returns', 'settlement', 'view'),
    tests: afterSale('{check,exchange,returns,settlement,steps}.test'),
  },
  {
    name: 'order: what is told',
    mutate: order('announcements', 'listing', 'view', 'reasons', 'notes'),
    tests: order('{announcements,disputes,told,transfers,transition,after-sale/steps}.test'),
  },
];
