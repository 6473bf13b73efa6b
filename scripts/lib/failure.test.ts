import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './workers.ts';

const PROBLEM = {
  type: '/problems/validation-failed',
  title: 'Some fields are not valid',
  status: 422,
  detail: 'See `errors` for each field.',
  errors: [{ in: 'body', pointer: '/from', detail: 'must be before `to`' }],
};

/** Signs anybody in and refuses everything else. */
const server = createServer((request, response) => {
  const isSignIn = request.url === '/v1/auth/sign-in';
  response.writeHead(isSignIn ? 200 : 422, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isSignIn ? { accessToken: 'token' } : PROBLEM));
});
let url = '';
let closed = '';
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const other = createServer();
  await once(other.listen(0, '127.0.0.1'), 'listening');
  closed = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  await new Promise((resolve) => other.close(resolve));
});
afterAll(() => server.close());

const run = (script: string, args: string[]): Promise<{ code: unknown; said: string }> =>
  new Promise((resolve) => {
    const all = [path.join(ROOT, 'scripts', script), ...args, '--email', 'a@b.test', '--password', 'x'];
    execFile(process.execPath, all, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, said: stdout + stderr }),
    );
  });

const PERIOD = ['--from', '2026-11-02T00:00:00Z', '--to', '2026-11-01T00:00:00Z'];
const COMMANDS: [script: string, args: string[]][] = [
  ['reconcile.ts', PERIOD],
  ['report.ts', ['tax', ...PERIOD]],
  ['payment-events.ts', ['show', 'evt_none']],
  ['dead-letters.ts', ['list']],
];

describe('a command that speaks to a running system', () => {
  it.each(COMMANDS)('%s says what was refused, without a stack trace', async (script, args) => {
    const { code, said } = await run(script, [...args, '--url', url]);
    expect(said).toContain('Refused (422): Some fields are not valid');
    expect(said).toContain('body /from must be before `to`');
    expect(said).not.toContain('    at ');
    expect(code).toBe(2);
  });

  it.each(COMMANDS)('%s says that nothing answers', async (script, args) => {
    const { code, said } = await run(script, [...args, '--url', closed]);
    expect(said).toMatch(/^Nothing answers at http:\/\/127\.0\.0\.1:\d+ .*npm start/);
    expect(said).not.toContain('    at ');
    expect(code).toBe(2);
  });

  it('names an address that is none, and a time that is none', async () => {
    expect(await run('sweep.ts', ['--url', 'nonsense'])).toEqual({
      code: 2,
      said: '--url nonsense is no address: http://… or https://….\n',
    });
    expect(await run('reconcile.ts', ['--to', 'yesterday', '--url', url])).toEqual({
      code: 2,
      said: '--to yesterday is no time: as 2026-11-01T00:00:00Z.\n',
    });
  });
});
