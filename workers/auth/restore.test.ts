import { beforeAll, expect, it } from 'vitest';
import { accessTokenVerifier } from '#shared/auth/access-token.ts';
import { backupsOf } from '#shared/backup/of-env.ts';
import { BEGINNING, type Position, restore } from '#shared/backup/restore.ts';
import { backUp } from '#shared/backup/run.ts';
import { tokensSchema } from '#shared/contracts/http/auth.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { TEST_ISSUER } from '#shared/testing/tokens.ts';
import { DAY_MS, MINUTE_MS } from '#shared/time/time.ts';
import { sources } from './backups.ts';
import { authWorld, GOOD_PASSWORD, parsed } from './testing/harness.ts';
import { jwks } from './usecases/signing-keys.ts';

beforeAll(migrateDatabases);
const auth = authWorld();
const { AUTH_DB } = auth.env;

/** What was begun and would let somebody in, by table. */
async function begin(accountId: string): Promise<string[]> {
  const [client, organisation, connection] = [newId('client'), newId('organisation'), newId('connection')];
  const until = Date.now() + DAY_MS;
  const statements: [sql: string, ...values: unknown[]][] = [
    [
      `INSERT INTO oauth_clients VALUES (?, 'A', 'none', '[]', '[]', '[]', '[]', NULL, 0, 0, 0, 'active', 1, 0, 0)`,
      client,
    ],
    [`INSERT INTO organisations VALUES (?, 'O', 'active', 0, 0, NULL)`, organisation],
    [`INSERT INTO connections VALUES (?, NULL, 'oidc', 'C', 'active', 1, '{}', NULL, 1, 0, 0)`, connection],
    [`INSERT INTO ceremonies VALUES ('c', 'authentication', ?, 'c', ?)`, accountId, until],
    [`INSERT INTO owner_links VALUES ('l', 'undo_email', ?, 'i', 's', ?)`, accountId, until],
    [`INSERT INTO email_codes VALUES ('i', ?, 'h', 5, ?)`, accountId, until],
    [
      `INSERT INTO sign_in_challenges (id_hash, account_id, amr, expires_at) VALUES ('s', ?, '[]', ?)`,
      accountId,
      until,
    ],
    [
      `INSERT INTO oauth_codes (code_hash, client_id, account_id, redirect_uri, scope, challenge, amr, acr, auth_time, expires_at)
       VALUES ('c', ?, ?, 'r', 's', 'c', '[]', 'a', 0, ?)`,
      client,
      accountId,
      until,
    ],
    [`INSERT INTO oauth_pushed_requests VALUES ('p', ?, '{}', 0, ?)`, client, until],
    [
      `INSERT INTO oauth_device_codes (device_hash, user_code_hash, client_id, scope, status, account_id, amr, acr, auth_time, interval_ms, polled_at, expires_at)
       VALUES ('d', 'u', ?, 's', 'approved', ?, '[]', 'a', 0, 5000, 0, ?)`,
      client,
      accountId,
      until,
    ],
    [`INSERT INTO federation_requests VALUES ('f', ?, 'b', NULL, NULL, 0, '/', ?)`, connection, until],
    [
      `INSERT INTO organisation_invitations VALUES ('inv', ?, 'i', 's', 'owner', 't', ?, 0, 0, ?)`,
      organisation,
      accountId,
      until,
    ],
  ];
  await AUTH_DB.batch(statements.map(([sql, ...values]) => AUTH_DB.prepare(sql).bind(...values)));
  return [...statements.slice(3).map(([sql]) => sql.split(' ')[2] ?? ''), 'email_tokens'];
}

it('a restored database lets nobody in by what was begun before: much of it was ended since, and nobody knows what', async () => {
  const { email, tokens } = await auth.newAccount();
  await auth.call('/v1/auth/password-reset', { body: { email } });
  const link = auth.linkToken(email);
  const begun = await begin(tokens.user.id);
  const verify = (token: string) =>
    accessTokenVerifier({
      issuer: TEST_ISSUER,
      loadKeys: async () => ({
        ...(await jwks(auth.ports())),
        revoked: await auth.ports().revocations.present(auth.clock.now()),
      }),
      clock: auth.clock,
    }).verify(token);
  expect(await verify(tokens.accessToken)).not.toBeNull();

  const backups = await backupsOf(auth.env, 'auth', sources(auth.env));
  const run = await backUp(backups, Date.now() + MINUTE_MS);
  expect(run).toMatchObject({ state: 'complete' });
  const { refreshToken } = tokens;
  expect((await auth.call('/v1/auth/sign-out', { body: { refreshToken } })).status).toBe(204);
  const wanted = { source: 'AUTH_DB', id: run?.id ?? '', replace: true };
  let [at, last]: [Position | null, Position] = [BEGINNING, BEGINNING];
  while (at !== null) {
    last = at;
    const step = await restore(backups, { ...wanted, at });
    if ('code' in step) throw new Error(step.code);
    at = step.next;
  }
  // The answer to the last step was lost.
  expect(await restore(backups, { ...wanted, at: last })).toMatchObject({ next: null });

  expect((await auth.refresh(refreshToken)).status).toBe(401);
  expect(await verify(tokens.accessToken)).toBeNull();
  const reset = { token: link, newPassword: 'quiet badgers paint 9 fences' };
  expect((await auth.call('/v1/auth/password-reset/confirm', { body: reset })).status).toBe(410);
  for (const table of begun) {
    expect([table, await AUTH_DB.prepare(`SELECT 1 FROM ${table}`).first()]).toEqual([table, null]);
  }
  expect(
    await AUTH_DB.prepare(
      `SELECT DISTINCT outcome, actor_id AS actor FROM audit_log WHERE action = 'backup.restored'`,
    ).first(),
  ).toEqual({ outcome: 'success', actor: null });

  auth.world.offsetMs = 2_000;
  const anew = await parsed(await auth.signIn(email, GOOD_PASSWORD), tokensSchema);
  expect(await verify(anew.accessToken)).not.toBeNull();
});
