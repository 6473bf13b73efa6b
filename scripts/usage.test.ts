import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './lib/workers.ts';

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const commands = Object.entries(scripts).flatMap(([name, command]) =>
  command.startsWith('node ') ? [[name, command.slice('node '.length)] as const] : [],
);

const run = (file: string, argument: string) =>
  new Promise<{ code: number | string; out: string; error: string }>((resolve) => {
    execFile(process.execPath, [file, argument], { cwd: ROOT, timeout: 60_000 }, (failure, out, error) => {
      resolve({ code: failure === null ? 0 : (failure.code ?? 'killed'), out, error });
    });
  });

describe('npm run', () => {
  it.each(commands)('%s reads its arguments as all of them do', (name, file) => {
    const source = readFileSync(path.join(ROOT, file), 'utf8');
    expect(source).toMatch(/\b(parseArguments|answerHelp)\(/);
    expect(source).not.toMatch(/process\.argv\[|from 'node:util'.*parseArgs|\bparseArgs\(/);
    const usage = new RegExp(`Usage:\\s+npm (run )?${name}\\b`);
    const stated =
      name === 'deploy' ? readFileSync(path.join(ROOT, 'scripts/deploy/options.ts'), 'utf8') : source;
    expect(stated).toMatch(usage);
  });

  it.each(commands)('%s stands in the table of commands in the README', (name) => {
    const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
    expect(readme).toMatch(new RegExp(`^\\| \`npm (run )?${name}[ \`]`, 'm'));
  });

  // Each starts Node anew: these stand for all.
  it.each(commands.filter(([name]) => ['demo', 'deploy', 'mutate'].includes(name)))(
    '%s tells how it is used, and what it does not know is not passed over',
    async (name, file) => {
      const usage = new RegExp(`Usage:\\s+npm run ${name}\\b`);
      const [help, wrong] = await Promise.all([run(file, '--help'), run(file, '--no-such-option')]);
      expect(help).toMatchObject({ code: 0, error: '' });
      expect(help.out).toMatch(usage);
      expect(wrong).toMatchObject({ code: 2, out: '' });
      expect(wrong.error).toMatch(/no-such-option/);
      expect(wrong.error).toMatch(usage);
      expect(wrong.error).not.toMatch(/\n\s+at /);
    },
    120_000,
  );
});
