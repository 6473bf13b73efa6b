import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { ROOT } from '../../scripts/lib/workers.ts';
import { ringAfter } from '../../scripts/keys/next-step.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tradepost-keys-'));
const secrets = newSecrets();
const signIns = newSignIns();
let system: System;
beforeAll(async () => {
  system = await startSystem({ secrets, seed: signIns, persistTo: folder });
});
afterAll(async () => {
  await system.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (script: string, ...args: string[]): Promise<{ code: unknown; out: string; said: string }> =>
  new Promise((resolve) => {
    const { email, password } = signIns.admin;
    const all = [path.join(ROOT, 'scripts', script), ...args];
    if (!args.includes('--file')) all.push('--url', system.origin, '--email', email, '--password', password);
    execFile(process.execPath, all, { maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, out: stdout, said: stdout + stderr }),
    );
  });

it('the audit log is verified by command, leaves the house, and a changed or shortened export is found out', async () => {
  await system.runCron('auth');
  const verified = await run('audit-verify.ts');
  expect(JSON.parse(verified.out)).toMatchObject({ intact: true, fault: null });
  const { code, out } = await run('audit-export.ts');
  expect(code).toBe(0);
  const file = path.join(folder, 'audit.jsonl');
  const verdictOf = async (text: string) => {
    writeFileSync(file, text);
    const checked = await run('audit-verify.ts', '--file', file);
    return [checked.code, (JSON.parse(checked.out) as { fault: unknown }).fault];
  };
  expect(await verdictOf(out)).toEqual([0, null]);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.length).toBeGreaterThan(5);
  expect(await verdictOf(out.replace('"outcome":"success"', '"outcome":"failure"'))).toEqual([
    1,
    'entry_changed',
  ]);
  expect(await verdictOf(lines.toSpliced(1, 1).join('\n'))).toEqual([1, 'entry_missing']);
  expect(await verdictOf(lines.toSpliced(-2, 1).join('\n'))).toEqual([1, 'tail_missing']);
  const { code: foreign } = await run('audit-verify.ts', '--file', file, '--key', `other:${'A'.repeat(43)}`);
  expect(foreign).toBe(1);
});

it('keys are changed by command over restarts, step by step, until the old one can be dropped', async () => {
  expect((await run('keys-rotate.ts', 'token', '--dry-run')).said).toContain('published: ');
  expect((await run('keys-rotate.ts', 'field', '--dry-run')).said).toContain('Next: add a key');
  const known = ringAfter('add', secrets.fieldKey);
  const moved = ringAfter('use', known);
  await system.stop();
  system = await startSystem({ secrets: { ...secrets, fieldKey: moved }, persistTo: folder });
  expect((await run('keys-rotate.ts', 'field', '--dry-run')).said).toContain('Next: seal these rows anew');
  const resealed = await run('keys-rotate.ts', 'field');
  expect(resealed.said).toContain('accounts.email_sealed: 3 sealed anew');
  const [, older = ''] = /drop the older keys that nothing needs: (\S+)\./.exec(resealed.said) ?? [];
  expect(older).not.toBe('');
  expect(ringAfter('drop', moved, [older])).not.toBe(moved);
  await system.stop();
  system = await startSystem({
    secrets: { ...secrets, fieldKey: ringAfter('drop', moved, [older]) },
    persistTo: folder,
  });
  expect((await run('keys-rotate.ts', 'pepper', '--dry-run')).said).toContain('passwords.phc 3');
  await system.runCron('auth');
  expect(JSON.parse((await run('audit-verify.ts')).out)).toMatchObject({ intact: true });
});
