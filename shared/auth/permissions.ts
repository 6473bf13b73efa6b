/** Every permission, with what it allows. The one table all workers and the API document read. */
export const PERMISSIONS = {
  'account.self': 'Read and change one’s own account, sessions and credentials',
  'carts.use': 'Keep carts of one’s own and claim those filled before signing in',
  'orders.create': 'Place orders for oneself',
  'orders.read': 'Read one’s own orders',
  'orders.cancel': 'Cancel one’s own orders while that is possible',
  'orders.edit': 'Change one’s own orders before they are made',
  'orders.return': 'Ask to send back what one ordered',
  'orders.read_all': 'Read every order',
  'orders.note': 'Write notes on any order',
  'orders.refund': 'Give money back and decide about returns',
  'orders.operate': 'Cancel or retry any order; see what it is at',
  'orders.resolve': 'End any order by hand',
  'instances.read': 'Read and download what one owns',
  'instances.read_all': 'Read every instance, without its credentials',
  'instances.operate': 'Suspend and resume any instance, and see why it is suspended',
  'products.write': 'Create, change, import and archive products; read drafts',
  'pricing.read': 'Read price lists, promotions, taxes, shipping methods and customer groups',
  'pricing.write': 'Change price lists, promotions, taxes, shipping methods and customer groups',
  'fraud.read': 'Read what makes an order suspicious, and what is known of the risk of each',
  'fraud.write': 'Change what makes an order suspicious',
  'fraud.review': 'Approve or refuse orders that wait for it',
  'stock.read': 'Read stock levels and holds',
  'stock.write': 'Count, restock and transfer units',
  'stock.configure': 'Change how a SKU is kept: shards, locations, backorder, threshold',
  'payment_methods.own': 'Keep, choose and delete payment methods of one’s own',
  'payments.read': 'Read the inbox of payment events',
  'payments.operate': 'Replay payment events',
  'payments.reconcile': 'Compare payments with the provider and close what was found',
  'ledger.read': 'Read the ledger of payments and the reports made of it',
  'mails.read': 'Read and preview the wording of mails',
  'mails.write': 'Change the wording of mails',
  'webhooks.read': 'Read webhook endpoints and their delivery log',
  'webhooks.write': 'Create, change and delete webhook endpoints; send their events again',
  'dead_letters.read': 'List messages no consumer could process',
  'dead_letters.replay': 'Send such messages again',
  'accounts.manage': 'List accounts, disable them, change their roles',
} as const;
export type Permission = keyof typeof PERMISSIONS;

const CUSTOMER = [
  'account.self',
  'carts.use',
  'orders.create',
  'orders.read',
  'orders.cancel',
  'orders.edit',
  'orders.return',
  'instances.read',
  'payment_methods.own',
] as const satisfies readonly Permission[];
const SUPPORT = [
  'account.self',
  'orders.read_all',
  'orders.note',
  'instances.read_all',
  'stock.read',
] as const satisfies readonly Permission[];
const OPERATOR = [
  ...SUPPORT,
  'orders.operate',
  'orders.resolve',
  'orders.refund',
  'instances.operate',
  'fraud.read',
  'fraud.write',
  'fraud.review',
  'products.write',
  'pricing.read',
  'pricing.write',
  'stock.write',
  'stock.configure',
  'payments.read',
  'payments.operate',
  'payments.reconcile',
  'ledger.read',
  'mails.read',
  'mails.write',
  'webhooks.read',
  'webhooks.write',
  'dead_letters.read',
  'dead_letters.replay',
] as const satisfies readonly Permission[];

/** Role → permissions. A role in a token that is not in this table grants nothing. */
export const ROLES = {
  customer: CUSTOMER,
  support: SUPPORT,
  operator: OPERATOR,
  admin: [...OPERATOR, 'accounts.manage'],
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof ROLES;

/** The one check: does any of these roles carry the permission? */
export function allows(roles: readonly string[], permission: Permission): boolean {
  return roles.some(
    (role) => role in ROLES && (ROLES[role as Role] as readonly Permission[]).includes(permission),
  );
}
