/** A column of AUTH_DB that `fieldCipher` seals. */
export interface SealedColumn {
  table: string;
  /** Its primary key, of one column. */
  key: string;
  column: string;
  /** Last part of the context the value is sealed in: `table/row/field`. */
  field: string;
  /** Column with the keyed hash of the same value, which moves to the new key with it. */
  index?: string;
  /** Of what that is the hash; an address where it is left out. */
  indexOf?: 'identity';
}

/**
 * Every column that a rotation of the field keys seals again. Whoever adds a column named `…_sealed` adds it here; a test
 * compares this list with the tables.
 */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'accounts', key: 'id', column: 'email_sealed', field: 'email', index: 'email_index' },
  { table: 'email_tokens', key: 'token_hash', column: 'email_sealed', field: 'email', index: 'email_index' },
  { table: 'owner_links', key: 'token_hash', column: 'email_sealed', field: 'email', index: 'email_index' },
  {
    table: 'organisation_invitations',
    key: 'id',
    column: 'email_sealed',
    field: 'email',
    index: 'email_index',
  },
  { table: 'removed_members', key: 'id', column: 'email_sealed', field: 'email', index: 'email_index' },
  {
    table: 'removed_members',
    key: 'id',
    column: 'identity_sealed',
    field: 'identity',
    index: 'identity_index',
    indexOf: 'identity',
  },
  { table: 'mail_outbox', key: 'id', column: 'content_sealed', field: 'content' },
  { table: 'totps', key: 'account_id', column: 'seed_sealed', field: 'seed' },
  { table: 'former_totps', key: 'id', column: 'seed_sealed', field: 'seed' },
  { table: 'connections', key: 'id', column: 'secret_sealed', field: 'secret' },
  {
    table: 'identities',
    key: 'id',
    column: 'identity_sealed',
    field: 'identity',
    index: 'identity_index',
    indexOf: 'identity',
  },
  { table: 'identities', key: 'id', column: 'label_sealed', field: 'label' },
  { table: 'signing_keys', key: 'kid', column: 'private_sealed', field: 'private' },
  { table: 'audit_keys', key: 'kid', column: 'private_sealed', field: 'private' },
];

/** Sealed under keys that are not ours to rotate: what is presented opens it, a refresh token, a reference, a state. */
export const SEALED_OTHERWISE: readonly string[] = [
  'sessions.successor_sealed',
  'oauth_pushed_requests.parameters_sealed',
  'federation_requests.return_to_sealed',
];

export const nameOf = ({ table, column }: SealedColumn): string => `${table}.${column}`;
/** Context a row's value is sealed in. */
export const contextOf = ({ table, field }: Pick<SealedColumn, 'table' | 'field'>, row: string): string =>
  `${table}/${row}/${field}`;
