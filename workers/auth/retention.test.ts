import { beforeAll, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { authWorld } from './testing/harness.ts';
import { keepHouse } from './usecases/housekeeping.ts';

beforeAll(migrateDatabases);
type Row = Record<string, string | number | null>;
const LIST = '[]';

interface Owners {
  account: string;
  client: string;
  organisation: string;
}

/** A row of each table that ends, or was used last, at `ends`; told by `mark` in the first column. */
function rowsEndingAt(
  mark: string,
  ends: number,
  { account, client, organisation }: Owners,
): Record<string, Row> {
  const who = { account_id: account };
  const proof = { amr: LIST, acr: 'a', auth_time: 0 };
  const end = { expires_at: ends };
  return {
    owner_links: { token_hash: mark, purpose: 'not_me', ...who, ...end },
    email_codes: { email_index: mark, ...who, code_hash: 'h', tries_left: 5, ...end },
    email_tokens: { token_hash: mark, purpose: 'reset', ...who, email_index: 'i', email_sealed: 's', ...end },
    sign_in_challenges: { id_hash: mark, ...who, amr: LIST, ...end },
    devices: { device_hash: mark, ...who, first_seen_at: 0, last_seen_at: ends },
    oauth_codes: {
      code_hash: mark,
      client_id: client,
      ...who,
      redirect_uri: 'r',
      scope: 's',
      challenge: 'c',
      ...proof,
      ...end,
    },
    oauth_device_codes: {
      device_hash: mark,
      user_code_hash: mark,
      client_id: client,
      scope: 's',
      status: 'pending',
      ...proof,
      interval_ms: 1,
      polled_at: 0,
      ...end,
    },
    oauth_pushed_requests: {
      request_hash: mark,
      client_id: client,
      parameters_sealed: '{}',
      created_at: 0,
      ...end,
    },
    oauth_seen_ids: { id_hash: mark, ...end },
    oauth_client_secrets: { id: mark, client_id: client, secret_hash: mark, created_at: 0, ...end },
    api_keys: { id: mark, ...who, name: 'n', secret_hash: mark, scopes: LIST, created_at: 0, ...end },
    organisation_api_keys: {
      id: mark,
      organisation_id: organisation,
      created_by: account,
      name: 'n',
      secret_hash: mark,
      scopes: LIST,
      created_at: 0,
      ...end,
    },
    support_accesses: { id: mark, ...who, actor_id: account, scope: 's', reason: 'r', at: ends, ...end },
    guessing_signals: { id: mark, kind: 'site', network: 'n', at: ends },
    former_passkeys: {
      id: mark,
      ...who,
      credential_id: 'c',
      public_key: 'p',
      counter: 0,
      transports: LIST,
      backup_eligible: 0,
      backed_up: 0,
      aaguid: 'a',
      name: 'n',
      created_at: 0,
      removed_at: ends,
    },
    former_totps: {
      id: mark,
      ...who,
      seed_sealed: 's',
      last_step: 0,
      created_at: 0,
      confirmed_at: 0,
      recovery_codes: LIST,
      removed_at: ends,
    },
    removed_members: {
      id: mark,
      organisation_id: organisation,
      ...who,
      email_index: 'i',
      removed_at: ends,
    },
    revocations: { subject: mark, before: Math.floor(ends / SECOND_MS) },
  };
}

it('what has ended goes by the cron from every table it was in, and what counts stays', async () => {
  const auth = authWorld();
  const { AUTH_DB } = auth.env;
  const account = (await auth.newAccount()).tokens.user.id;
  const client = newId('client');
  const owners = { account, client, organisation: newId('organisation') };
  const insert = (table: string, row: Row) =>
    AUTH_DB.prepare(
      `INSERT INTO ${table} (${Object.keys(row).join()}) VALUES (${Object.keys(row)
        .map(() => '?')
        .join()})`,
    ).bind(...Object.values(row));
  const ended = rowsEndingAt('ended', 0, owners);
  const counting = rowsEndingAt('counting', auth.clock.now() + DAY_MS, owners);
  await AUTH_DB.batch([
    insert('organisations', {
      id: owners.organisation,
      name: 'Old',
      status: 'active',
      created_at: 0,
      updated_at: 0,
    }),
    insert('oauth_clients', {
      id: client,
      name: 'Old',
      authentication: 'none',
      grants: LIST,
      scopes: LIST,
      redirect_uris: LIST,
      post_logout_redirect_uris: LIST,
      trusted: 0,
      require_pushed: 0,
      require_dpop: 0,
      status: 'disabled',
      version: 1,
      created_at: 0,
      updated_at: 0,
    }),
    insert('oauth_consents', {
      account_id: account,
      client_id: client,
      scopes: LIST,
      granted_at: 0,
      updated_at: 0,
    }),
    ...[ended, counting].flatMap((rows) => Object.entries(rows).map(([table, row]) => insert(table, row))),
  ]);
  await keepHouse(auth.ports());

  const left: Record<string, unknown[]> = {};
  for (const [table, row] of Object.entries(ended)) {
    const [mark = ''] = Object.keys(row);
    const { results } = await AUTH_DB.prepare(
      `SELECT ${mark} AS mark FROM ${table} WHERE ${mark} IN ('ended', 'counting')`,
    ).all();
    left[table] = results.map((found) => found['mark']);
  }
  expect(left).toEqual(Object.fromEntries(Object.keys(ended).map((table) => [table, ['counting']])));
  expect((await AUTH_DB.prepare('SELECT * FROM oauth_consents').all()).results).toEqual([]);
});
