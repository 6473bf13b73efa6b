import { beforeAll, describe, expect, it } from 'vitest';
import { BEGINNING, placeOf } from '#shared/audit/chain.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { authWorld } from './testing/harness.ts';
import { forgetOldEntries, linkAudit, verifyAuditChain } from './usecases/audit-chain.ts';
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

describe('whoever can write to the database and waits for the cron', () => {
  it('has no entries signed away that they made look old', async () => {
    await someEntries();
    await someEntries();
    const head = await witnessed();
    for (const trigger of TRIGGERS) await AUTH_DB.exec(`DROP TRIGGER ${trigger}`);
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
});
