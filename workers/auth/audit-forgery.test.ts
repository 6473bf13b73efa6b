import { beforeAll, describe, expect, it } from 'vitest';
import { BEGINNING, placeOf } from '#shared/audit/chain.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import { AUDIT_KEPT_MS, AUDIT_PAGE_MAX } from './limits.ts';
import { authWorld } from './testing/harness.ts';
import { linkAudit, verifyAuditChain } from './usecases/audit-chain.ts';
import { forgetOldEntries } from './usecases/forget-audit.ts';
import { keepHouse } from './usecases/housekeeping.ts';

beforeAll(migrateDatabases);
const auth = authWorld();
const { AUTH_DB } = auth.env;

async function someEntries(): Promise<void> {
  await auth.newAccount({ password: null });
  await linkAudit(auth.ports());
}
const witnessed = async (): Promise<number> => (await auth.ports().witness.testify()).head?.sequence ?? 0;
const TRIGGERS = [
  'audit_log_no_update',
  'audit_chain_no_update',
  'audit_chain_no_delete',
  'audit_checkpoints_no_delete',
];
beforeAll(async () => {
  for (const trigger of TRIGGERS) await AUTH_DB.exec(`DROP TRIGGER ${trigger}`);
});

describe('whoever can write to the database and waits for the cron', () => {
  it('has no entries signed away that they made look old', async () => {
    await someEntries();
    await someEntries();
    const head = await witnessed();
    const { results } = await AUTH_DB.prepare('SELECT sequence, at FROM audit_log').all<{
      sequence: number;
      at: number;
    }>();
    await AUTH_DB.exec(`UPDATE audit_log SET at = 0 WHERE sequence < ${head}`);
    await keepHouse(auth.ports());
    expect(await auth.ports().audit.lastCheckpoint()).toBeNull();
    expect(await verifyAuditChain(auth.ports())).toMatchObject({ intact: false, fault: 'entry_changed' });
    await AUTH_DB.batch(
      results.map(({ sequence, at }) =>
        AUTH_DB.prepare('UPDATE audit_log SET at = ? WHERE sequence = ?').bind(at, sequence),
      ),
    );
    expect(await verifyAuditChain(auth.ports())).toMatchObject({ intact: true });
  });

  it('has no history of their own witnessed behind a checkpoint that nobody signed', async () => {
    await someEntries();
    const head = await witnessed();
    const before = await auth.ports().audit.entriesAfter(0, head);
    await AUTH_DB.exec("UPDATE audit_log SET action = 'nothing' WHERE sequence = 3");
    let last = BEGINNING;
    const links = (await auth.ports().audit.entriesAfter(0, head)).map(
      ({ entry }) => (last = placeOf(entry, last)),
    );
    await AUTH_DB.exec('DELETE FROM audit_chain');
    const checkpoint = { through: head, hash: last.hash, at: 1, signed: 'a.b.c' };
    await auth.ports().commit([auth.ports().audit.addCheckpoint(checkpoint)]);
    await someEntries();
    expect(await witnessed()).toBe(head);
    await AUTH_DB.exec('DELETE FROM audit_checkpoints');
    await auth.ports().audit.addLinks(links);
    expect(await verifyAuditChain(auth.ports())).toMatchObject({ intact: false, fault: 'history_replaced' });
    await AUTH_DB.prepare('UPDATE audit_log SET action = ? WHERE sequence = 3')
      .bind(before[2]?.entry.action)
      .run();
    await AUTH_DB.exec('DELETE FROM audit_chain');
    await auth
      .ports()
      .audit.addLinks(before.map(({ entry, hash }) => ({ sequence: entry.sequence, hash: hash ?? '' })));
  });

  it('has nothing deleted by a checkpoint that nobody signed', async () => {
    await someEntries();
    const through = await witnessed();
    const count = () => AUTH_DB.prepare('SELECT count(*) AS n FROM audit_log').first<number>('n');
    const before = await count();
    const forged = auth.ports().audit.addCheckpoint({ through, hash: 'made up', at: 1, signed: 'a.b.c' });
    await auth.ports().commit([forged]);
    await forgetOldEntries(auth.ports());
    expect(await count()).toBe(before);
    await AUTH_DB.exec('DELETE FROM audit_checkpoints');
  });

  it('has no page signed away that they wrote anew with its hashes: the entry after it does not follow', async () => {
    await someEntries();
    const head = await witnessed();
    const entries = await auth.ports().audit.entriesAfter(0, 500);
    const original = entries.map(({ entry, hash }) => ({ ...entry, hash: hash ?? '' }));
    let last = BEGINNING;
    const rewritten = entries
      .filter(({ entry }) => entry.sequence < head - 1)
      .map(({ entry }) => (last = placeOf({ ...entry, at: 0 }, last)));
    const put = (rows: readonly { sequence: number; at: number; hash: string }[]) =>
      AUTH_DB.batch(
        rows.flatMap(({ sequence, at, hash }) => [
          AUTH_DB.prepare('UPDATE audit_log SET at = ? WHERE sequence = ?').bind(at, sequence),
          AUTH_DB.prepare('UPDATE audit_chain SET hash = ? WHERE sequence = ?').bind(hash, sequence),
        ]),
      );
    await put(rewritten.map((place) => ({ ...place, at: 0 })));
    await forgetOldEntries(auth.ports());
    expect(await auth.ports().audit.lastCheckpoint()).toBeNull();
    await put(original);
  });

  it('has no history signed away or verified that follows its own hashes, but not what was witnessed at the end of a day', async () => {
    const day = async (count: number): Promise<number> => {
      await AUTH_DB.prepare(
        `INSERT INTO audit_log (at, request_id, address, actor_id, subject, action, outcome, factor, detail)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         SELECT ?, '', '', NULL, NULL, 'sign_in', 'success', 'none', '{}' FROM n`,
      )
        .bind(count, auth.ports().clock.now())
        .run();
      await linkAudit(auth.ports());
      return witnessed();
    };
    const yesterday = await day(1);
    auth.world.offsetMs += DAY_MS;
    const head = await day(AUDIT_PAGE_MAX + 1);
    await AUTH_DB.exec(
      `CREATE TABLE kept AS SELECT l.sequence, at, hash FROM audit_log l JOIN audit_chain USING (sequence)`,
    );
    // All but the newest entry, which alone is compared with the newest head.
    const entries = await auth.ports().audit.entriesAfter(0, head - 1);
    let last = BEGINNING;
    const rewritten = entries.map(({ entry }) => (last = placeOf({ ...entry, at: 0 }, last)));
    await AUTH_DB.prepare(
      `UPDATE audit_chain SET hash = (SELECT value ->> 'hash' FROM json_each(?1) WHERE value ->> 'sequence' = audit_chain.sequence)
       WHERE sequence < ?2`,
    )
      .bind(JSON.stringify(rewritten), head)
      .run();
    await AUTH_DB.exec(`UPDATE audit_log SET at = 0 WHERE sequence < ${head}`);

    expect(await verifyAuditChain(auth.ports())).toMatchObject({
      intact: false,
      fault: 'history_replaced',
      brokenAt: (await auth.ports().witness.testify()).begunAt,
      more: false,
    });
    await forgetOldEntries(auth.ports());
    expect(await auth.ports().audit.lastCheckpoint()).toBeNull();

    await AUTH_DB.exec(
      'UPDATE audit_log SET at = kept.at FROM kept WHERE kept.sequence = audit_log.sequence',
    );
    await AUTH_DB.exec(
      'UPDATE audit_chain SET hash = kept.hash FROM kept WHERE kept.sequence = audit_chain.sequence',
    );
    await AUTH_DB.exec('DROP TABLE kept');
    expect(await verifyAuditChain(auth.ports())).toMatchObject({ intact: true, more: true });

    // What is old by the day's end, as it was witnessed, goes.
    auth.world.offsetMs += AUDIT_KEPT_MS - HOUR_MS;
    await forgetOldEntries(auth.ports());
    expect((await auth.ports().audit.lastCheckpoint())?.through).toBe(yesterday);
    auth.world.offsetMs = 0;
  });
});
