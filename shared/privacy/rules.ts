/**
 * What each table, object, queue, workflow, namespace and bucket of docs/storage.md knows of a person, and what becomes of it
 * when they are erased. `scripts/privacy-rules.test.ts` compares the names both ways: a new table without a rule fails.
 */

/** Why something stays without a name; the same words as in `EraseStep` (shared/contracts/privacy.ts). */
export type Because = 'tax_law' | 'disputes' | 'fraud_prevention' | 'security_log';

export type Rule =
  /** Of no person at all. */
  | { erased: 'nothing_personal' }
  /** Of staff and of what they did, by their account's id. */
  | { erased: 'of_staff' }
  /** The id alone, which names nobody once the account is erased. */
  | { erased: 'id_alone'; exported: string | null }
  | { erased: 'deleted'; exported: string | null }
  /** The row stays; names, addresses and free words are taken out of it. */
  | { erased: 'unnamed'; because: Because; exported: string | null }
  /** Untouched: it cannot be changed, and holds no name. */
  | { erased: 'kept'; because: Because; until: string; exported: string | null }
  /** Goes soon whether or not anybody is erased. */
  | { erased: 'ends_by_itself'; within: string };

const NOTHING: Rule = { erased: 'nothing_personal' };
const STAFF: Rule = { erased: 'of_staff' };
const idAlone = (exported: string | null = null): Rule => ({ erased: 'id_alone', exported });
const deleted = (exported: string | null = null): Rule => ({ erased: 'deleted', exported });
const unnamed = (because: Because, exported: string | null = null): Rule => ({
  erased: 'unnamed',
  because,
  exported,
});
const kept = (because: Because, until: string, exported: string | null = null): Rule => ({
  erased: 'kept',
  because,
  until,
  exported,
});
const ends = (within: string): Rule => ({ erased: 'ends_by_itself', within });

/** Tables that the objects' library makes, in every object the same. */
export const OF_EVERY_OBJECT: Readonly<Record<string, Rule>> = { _alarms: NOTHING, _migrations: NOTHING };

/** Stand-ins for the outside world on a laptop: no part of a deployed shop. */
export const OUTSIDE: readonly string[] = [
  'PaymentService',
  'Broker',
  'Warehouse',
  'Partner',
  'DomainNames',
  'Mailbox',
];

