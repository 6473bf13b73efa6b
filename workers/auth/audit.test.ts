import { beforeAll, describe, expect, it } from 'vitest';
import { BEGINNING, walk } from '#shared/audit/chain.ts';
import { openPlace } from '#shared/audit/signed-place.ts';
import { isAdministrative, type Permission } from '#shared/auth/permissions.ts';
import { auditPageSchema, auditVerificationSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import { AUDIT_KEPT_MS } from './limits.ts';
import { authWorld, GOOD_PASSWORD, newEmail, newIp, parsed } from './testing/harness.ts';
import { linkAudit, verifyAuditChain } from './usecases/audit-chain.ts';
import { keepHouse } from './usecases/housekeeping.ts';

beforeAll(migrateDatabases);
const auth = authWorld();
const { AUTH_DB } = auth.env;

async function someEntries(): Promise<void> {
  await auth.newAccount({ password: null });
  await linkAudit(auth.ports());
}

describe('the audit log', () => {
  it('is linked by any number of parallel linkers to one chain, verifies, and is witnessed to its end', async () => {
    await Promise.all(Array.from({ length: 5 }, () => auth.newAccount({ password: null })));
    await Promise.all(Array.from({ length: 5 }, () => linkAudit(auth.ports())));
    await auth.newAccount({ password: null });
    await linkAudit(auth.ports());
    const admin = await auth.newAdministrator();
    await keepHouse(auth.ports());
    const answer = await auth.call('/v1/auth/audit-log/verification', { token: admin.tokens.accessToken });
    const verification = await parsed(answer, auditVerificationSchema);
    expect(verification).toMatchObject({
      intact: true,
      brokenAt: null,
      fault: null,
      more: false,
      unlinked: 1,
    });
    expect(verification.verifiedThrough).toBeGreaterThan(10);
    expect(verification.witnessedThrough).toBe(verification.verifiedThrough);
  });

  it('refuses to be changed or shortened', async () => {
    await someEntries();
    for (const sql of [
      "UPDATE audit_log SET outcome = 'success'",
      'DELETE FROM audit_log',
      "UPDATE audit_chain SET hash = ''",
      'DELETE FROM audit_chain',
    ]) {
      await expect(AUTH_DB.prepare(sql).run()).rejects.toThrow('append-only');
    }
  });

  it('holds no secret and no address', async () => {
    const { email } = await auth.newAccount();
    await auth.signIn(email, 'certainly not this one');
    await auth.call('/v1/auth/password-reset', { body: { email } });
    const { results } = await AUTH_DB.prepare('SELECT * FROM audit_log').all();
    const dump = JSON.stringify(results);
    for (const secret of [email, 'certainly not', auth.linkToken(email)]) expect(dump).not.toContain(secret);
  });

  it('has each sign-in, right or wrong, each end of sessions and each change of a password: who, from where, by what', async () => {
    const { email, tokens } = await auth.newAccount();
    const { id } = tokens.user;
    const [ip, stranger] = [newIp(), newEmail()];
    const last = async () =>
      (await AUTH_DB.prepare('SELECT max(sequence) AS n FROM audit_log').first<number>('n')) ?? 0;
    const from = await last();
    await auth.signIn(email, 'certainly not this one', { ip });
    await auth.signIn(stranger, GOOD_PASSWORD, { ip });
    await auth.signIn(email, GOOD_PASSWORD, { ip });
    const token = tokens.accessToken;
    const change = (currentPassword: string) =>
      auth.call('/v1/auth/password', {
        token,
        ip,
        body: { currentPassword, newPassword: 'quiet marble engines hum 42' },
      });
    expect((await change('certainly not this one')).status).toBe(401);
    expect((await change(GOOD_PASSWORD)).status).toBe(204);
    expect((await auth.call('/v1/auth/sessions', { method: 'DELETE', token, ip })).status).toBe(204);
    const results = await AUTH_DB.prepare(
      `SELECT action, outcome, actor_id = ?1 AS byThem, subject = ?1 AS aboutThem, factor, address FROM audit_log
       WHERE sequence > ?2 ORDER BY sequence`,
    )
      .bind(id, from)
      .raw();
    // Nobody is proven by a wrong password; of an address without an account there is a keyed hash.
    expect(results).toEqual([
      ['sign_in', 'failure', null, 1, 'password', ip],
      ['sign_in', 'failure', null, 0, 'password', ip],
      ['sign_in', 'success', 1, 1, 'password', ip],
      ['password.changed', 'failure', 1, 1, 'password', ip],
      ['password.changed', 'success', 1, 1, 'password', ip],
      ['session.revoked_all', 'success', 1, 1, 'session', ip],
    ]);
  });

  it('leaves the house in pages that anybody can check who has nothing else', async () => {
    await someEntries();
    const admin = await auth.newAdministrator();
    const answer = await auth.call('/v1/auth/audit-log', { token: admin.tokens.accessToken });
    const { items, head, checkpoint, keys } = await parsed(answer, auditPageSchema);
    expect(checkpoint).toBeNull();
    const { place, fault } = walk(BEGINNING, items);
    expect(fault).toBeNull();
    expect(await openPlace(head ?? '', 'head', keys)).toMatchObject(place);
    expect(await openPlace(head ?? '', 'checkpoint', keys)).toBeNull();
    expect(await openPlace(head ?? '', 'head', [])).toBeNull();
    const forged = items.map((item) =>
      item.entry.sequence === 3 ? { ...item, entry: { ...item.entry, outcome: 'failure' as const } } : item,
    );
    expect(walk(BEGINNING, forged).fault).toEqual({ sequence: 3, fault: 'entry_changed' });
    expect(walk(BEGINNING, items.toSpliced(4, 1)).fault).toEqual({ sequence: 5, fault: 'entry_missing' });
  });
});

describe('the key that signs the log', () => {
  it('is replaced after a year, once, and by order; what older ones signed still verifies', async () => {
    const world = authWorld();
    const kids = async () => (await world.ports().audit.keys()).map(({ kid }) => kid);
    const signer = async () => {
      const { head, keys } = await world.ports().witness.testify();
      const opens = await Promise.all(
        keys.map(async (key) =>
          (await openPlace(head?.signed ?? '', 'head', [key])) === null ? [] : [key.kid],
        ),
      );
      return opens.flat();
    };
    await someEntries();
    const [first] = await kids();
    world.world.offsetMs = 366 * DAY_MS;
    await Promise.all(Array.from({ length: 5 }, () => keepHouse(world.ports())));
    await world.newAccount({ password: null });
    await keepHouse(world.ports());
    const [second, ...others] = await kids();
    expect(others).toEqual([first]);
    expect(await signer()).toEqual([second]);

    world.world.offsetMs += 2 * HOUR_MS;
    const admin = await world.newAdministrator();
    const token = admin.tokens.accessToken;
    expect((await world.call('/v1/auth/signing-keys/rotate', { method: 'POST', token })).status).toBe(200);
    await keepHouse(world.ports());
    expect((await kids()).slice(1)).toEqual([second, first]);
    expect(await signer()).toEqual((await kids()).slice(0, 1));
    expect(await verifyAuditChain(world.ports())).toMatchObject({ intact: true });
  });
});

describe('whatever administrators alone may do', () => {
  const document = auth.app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: '', version: '' } });
  const routes = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, { 'x-permissions'?: Permission[] }>)
      .filter(([, operation]) => operation['x-permissions']?.some(isAdministrative))
      .map(([method]) => ({ method: method.toUpperCase(), path })),
  );

  it('is in it before it is done, with who asked; so is the try of somebody who may not', async () => {
    const admin = await auth.newAdministrator();
    const other = await auth.newAccount();
    expect(routes.length).toBeGreaterThan(6);
    const id = `usr_${'0'.repeat(32)}`;
    for (const { method, path } of routes) {
      const at = path.replaceAll(/\{\w+\}/g, id);
      for (const { token, actor, outcome } of [
        { token: admin.tokens.accessToken, actor: admin.id, outcome: 'success' },
        { token: other.tokens.accessToken, actor: other.tokens.user.id, outcome: 'failure' },
      ]) {
        await auth.call(at, { method, token, ...(method === 'GET' ? {} : { body: {} }) });
        const row = await AUTH_DB.prepare(
          `SELECT outcome, detail ->> 'request' AS request FROM audit_log
           WHERE action = 'administration.asked' AND actor_id = ? ORDER BY sequence DESC LIMIT 1`,
        )
          .bind(actor)
          .first();
        expect(row).toEqual({ outcome, request: `${method} ${at}` });
      }
    }
  });

  it('is not done when it cannot be written down', async () => {
    const admin = await auth.newAdministrator();
    await AUTH_DB.exec(
      "CREATE TRIGGER full BEFORE INSERT ON audit_log WHEN NEW.action = 'administration.asked' BEGIN SELECT RAISE(ABORT, 'full'); END",
    );
    const call = { method: 'POST', token: admin.tokens.accessToken };
    const keys = (await auth.ports().signingKeys.all()).length;
    expect((await auth.call('/v1/auth/signing-keys/rotate', call)).status).toBe(500);
    expect(await auth.ports().signingKeys.all()).toHaveLength(keys);
    await AUTH_DB.exec('DROP TRIGGER full');
  });
});

