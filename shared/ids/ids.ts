import { v7 } from 'uuid';
import { z } from 'zod';

/** Typed prefixes. An id is `<prefix>_<32 hex digits of a UUIDv7>` (RFC 9562 §5.7): sortable by creation time. */
export const ID_PREFIXES = {
  product: 'prod',
  variant: 'var',
  collection: 'col',
  productType: 'ptyp',
  cart: 'cart',
  quote: 'quo',
  order: 'ord',
  line: 'line',
  instance: 'ins',
  user: 'usr',
  session: 'ses',
  passkey: 'pky',
  ceremony: 'cer',
  client: 'cli',
  clientSecret: 'csec',
  apiKey: 'key',
  supportAccess: 'sup',
  guessingSignal: 'gsig',
  identityProvider: 'idp',
  identity: 'idn',
  event: 'evt',
  operation: 'op',
  deadLetter: 'dl',
  catalogueJob: 'cjob',
  priceList: 'pl',
  synonym: 'syn',
  searchBoost: 'boost',
  promotion: 'promo',
  taxRate: 'tax',
  shippingMethod: 'ship',
  customerGroup: 'grp',
  fraudRule: 'frl',
  refund: 'rfd',
  return: 'ret',
  note: 'note',
  mail: 'mail',
  webhookEndpoint: 'whe',
  webhookDelivery: 'whd',
  reconciliation: 'rec',
  finding: 'fnd',
  template: 'tpl',
  task: 'task',
  lifecycleOperation: 'lop',
  connection: 'conn',
  notice: 'ntc',
  bulkRetry: 'bulk',
  shardMove: 'move',
  organisation: 'org',
  invitation: 'inv',
  activation: 'act',
  lease: 'lea',
  licenceFile: 'lic',
  reveal: 'rev',
  giftCard: 'gft',
  dataRequest: 'dreq',
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

export function newId(kind: IdKind): string {
  return `${ID_PREFIXES[kind]}_${v7().replaceAll('-', '')}`;
}

/** Schema of an id of one kind; refuses foreign prefixes so that a mix-up is named at the edge. */
export function idSchema(kind: IdKind) {
  const prefix = ID_PREFIXES[kind];
  return z.string().regex(new RegExp(`^${prefix}_[0-9a-f]{32}$`), `must be an id like ${prefix}_0192f3…`);
}
