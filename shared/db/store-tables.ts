/**
 * What each table of a Product Store database is, as far as its place goes. A table stands in exactly one of the lists
 * below, or is one of the few every database keeps about itself; a test holds them to the migrations.
 */
export interface CustomerTable {
  name: string;
  /** Its primary key. */
  key: readonly string[];
  /**
   * How a row's customer is known: from its own `customer_id` (index `substr(customer_id, -2)` and the key), or as that of
   * the instance in `instance_id`.
   */
  owner: 'customer_id' | 'instance_id';
  /** Rows may be there before their instance: then the instance's id tells (index `substr(instance_id, -2)`). */
  early?: true;
}

/**
 * Rows of customers: they lie where their customer's shard lies and are moved with it. They are deleted from where they
 * lay before, so no trigger may keep them; no column holds bytes.
 */
export const customerTables: readonly CustomerTable[] = [
  { name: 'instances', key: ['id'], owner: 'customer_id' },
  { name: 'instance_history', key: ['instance_id', 'sequence'], owner: 'instance_id' },
  { name: 'instance_steps', key: ['instance_id', 'step'], owner: 'instance_id' },
  { name: 'operations', key: ['id'], owner: 'instance_id' },
  { name: 'broker_resources', key: ['operation_id'], owner: 'instance_id' },
  { name: 'shipments', key: ['operation_id', 'parcel'], owner: 'instance_id' },
  { name: 'licence_keys', key: ['fingerprint'], owner: 'instance_id' },
  { name: 'entitlements', key: ['instance_id'], owner: 'instance_id' },
  { name: 'instance_index', key: ['instance_id', 'name', 'value'], owner: 'instance_id' },
  { name: 'instance_labels', key: ['instance_id'], owner: 'instance_id' },
  { name: 'credential_reveals', key: ['id'], owner: 'instance_id' },
  { name: 'downloads', key: ['instance_id'], owner: 'instance_id' },
  { name: 'download_links', key: ['id'], owner: 'instance_id' },
  { name: 'tasks', key: ['id'], owner: 'customer_id' },
  { name: 'lifecycle_operations', key: ['id'], owner: 'instance_id' },
  { name: 'lifecycle_steps', key: ['operation_id', 'direction', 'step'], owner: 'instance_id' },
  { name: 'undo_requests', key: ['instance_id'], owner: 'instance_id', early: true },
  { name: 'suspensions', key: ['instance_id', 'cause'], owner: 'instance_id', early: true },
  { name: 'accesses', key: ['instance_id'], owner: 'instance_id', early: true },
  { name: 'reports', key: ['instance_id', 'type'], owner: 'instance_id', early: true },
];

/** What belongs to no customer: it lies in `STORE_DB` alone, and is empty elsewhere. */
export const registryTables: readonly string[] = [
  'templates',
  'template_versions',
  'connections',
  'broker_catalogues',
  'broker_plans',
  'partner_messages',
  'notices',
  'licence_pools',
  'pool_keys',
  'closed_holders',
  'step_times',
  'dead_letters',
  'shard_places',
  'store_databases',
];

/** What each database keeps about the shards in it. */
export const localTables: readonly string[] = ['shard_states', 'shard_changes'];
