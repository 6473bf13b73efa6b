import { reaches, TWO_FACTORS, weakest, type Acr, type StepUp } from './step-up.ts';

/** Every permission, with what it allows. The one table all workers and the API document read. */
export const PERMISSIONS = {
  'account.self': 'Read one’s own account; read and end one’s own sessions',
  'account.secure': 'Change how one signs in, and leave',
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
  'instances.use': 'Activate devices, count and label what one owns, and see its credentials',
  'instances.manage': 'Suspend, resume, configure, hand on and end what one owns, and renew its credentials',
  'instances.read_all': 'Read every instance, without its credentials',
  'instances.operate': 'Suspend and resume any instance, and see why it is suspended',
  'entitlements.check': 'Check anybody’s licence, activate its devices and count its use',
  'provisioning.read': 'Read templates, connectors and what waits for a person; try what an order would do',
  'provisioning.write': 'Create and change templates and connections to partners',
  'provisioning.operate': 'Decide about steps that failed or wait for a person',
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
  'gift_cards.use': 'See what a gift card is worth and pay with it',
  'gift_cards.read': 'Read every gift card and what happened to its money, without its code',
  'gift_cards.write': 'Issue, adjust and disable gift cards by hand',
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
  'customers.view_as': 'See what a customer sees, as that customer, for ten minutes and told to them',
  'customers.data':
    'Ask for a copy or the erasure of a customer’s data for them; see and retry such requests',
  'tokens.introspect': 'Ask whether any application’s token counts',
  'oauth_clients.manage': 'Register applications and services that sign in here',
  'guessing.read': 'See the signs that passwords are being guessed',
  'identity_providers.manage': 'Connect the identity providers that people sign in with',
  'keys.manage': 'Rotate keys; see what is sealed under which',
  'audit.read': 'Verify and export the audit log',
  'backups.run': 'Back databases up now, and see what backups there are',
  'organisations.use': 'Make organisations; read, join and leave one’s own',
  'organisations.manage': 'Rename an organisation; invite, change and remove its members',
  'organisations.keys': 'Make and revoke API keys of an organisation',
  'organisations.identity': 'Connect identity providers of an organisation, and prove its domains',
  'organisations.own': 'Hand an organisation over, close it and open it again',
} as const;
export type Permission = keyof typeof PERMISSIONS;