describe('what somebody did who can write to the database', () => {
  it('shows where an entry was changed or a link is gone', async () => {
    await someEntries();
    await AUTH_DB.exec('DROP TRIGGER audit_log_no_update');
    const original = await AUTH_DB.prepare('SELECT action FROM audit_log WHERE sequence = 3').first('action');
    await AUTH_DB.exec("UPDATE audit_log SET action = 'nothing' WHERE sequence = 3");
    expect(await verifyAuditChain(auth.ports())).toMatchObject({
      intact: false,
      verifiedThrough: 2,
      brokenAt: 3,
      fault: 'entry_changed',
    });
    await AUTH_DB.prepare('UPDATE audit_log SET action = ? WHERE sequence = 3').bind(original).run();
    expect(await verifyAuditChain(auth.ports())).toMatchObject({ intact: true });
  });

  it('lets old entries go behind a signed checkpoint, and the rest verifies; a changed checkpoint does not', async () => {
    const late = authWorld();
    late.world.offsetMs = AUDIT_KEPT_MS + DAY_MS;
    await late.newAccount({ password: null });
    const first = (): Promise<number | null> =>
      AUTH_DB.prepare('SELECT min(sequence) AS first FROM audit_log').first<number>('first');
    await keepHouse(late.ports());
    const checkpoint = await late.ports().audit.lastCheckpoint();
    await keepHouse(late.ports());
    expect(await first()).toBe((checkpoint?.through ?? 0) + 1);
    expect(await verifyAuditChain(late.ports())).toMatchObject({ intact: true, more: false, unlinked: 0 });
    await expect(AUTH_DB.prepare('DELETE FROM audit_log').run()).rejects.toThrow('append-only');
    await expect(AUTH_DB.prepare('DELETE FROM audit_checkpoints').run()).rejects.toThrow('append-only');

    await AUTH_DB.exec('DROP TRIGGER audit_checkpoints_no_update');
    await AUTH_DB.exec("UPDATE audit_checkpoints SET hash = 'another'");
    expect(await verifyAuditChain(late.ports())).toMatchObject({ intact: false, fault: 'signature_wrong' });
    await AUTH_DB.prepare('UPDATE audit_checkpoints SET hash = ?')
      .bind(checkpoint?.hash ?? '')
      .run();
  });

  it('cannot cut off the end unnoticed, nor write another one in its place', async () => {
    await someEntries();
    const { witnessedThrough } = await verifyAuditChain(auth.ports());
    await AUTH_DB.exec('DROP TRIGGER audit_log_no_delete');
    await AUTH_DB.exec('DROP TRIGGER audit_chain_no_delete');
    await AUTH_DB.exec(`DELETE FROM audit_chain WHERE sequence > ${witnessedThrough - 2}`);
    await AUTH_DB.exec(`DELETE FROM audit_log WHERE sequence > ${witnessedThrough - 2}`);
    const cut = { intact: false, brokenAt: witnessedThrough - 1, fault: 'tail_missing' };
    expect(await verifyAuditChain(auth.ports())).toMatchObject(cut);

    await AUTH_DB.exec(`UPDATE sqlite_sequence SET seq = ${witnessedThrough - 2} WHERE name = 'audit_log'`);
    await someEntries();
    const replaced = {
      intact: false,
      brokenAt: witnessedThrough,
      fault: 'history_replaced',
      witnessedThrough,
    };
    expect(await verifyAuditChain(auth.ports())).toMatchObject(replaced);

    const anew = authWorld({ ...auth.env, AUDIT_WITNESS_NAME: 'after-a-restore' });
    const last = (await anew.ports().audit.lastLink())?.sequence ?? 0;
    await anew.newAccount();
    await linkAudit(anew.ports());
    await linkAudit(anew.ports());
    const { intact, verifiedThrough, witnessedThrough: seen } = await verifyAuditChain(anew.ports(), last);
    expect([intact, seen, seen > last]).toEqual([true, verifiedThrough, true]);
    const told = await AUTH_DB.prepare(
      "SELECT count(*) AS n FROM audit_log WHERE action = 'audit.witness_began' AND sequence >= ?",
    )
      .bind(witnessedThrough)
      .first();
    expect(told, 'the log says that another witness began').toEqual({ n: 1 });
    expect(await verifyAuditChain(auth.ports()), 'the first one forgets nothing').toMatchObject({
      fault: 'history_replaced',
    });
  });
});