/** By heading of docs/storage.md, then by name. */
export const PRIVACY_RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  AUTH_DB: {
    accounts: unnamed('security_log', 'account'),
    account_roles: deleted('account'),
    passwords: deleted(),
    former_passwords: deleted(),
    former_passkeys: deleted(),
    former_totps: deleted(),
    passkeys: deleted('passkeys'),
    totps: deleted(),
    recovery_codes: deleted(),
    sign_in_challenges: deleted(),
    owner_links: deleted(),
    email_codes: deleted(),
    devices: deleted('devices'),
    ceremonies: deleted(),
    email_tokens: deleted(),
    mail_outbox: ends('seven days'),
    sessions: deleted('sessions'),
    guessing_signals: deleted(),
    revocations: ends('eleven minutes'),
    signing_keys: NOTHING,
    audit_log: kept('security_log', '400 days', 'events'),
    audit_chain: NOTHING,
    audit_checkpoints: NOTHING,
    audit_keys: NOTHING,
    oauth_clients: STAFF,
    oauth_client_secrets: STAFF,
    oauth_consents: deleted('applications'),
    oauth_codes: deleted(),
    oauth_pushed_requests: ends('ten minutes'),
    oauth_device_codes: deleted(),
    oauth_seen_ids: NOTHING,
    support_accesses: unnamed('security_log', 'supportAccesses'),
    api_keys: deleted('apiKeys'),
    connections: NOTHING,
    connection_domains: NOTHING,
    identities: deleted('identities'),
    federation_requests: deleted(),
    organisations: NOTHING,
    organisation_members: deleted('organisations'),
    removed_members: unnamed('security_log'),
    organisation_invitations: deleted(),
    organisation_api_keys: idAlone(),
    organisation_domains: NOTHING,
    data_requests: idAlone(),
    erasures: idAlone(),
    expectation: NOTHING,
  },
  CATALOGUE_DB: {
    products: NOTHING,
    variants: NOTHING,
    bundle_components: NOTHING,
    prices: NOTHING,
    price_lists: STAFF,
    price_list_entries: NOTHING,
    price_list_changes: STAFF,
    collections: NOTHING,
    product_collections: NOTHING,
    product_types: NOTHING,
    search_synonyms: NOTHING,
    search_boosts: NOTHING,
    stock_levels: NOTHING,
    product_sources: NOTHING,
    media: NOTHING,
    media_uses: NOTHING,
    outbox: NOTHING,
    catalogue_events: NOTHING,
    dead_letters: NOTHING,
    component_availability: NOTHING,
    variant_availability: NOTHING,
    product_availability: NOTHING,
    product_versions: STAFF,
    collection_versions: STAFF,
    former_members: NOTHING,
    provisioning_templates: NOTHING,
    catalogue_jobs: idAlone('catalogue_jobs'),
    catalogue_job_items: NOTHING,
  },
  SEARCH_DB: {
    documents: NOTHING,
    document_prices: NOTHING,
    document_labels: NOTHING,
    document_numbers: NOTHING,
    index_generations: NOTHING,
    index_chunks: NOTHING,
    index_entries: NOTHING,
    index_postings: NOTHING,
    index_words: NOTHING,
    index_deletions: NOTHING,
    index_phrases: NOTHING,
  },
  ORDERS_DB: {
    orders: idAlone('orders'),
    order_items: NOTHING,
    order_tax_lines: NOTHING,
    command_batches: STAFF,
    instance_quotes: deleted('instance_quotes'),
    instance_renewals: deleted('instance_renewals'),
    dead_letters: deleted(),
  },
  COMMERCE_DB: {
    customer_groups: NOTHING,
    customer_group_members: deleted('customer_groups'),
    promotions: NOTHING,
    promotion_codes: NOTHING,
    tax_rates: NOTHING,
    tax_modes: NOTHING,
    shipping_methods: NOTHING,
    shipping_destinations: NOTHING,
    mail_templates: STAFF,
    fraud_rules: STAFF,
    fraud_rule_versions: STAFF,
    fraud_settings: STAFF,
    fraud_email_domains: NOTHING,
    webhook_endpoints: STAFF,
    webhook_endpoint_requests: STAFF,
  },
  PAYMENTS_DB: {
    payment_events: unnamed('tax_law', 'payment_events'),
    payments: unnamed('tax_law', 'payments'),
    provider_customers: deleted('payment_methods'),
    former_accounts: deleted(),
    erased_accounts: idAlone(),
    gift_card_issues: unnamed('tax_law'),
    gift_cards: idAlone('gift_cards'),
    gift_card_entries: idAlone(),
    payment_disputes: unnamed('disputes', 'payment_disputes'),
    ledger_due: NOTHING,
    ledger_payments: NOTHING,
    ledger_transactions: kept('tax_law', 'for ever'),
    ledger_entries: kept('tax_law', 'for ever'),
    balance_transactions: kept('tax_law', 'for ever'),
    reconciliations: STAFF,
    payment_findings: STAFF,
    dead_letters: NOTHING,
  },
  STORE_DB: {
    instances: unnamed('disputes', 'instances'),
    instance_history: deleted('instances'),
    instance_steps: unnamed('disputes'),
    operations: unnamed('disputes'),
    licence_keys: kept('fraud_prevention', 'for ever'),
    entitlements: NOTHING,
    instance_index: deleted(),
    instance_labels: deleted('instances'),
    credential_reveals: deleted('credential_reveals'),
    downloads: deleted(),
    download_links: deleted(),
    undo_requests: unnamed('disputes'),
    lifecycle_operations: unnamed('disputes', 'lifecycle_operations'),
    lifecycle_steps: unnamed('disputes'),
    templates: STAFF,
    template_versions: STAFF,
    tasks: deleted('provisioning_questions'),
    connections: NOTHING,
    licence_pools: NOTHING,
    pool_keys: NOTHING,
    closed_holders: NOTHING,
    broker_catalogues: NOTHING,
    broker_plans: NOTHING,
    broker_resources: unnamed('disputes'),
    shipments: deleted(),
    partner_messages: deleted(),
    notices: NOTHING,
    step_times: NOTHING,
    suspensions: unnamed('disputes'),
    accesses: NOTHING,
    reports: unnamed('disputes'),
    dead_letters: deleted(),
    shard_places: NOTHING,
    store_databases: NOTHING,
    shard_states: NOTHING,
    shard_changes: NOTHING,
  },
  AuditWitness: {
    heads: NOTHING,
    keys: NOTHING,
  },
  DataRequests: {
    requests: idAlone(),
    _commands: idAlone(),
  },
  LoginGuard: {
    buckets: ends('a day'),
    trusted: ends('30 days'),
    failures: ends('an hour'),
    signals: ends('a day'),
    spent: ends('ten minutes'),
  },
  GiftCard: {
    card: unnamed('tax_law', 'gift_cards'),
    entries: idAlone(),
    payments: NOTHING,
  },
  GiftCardTries: {
    tries: ends('an hour'),
  },
  ProviderGovernor: {
    calendar: NOTHING,
  },
  PartnerGate: {
    gate: NOTHING,
  },
  InstanceUse: {
    terms: NOTHING,
    activations: deleted('devices'),
    leases: deleted('devices'),
    meters: NOTHING,
    counted: deleted(),
  },
  Order: {
    order_document: unnamed('tax_law', 'orders'),
    timeline: unnamed('tax_law', 'orders'),
    order_versions: unnamed('tax_law', 'orders'),
    replies: deleted(),
    _commands: deleted(),
    applied_events: NOTHING,
    _outbox: unnamed('tax_law'),
  },
  WebhookRefusals: {
    refusals: NOTHING,
  },
  JobRunner: {
    job: NOTHING,
  },
  OrderDirectory: {
    known_orders: NOTHING,
    walk: NOTHING,
  },
  Stock: {
    level: NOTHING,
    locations: NOTHING,
    holds: NOTHING,
    closed_orders: NOTHING,
    movements: STAFF,
    commands: STAFF,
    came_back: NOTHING,
    shards: NOTHING,
    lease: NOTHING,
    forwarded: NOTHING,
    _outbox: NOTHING,
  },
  Buyer: {
    carts: deleted('carts'),
    claims: deleted(),
    current_cart: deleted(),
    allowances: deleted(),
    purchases: deleted('purchase_limits'),
  },
  Cart: {
    cart_document: deleted('carts'),
    added_lines: deleted(),
    checkouts: deleted(),
  },
  Promotion: {
    uses: NOTHING,
    counter: NOTHING,
  },
  Velocity: {
    counted: ends('a day'),
  },
  ShardMover: {
    moves: STAFF,
    epochs: NOTHING,
    hold: NOTHING,
  },
  WebhookEndpoint: {
    settings: STAFF,
    signing_keys: NOTHING,
    deliveries: ends('30 days'),
    attempts: ends('30 days'),
    _outbox: NOTHING,
  },
  Queues: {
    'payment-events': ends('four days'),
    'payment-facts': ends('four days'),
    provisioning: ends('four days'),
    'partner-replies': ends('four days'),
    'provisioning-results': ends('four days'),
    'catalogue-events': ends('four days'),
    'order-events': ends('four days'),
    'stock-events': ends('four days'),
  },
  Workflows: {
    'tradepost-provision': NOTHING,
    'tradepost-lifecycle': NOTHING,
    'tradepost-deprovision': NOTHING,
  },
  KV: {
    CATALOGUE_CACHE: NOTHING,
  },
  R2: {
    'tradepost-downloads': NOTHING,
    'tradepost-media': NOTHING,
    'tradepost-catalogue-jobs': NOTHING,
    'tradepost-backups': ends('BACKUP_KEEP_DAYS, 30 days; the newest of each source when it is taken anew'),
    'tradepost-data-exports': deleted(),
  },
};