/** What everybody with an account may, as far as an organisation lets them; see `ORGANISATION_ROLES`. */
const ORGANISED = [
  'organisations.use',
  'organisations.manage',
  'organisations.keys',
  'organisations.identity',
  'organisations.own',
] as const satisfies readonly Permission[];
const CUSTOMER = [
  ...ORGANISED,
  'account.self',
  'account.secure',
  'carts.use',
  'orders.create',
  'orders.read',
  'orders.cancel',
  'orders.edit',
  'orders.return',
  'instances.read',
  'instances.use',
  'instances.manage',
  'payment_methods.own',
  'gift_cards.use',
] as const satisfies readonly Permission[];
const SUPPORT = [
  ...ORGANISED,
  'customers.view_as',
  'account.self',
  'account.secure',
  'orders.read_all',
  'orders.note',
  'instances.read_all',
  'stock.read',
  'gift_cards.read',
] as const satisfies readonly Permission[];
const OPERATOR = [
  ...SUPPORT,
  'guessing.read',
  'orders.operate',
  'orders.resolve',
  'orders.refund',
  'instances.operate',
  'entitlements.check',
  'provisioning.read',
  'provisioning.write',
  'provisioning.operate',
  'fraud.read',
  'fraud.write',
  'fraud.review',
  'products.write',
  'pricing.read',
  'pricing.write',
  'stock.write',
  'stock.configure',
  'gift_cards.write',
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
  admin: [
    ...OPERATOR,
    'accounts.manage',
    'customers.data',
    'oauth_clients.manage',
    'identity_providers.manage',
    'keys.manage',
    'audit.read',
    'backups.run',
  ],
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof ROLES;

const MEMBER = [
  'account.self',
  'account.secure',
  'carts.use',
  'payment_methods.own',
  'gift_cards.use',
  'organisations.use',
  'instances.read',
  'instances.use',
] as const satisfies readonly Permission[];
const BUYER = [
  ...MEMBER,
  'orders.create',
  'orders.read',
  'orders.cancel',
  'orders.edit',
  'orders.return',
  'instances.manage',
] as const satisfies readonly Permission[];
const ORGANISATION_ADMIN = [
  ...BUYER,
  'organisations.manage',
  'organisations.keys',
  'organisations.identity',
] as const satisfies readonly Permission[];

/**
 * Role within an organisation → what whoever acts for it may do with what is the organisation's, from all to least. Beside
 * the platform's roles, never instead: `may` asks both, so that staff who act for an organisation are customers like others.
 */
export const ORGANISATION_ROLES = {
  owner: [...ORGANISATION_ADMIN, 'organisations.own'],
  admin: ORGANISATION_ADMIN,
  buyer: BUYER,
  member: MEMBER,
} as const satisfies Record<string, readonly Permission[]>;
export type OrganisationRole = keyof typeof ORGANISATION_ROLES;

/** What only a person does, in our own pages: no application and no key is ever given these. */
const PEOPLES_ALONE =
  /^(account|accounts|customers|oauth_clients|identity_providers|keys|audit|backups|organisations)\./;

/** What no role has but the administrator's: each use of it is written down. */
export const isAdministrative = (permission: Permission): boolean =>
  (Object.keys(ROLES) as Role[]).every(
    (role) => role === 'admin' || !(ROLES[role] as readonly Permission[]).includes(permission),
  );

/** What an application, a service or a key may be given, each a scope of its own name (RFC 6749 §3.3). */
export const GRANTABLE: readonly Permission[] = (Object.keys(PERMISSIONS) as Permission[]).filter(
  (permission) => !PEOPLES_ALONE.test(permission),
);

/** Role of services, which are no people: what they may is told by their scopes. Nobody can be given it. */
export const SERVICE_ROLE = 'service';
const SERVICE: readonly Permission[] = [
  ...OPERATOR.filter((permission) => !PEOPLES_ALONE.test(permission)),
  'tokens.introspect',
];

const GRANTS: ReadonlyMap<string, readonly Permission[]> = new Map<string, readonly Permission[]>([
  ...Object.entries(ROLES),
  [SERVICE_ROLE, SERVICE],
]);

/** Does any of these roles carry the permission? */
export const allows = (roles: readonly string[], permission: Permission): boolean =>
  roles.some((role) => GRANTS.get(role)?.includes(permission) === true);

/** Role of an organisation's API keys, which are no people. Nobody can be given it. */
export const ORGANISATION_KEY_ROLE = 'key';
/** What they may be given, each a scope. */
export const ORGANISATION_KEY_SCOPES: readonly Permission[] = BUYER.filter(
  (permission) => !PEOPLES_ALONE.test(permission) && permission !== 'payment_methods.own',
);
const ORGANISATION_GRANTS: ReadonlyMap<string, readonly Permission[]> = new Map<
  string,
  readonly Permission[]
>([...Object.entries(ORGANISATION_ROLES), [ORGANISATION_KEY_ROLE, ORGANISATION_KEY_SCOPES]]);

/** Does this role within an organisation carry the permission? */
export const organisationAllows = (role: string, permission: Permission): boolean =>
  ORGANISATION_GRANTS.get(role)?.includes(permission) === true;

/** Who sent a token, as far as it decides what they may. */
export interface Rights {
  roles: readonly string[];
  scope: readonly string[] | null;
  /** The organisation it acts for, and as what; null: the person alone. */
  organisation: { id: string; role: string } | null;
}

/**
 * The one check: may whoever sent this token? The roles say so, the token is not narrowed to less, and the organisation it
 * acts for lets them.
 */
export const may = ({ roles, scope, organisation }: Rights, permission: Permission): boolean =>
  allows(roles, permission) &&
  (scope === null || scope.includes(permission)) &&
  (organisation === null || organisationAllows(organisation.role, permission));

/** What customers have not: of whoever is due two factors, all of it asks for both. A mailbox alone makes no member of staff. */
const OF_STAFF = ROLES.admin.filter((permission) => !allows(['customer'], permission));

/**
 * What a permission asks of the sign-in behind it, beside the role (RFC 9470): its class, where the account can show it
 * (`acr_due` of the token), and its age. `authorised` holds every worker to it.
 */
export const STEP_UP: Partial<Record<Permission, StepUp>> = {
  ...Object.fromEntries(OF_STAFF.map((permission) => [permission, { acr: TWO_FACTORS }])),
  'account.secure': { maxAgeSeconds: 15 * 60 },
  'accounts.manage': { acr: TWO_FACTORS, maxAgeSeconds: 60 * 60 },
  'customers.data': { acr: TWO_FACTORS, maxAgeSeconds: 60 * 60 },
  'oauth_clients.manage': { acr: TWO_FACTORS, maxAgeSeconds: 60 * 60 },
  'identity_providers.manage': { acr: TWO_FACTORS, maxAgeSeconds: 60 * 60 },
  'organisations.keys': { maxAgeSeconds: 15 * 60 },
  'organisations.identity': { acr: TWO_FACTORS, maxAgeSeconds: 15 * 60 },
  'organisations.own': { maxAgeSeconds: 15 * 60 },
};

/** What must be shown anew before `permission` may be used; null: nothing. `now`: epoch seconds. */
export function stepUpFor(
  shown: { acr: string; acrDue: Acr; authTime: number },
  permission: Permission,
  now: number,
): StepUp | null {
  const asked = STEP_UP[permission];
  if (asked === undefined) return null;
  const acr = asked.acr === undefined ? undefined : weakest(asked.acr, shown.acrDue);
  const isStrong = acr === undefined || reaches(shown.acr, acr);
  const isRecent = asked.maxAgeSeconds === undefined || now - shown.authTime <= asked.maxAgeSeconds;
  if (isStrong && isRecent) return null;
  return isStrong || acr === undefined ? { maxAgeSeconds: asked.maxAgeSeconds } : { ...asked, acr };
}
